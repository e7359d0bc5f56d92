package journey

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/offer"
)

// TestTheMorningsComparisonPostsWhatNoNoticeReported lets every delivery of the bank fail. The next morning the statement is compared: the
// money is posted, the execution wakes, and the report says so. The morning after nothing is missing, and what was found stays named.
func TestTheMorningsComparisonPostsWhatNoNoticeReported(t *testing.T) {
	d := owe(t, setup{})
	d.w.inject("webhook-receive/dynamodb:* 100% fail")
	d.w.advance(waiting)
	paidAt := d.w.cloud.Clock.Now()
	d.w.pay(d.asked.PaymentIntentID, 0)
	day := offer.Today(paidAt)
	morning := day.AddDays(1).At(9, 0, time.UTC)
	d.w.advance(morning.Sub(paidAt) - time.Minute)
	if b := d.w.books(); b.cash != 0 {
		t.Fatalf("%d in cash: a notice arrived", b.cash)
	}
	d.w.advance(2 * time.Minute)
	report := func(kind string) {
		t.Helper()
		item := strings.ReplaceAll(d.w.table()[fmt.Sprintf("vida-plena#RECONCILED#sandbox#vida-plena#%s RECONCILED", day)], `\"`, `"`)
		want := fmt.Sprintf(`"%s":{"count":1,"sumCentavos":%d,`, kind, d.asked.AmountCentavos)
		if !strings.Contains(item, want) || !strings.Contains(item, fmt.Sprintf(`"statedCentavos":%d,`, d.asked.AmountCentavos)) ||
			!strings.Contains(item, `"verdict":"COMPARED"`) {
			t.Errorf("the report lacks %s: %s", want, item)
		}
	}
	report("missing")
	d.settled()
	d.w.advance(24 * time.Hour)
	report("earlier")
	if b := d.w.books(); b.cash != d.asked.AmountCentavos {
		t.Errorf("%d in cash", b.cash)
	}
}
