package form

import (
	"sync"
	"testing"
)

func TestAFormIsItsExpression(t *testing.T) {
	f := New(`^[a-z]{2,3}$`)
	var wg sync.WaitGroup
	for text, want := range map[string]bool{"a": false, "ab": true, "abc": true, "abcd": false, "AB": false, "": false} {
		wg.Go(func() {
			if f.MatchString(text) != want {
				t.Errorf("%q: want %t", text, want)
			}
		})
	}
	wg.Wait()
}

func TestABrokenExpressionPanicsAtItsFirstUse(t *testing.T) {
	broken := New("(")
	defer func() {
		if recover() == nil {
			t.Error("it did not panic")
		}
	}()
	broken.MatchString("")
}
