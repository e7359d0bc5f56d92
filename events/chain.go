package events

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash is the link of the chain: the hex SHA-256 of the previous event's hash, a line feed and the event's canonical form.
func Hash(prevHash string, doc []byte) string {
	h := sha256.New()
	h.Write([]byte(prevHash + "\n"))
	h.Write(doc)
	return hex.EncodeToString(h.Sum(nil))
}

// Link is one stored event of a case.
type Link struct {
	Seq      int64
	Doc      []byte // the canonical form
	Hash     string
	PrevHash string
}

// ChainError says at which number a case's chain is broken first, and how.
type ChainError struct {
	Seq  int64
	What string
}

// Error implements error.
func (e *ChainError) Error() string { return fmt.Sprintf("event %d: %s", e.Seq, e.What) }

// VerifyChain checks the whole history of a case against the number and hash of its last event that the case holds. An event that was
// altered, dropped, swapped or added, and a history cut off at its end, is a *ChainError that names the first number that is wrong.
func VerifyChain(links []Link, seq int64, head string) error {
	prev := ""
	for i, l := range links {
		want := int64(i) + 1
		if want > seq {
			return &ChainError{want, "stands beyond the last event of the case"}
		}
		if l.Seq != want {
			return &ChainError{want, "is missing"}
		}
		if what := l.broken(prev); what != "" {
			return &ChainError{want, what}
		}
		prev = l.Hash
	}
	if last := int64(len(links)); last < seq {
		return &ChainError{last + 1, "is missing"}
	}
	if prev != head {
		return &ChainError{seq, "is not the last event that the case names"}
	}
	return nil
}

// broken says what is wrong with a link that follows prev, empty when nothing is.
func (l Link) broken(prev string) string {
	if l.PrevHash != prev {
		return "does not follow the event before it"
	}
	if Hash(prev, l.Doc) != l.Hash {
		return "was altered"
	}
	e, err := Parse(l.Doc)
	if err != nil {
		return "cannot be read"
	}
	if e.Seq != l.Seq || e.PrevHash != prev {
		return "holds another place than its own"
	}
	return ""
}
