package events_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/events"
)

// chain makes n linked events.
func chain(t interface{ Fatal(...any) }, n int) []events.Link {
	var links []events.Link
	prev := ""
	for seq := range int64(n) {
		e, err := events.New(events.Envelope{
			Seq: seq + 1, OccurredAt: time.Unix(1_800_000_000, seq), CreditorID: "vivamais", CaseID: "case", Actor: "system:x", PrevHash: prev,
		}, events.RulerEnded{Generation: 1, Reason: fmt.Sprint(seq)})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		links = append(links, events.Link{Seq: seq + 1, Doc: doc, Hash: events.Hash(prev, doc), PrevHash: prev})
		prev = links[seq].Hash
	}
	return links
}

func TestWholeChains(t *testing.T) {
	if err := events.VerifyChain(nil, 0, ""); err != nil {
		t.Error(err)
	}
	links := chain(t, 5)
	if err := events.VerifyChain(links, 5, links[4].Hash); err != nil {
		t.Error(err)
	}
}

// TestBrokenChains breaks a chain at a random place: the first wrong number is named.
func TestBrokenChains(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "events")
		at := rapid.IntRange(0, n-1).Draw(t, "at")
		links := chain(t, n)
		seq, head := int64(n), links[n-1].Hash
		want := int64(at) + 1
		ways := []string{"alter", "rehash", "drop", "swap", "swap documents", "truncate", "add", "head", "unlink"}
		switch rapid.SampledFrom(ways).Draw(t, "how") {
		case "alter":
			i := rapid.IntRange(0, len(links[at].Doc)-1).Draw(t, "byte")
			links[at].Doc = slices.Clone(links[at].Doc)
			links[at].Doc[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case "rehash": // by somebody who knows how the chain is made, but cannot change what follows
			links[at].Doc = slices.Replace(slices.Clone(links[at].Doc), 2, 3, 'X')
			links[at].Hash = events.Hash(links[at].PrevHash, links[at].Doc)
		case "drop":
			links = slices.Delete(links, at, at+1)
		case "swap":
			other := (at + 1) % n
			links[at], links[other] = links[other], links[at]
			want = min(want, int64(other)+1)
		case "swap documents":
			other := (at + 1) % n
			links[at].Doc, links[other].Doc = links[other].Doc, links[at].Doc
			want = min(want, int64(other)+1)
		case "truncate":
			links = links[:at]
		case "add":
			links, want = append(links, events.Link{Seq: seq + 1}), seq+1
		case "head":
			head, want = links[at].Hash+"0", seq
		case "unlink":
			links[at].PrevHash += "0"
		}
		err := events.VerifyChain(links, seq, head)
		var broken *events.ChainError
		if !errors.As(err, &broken) || broken.Seq != want {
			t.Fatalf("broken at %d, found %v", want, err)
		}
	})
}

// TestRewrittenChains: a chain that was made anew from some place on is whole in itself, and only the case's head betrays it.
func TestRewrittenChains(t *testing.T) {
	honest, other := chain(t, 4), chain(t, 4)
	e, err := events.New(events.Envelope{Seq: 4, CaseID: "case", PrevHash: other[2].Hash}, events.RulerEnded{Generation: 1, Reason: "forged"})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	other[3].Doc, other[3].Hash = doc, events.Hash(other[2].Hash, doc)
	var broken *events.ChainError
	if err := events.VerifyChain(other, 4, honest[3].Hash); !errors.As(err, &broken) || broken.Seq != 4 {
		t.Errorf("a rewritten end went unnoticed: %v", err)
	}
}

// TestMisplacedDocuments: a document that says another place than that of its link is found even if the hashes are right.
func TestMisplacedDocuments(t *testing.T) {
	links := chain(t, 1)
	links[0].Doc = chain(t, 2)[1].Doc
	links[0].Hash = events.Hash("", links[0].Doc)
	var broken *events.ChainError
	if err := events.VerifyChain(links, 1, links[0].Hash); !errors.As(err, &broken) || broken.Seq != 1 {
		t.Errorf("a misplaced document went unnoticed: %v", err)
	}
	links[0].Doc = []byte("{}")
	links[0].Hash = events.Hash("", links[0].Doc)
	if err := events.VerifyChain(links, 1, links[0].Hash); !errors.As(err, &broken) {
		t.Errorf("an unreadable document went unnoticed: %v", err)
	}
	if broken.Error() == "" {
		t.Error("no words")
	}
}
