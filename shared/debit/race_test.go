package debit_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// One exchange runs at a time, and if two do after all, an order still stands in one file.
func TestTwoExchangesAtOnceSendNothingTwice(t *testing.T) {
	for range 10 {
		x := newRig(t)
		for n := range 6 {
			x.issue(t, n+1, calendar.Date{})
		}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				err := x.exchange.Run(t.Context(), x.now)
				if err != nil && !errors.Is(err, collection.ErrConflict) && !errors.Is(err, collection.ErrUnavailable) {
					t.Errorf("an exchange beside another: %v", err)
				}
			})
		}
		x.issue(t, 7, calendar.Date{})
		both.Wait()
		x.run(t)
		x.run(t)
		seen := map[string]int{}
		for number := 1; number < 5; number++ {
			for _, line := range x.sent(t, number) {
				seen[line[:4]]++
			}
		}
		if len(seen) != 7 {
			t.Errorf("%d orders were sent, want 7", len(seen))
		}
		for id, times := range seen {
			if times != 1 {
				t.Errorf("order %s was sent %d times", id, times)
			}
		}
	}
}
