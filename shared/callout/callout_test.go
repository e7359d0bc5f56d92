package callout_test

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/websign"
)

func secret(letter string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 24)))
}

// rig is a notifier whose receiver answers as a test says.
type rig struct {
	*callout.Notifier
	now      time.Time
	creditor collection.Creditor
	loadErr  error
	secrets  []string
	keyErr   error
	status   int
	postErr  error
	counted  int
	posts    []post
}

type post struct {
	url    string
	header http.Header
	body   string
	at     time.Time
}

func newRig() *rig {
	r := &rig{
		now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), status: http.StatusNoContent, secrets: []string{secret("n"), secret("o")},
		creditor: collection.Creditor{ID: "vida-plena", Webhooks: collection.Webhooks{
			URL: "https://creditor.example/hooks?token=1", Events: []string{"payment.posted"},
		}},
	}
	r.Notifier = &callout.Notifier{
		Creditors: r, Secrets: r, Poster: r, Now: func() time.Time { return r.now },
		Count: func(_ context.Context, metric string) {
			if metric == callout.MetricFailed {
				r.counted++
			}
		}, Log: slog.New(slog.DiscardHandler),
	}
	return r
}

func (r *rig) Creditor(context.Context, collection.CreditorID) (collection.Creditor, error) {
	return r.creditor, r.loadErr
}

func (r *rig) Webhook(context.Context, collection.CreditorID) ([]string, error) {
	return r.secrets, r.keyErr
}

func (r *rig) Post(_ context.Context, url string, header http.Header, body []byte) (int, error) {
	r.posts = append(r.posts, post{url, header, string(body), r.now})
	return r.status, r.postErr
}

func event() callout.Event {
	return callout.Event{Creditor: "vida-plena", ID: "case-7", Type: "payment.posted", Body: []byte(`{"id":"case-7"}`)}
}

func TestAnEventIsToldSigned(t *testing.T) {
	for _, status := range []int{200, 202, 204, 299} {
		r := newRig()
		r.status = status
		next, err := r.Do(t.Context(), event())
		if err != nil || next.Step != callout.Done || len(r.posts) != 1 || r.counted != 0 {
			t.Fatalf("%d: got %+v, %v", status, next, err)
		}
		p := r.posts[0]
		if p.url != r.creditor.Webhooks.URL || p.body != `{"id":"case-7"}` || p.header.Get(websign.HeaderID) != "case-7" ||
			p.header.Get("Content-Type") != "application/json" {
			t.Errorf("posted %+v", p)
		}
		for _, known := range r.secrets { // a receiver that has either is content
			if err := websign.Verify([]string{known}, p.header.Get, []byte(p.body), r.now); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestWhatNobodyAskedForIsNotTold(t *testing.T) {
	for name, change := range map[string]func(r *rig, e *callout.Event){
		"no address": func(r *rig, _ *callout.Event) { r.creditor.Webhooks.URL = "" },
		"other type": func(_ *rig, e *callout.Event) { e.Type = "payment.issued" },
	} {
		r, e := newRig(), event()
		change(r, &e)
		if next, err := r.Do(t.Context(), e); err != nil || next.Step != callout.Done || len(r.posts) != 0 {
			t.Errorf("%s: got %+v, %v, %d posts", name, next, err, len(r.posts))
		}
	}
}

// A receiver that takes nothing is tried 14 times with growing delays in a bit less than three days, each try signed anew.
func TestWhatIsNotTakenIsToldAgain(t *testing.T) {
	for name, fail := range map[string]func(r *rig){
		"status":    func(r *rig) { r.status = http.StatusInternalServerError },
		"redirect":  func(r *rig) { r.status = http.StatusMovedPermanently },
		"no answer": func(r *rig) { r.postErr = errors.New("no answer") },
	} {
		r, e := newRig(), event()
		fail(r)
		first, last := r.now, time.Duration(0)
		for {
			next, err := r.Do(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if next.Step == callout.GiveUp {
				break
			}
			if next.Step != callout.Later || next.Wait <= 0 || next.Wait > callout.MaxWait {
				t.Fatalf("%s: got %+v", name, next)
			}
			if next.Tries > e.Tries {
				if delay := next.NotBefore.Sub(r.now); delay <= last {
					t.Errorf("%s: try %d after %s, the one before after %s", name, next.Tries, delay, last)
				} else {
					last = delay
				}
			}
			r.now = r.now.Add(next.Wait)
			e.Tries, e.NotBefore = next.Tries, next.NotBefore
		}
		if len(r.posts) != callout.MaxTries || r.counted != callout.MaxTries {
			t.Errorf("%s: %d posts, %d counted", name, len(r.posts), r.counted)
		}
		if took := r.posts[len(r.posts)-1].at.Sub(first); took != 70*time.Hour+51*time.Minute {
			t.Errorf("%s: the last try came after %s", name, took)
		}
		for _, p := range r.posts {
			if err := websign.Verify(r.secrets, p.header.Get, []byte(p.body), p.at); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestATryBeforeItsTimeIsPutBack(t *testing.T) {
	r, e := newRig(), event()
	e.Tries, e.NotBefore = 3, r.now.Add(20*time.Minute)
	next, err := r.Do(t.Context(), e)
	want := callout.Next{Step: callout.Later, Tries: 3, NotBefore: e.NotBefore, Wait: callout.MaxWait}
	if err != nil || next != want || len(r.posts) != 0 {
		t.Fatalf("got %+v, %v", next, err)
	}
	r.now = e.NotBefore
	if next, err = r.Do(t.Context(), e); err != nil || next.Step != callout.Done {
		t.Fatalf("got %+v, %v", next, err)
	}
}

func TestFaultsOfOursAreErrors(t *testing.T) {
	for name, fail := range map[string]func(r *rig){
		"creditor": func(r *rig) { r.loadErr = collection.ErrUnavailable },
		"secret":   func(r *rig) { r.keyErr = collection.ErrUnavailable },
	} {
		r := newRig()
		fail(r)
		if _, err := r.Do(t.Context(), event()); !errors.Is(err, collection.ErrUnavailable) || len(r.posts) != 0 {
			t.Errorf("%s: %v, %d posts", name, err, len(r.posts))
		}
	}
	r := newRig() // an operator has still to put it: a try that failed, with the delays of one
	r.keyErr = collection.ErrNotFound
	if next, err := r.Do(t.Context(), event()); err != nil || next.Step != callout.Later || len(r.posts) != 0 {
		t.Errorf("without a secret: %+v, %v", next, err)
	}
}
