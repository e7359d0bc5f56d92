package gateway

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
)

// get asks a handler for a path, without a socket.
func get(handler http.Handler, path string) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func TestRouteIsThrottled(t *testing.T) {
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	handler := New([]Route{
		{Method: "GET", Path: "/a/{id}", Function: "f", Throttle: Throttle{Rate: 2, Burst: 3}},
		{Method: "GET", Path: "/b", Function: "f", Throttle: Throttle{Rate: 2, Burst: 3}},
		{Method: "GET", Path: "/c", Function: "f"},
	}, func(context.Context, string, []byte) ([]byte, error) { return []byte(`{}`), nil }, clk, "local")
	passes := func(path string) (n int) {
		for range 20 {
			if get(handler, path).Code == http.StatusOK {
				n++
			}
		}
		return n
	}
	steps := []struct {
		wait time.Duration
		path string
		want int
	}{
		{0, "/a/1", 3}, {0, "/a/2", 0}, {0, "/b", 3}, {0, "/c", 20},
		{499 * time.Millisecond, "/a/1", 0}, {time.Millisecond, "/a/1", 1}, {time.Second, "/a/1", 2}, {time.Hour, "/a/1", 3},
	}
	for _, step := range steps {
		if err := clk.Advance(t.Context(), clk.Now().Add(step.wait)); err != nil {
			t.Fatal(err)
		}
		if got := passes(step.path); got != step.want {
			t.Errorf("%s after %s: %d of 20 pass, want %d", step.path, step.wait, got, step.want)
		}
	}
	answer := get(handler, "/a/1")
	if answer.Code != http.StatusTooManyRequests || answer.Body.String() != `{"message":"Too Many Requests"}` ||
		answer.Header().Get("X-Amzn-Errortype") != "TooManyRequestsException" {
		t.Errorf("got %d %s %v", answer.Code, answer.Body, answer.Header())
	}
}

func TestConcurrentRequestsShareTheBucket(t *testing.T) {
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	handler := New([]Route{{Method: "GET", Path: "/a", Function: "f", Throttle: Throttle{Rate: 1, Burst: 25}}},
		func(context.Context, string, []byte) ([]byte, error) { return []byte(`{}`), nil }, clk, "local")
	var wg sync.WaitGroup
	codes := make(chan int, 100)
	for range cap(codes) {
		wg.Go(func() { codes <- get(handler, "/a").Code })
	}
	wg.Wait()
	close(codes)
	passed := 0
	for code := range codes {
		if code == http.StatusOK {
			passed++
		}
	}
	if passed != 25 {
		t.Errorf("%d of 100 pass, want 25", passed)
	}
}

// A function that Lambda refuses to run is 500; one that fails by the same name is 502.
func TestThrottledFunction(t *testing.T) {
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	host := function.NewHost(clk, nil)
	began, release := make(chan struct{}), make(chan struct{})
	host.Register(function.Definition{Name: "f", Timeout: time.Minute, Reserved: 1, Handler: lambda.NewHandler(func() {
		close(began)
		<-release
	})})
	handler := New([]Route{{Method: "GET", Path: "/", Function: "f"}}, host.Invoke, clk, "local")
	done := make(chan struct{})
	go func() {
		get(handler, "/")
		close(done)
	}()
	<-began
	if answer := get(handler, "/"); answer.Code != http.StatusInternalServerError ||
		answer.Body.String() != `{"message": "Internal server error"}` {
		t.Errorf("got %d %s", answer.Code, answer.Body)
	}
	close(release)
	<-done
	own := New([]Route{{Method: "GET", Path: "/", Function: "f"}}, func(context.Context, string, []byte) ([]byte, error) {
		return nil, &function.Error{Type: "TooManyRequestsException"}
	}, clk, "local")
	if answer := get(own, "/"); answer.Code != http.StatusBadGateway {
		t.Errorf("got %d", answer.Code)
	}
}
