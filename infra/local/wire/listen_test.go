package wire

import (
	"net/http"
	"testing"
)

func TestSocketsAnswerTheirOwnNameOnly(t *testing.T) {
	server, address, err := Listen(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for host, want := range map[string]int{address: http.StatusOK, "elsewhere.example:1234": http.StatusForbidden} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: got %d, want %d", host, answer.StatusCode, want)
		}
	}
}
