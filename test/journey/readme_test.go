package journey

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"testing"
)

var readmeExample = regexp.MustCompile(`(?s)\$ curl [^\n]*http://127\.0\.0\.1:8080(\S+) \\\n\s+-d '([^']*)'\n(\{[^\n]*\})\n`)

// TestTheReadmeShowsARealAnswer sends the README's request and compares all of the answer but the id, which is new each time.
func TestTheReadmeShowsARealAnswer(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	example := readmeExample.FindSubmatch(readme)
	if example == nil {
		t.Fatal("the README shows no request with its answer")
	}
	w := begin(t, setup{})
	r := w.want(http.StatusAccepted, w.call("POST", string(example[1]), string(example[2])))
	got := into[map[string]any](t, r)
	var shown map[string]any
	if err := json.Unmarshal(example[3], &shown); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(shown) || got["challengeId"] == "" {
		t.Errorf("got %v, the README shows %v", got, shown)
	}
	for name, value := range shown {
		if name != "challengeId" && got[name] != value {
			t.Errorf("%s is %v, the README shows %v", name, got[name], value)
		}
	}
}
