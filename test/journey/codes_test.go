package journey

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestACodeOverWhatIsLeftTakesThePlaceOfTheFirst pays a part by boleto and asks for a PIX again: the first PIX, over too much, is withdrawn
// at the bank.
func TestACodeOverWhatIsLeftTakesThePlaceOfTheFirst(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "credora", 1)
	first, slip := p.ask("pix", 1, "pix"), p.ask("boleto", 1, "slip")
	p.w.advance(waiting)
	p.w.pay(slip.PaymentIntentID, slip.AmountCentavos-500, "settle", true)
	second := p.ask("pix", 1, "again")
	if second.PaymentIntentID == first.PaymentIntentID || second.AmountCentavos != 500 {
		t.Fatalf("the second code is %+v", second)
	}
	p.w.advance(waiting)
	if status := p.w.atTheBank(first); status != "CANCELLED" {
		t.Errorf("the first code is %s at the bank", status)
	}
	p.w.pay(second.PaymentIntentID, 0)
	p.stands("in the end", second, "CONFIRMED", "FULFILLED")
	p.w.advance(waiting)
	p.holds(slip.AmountCentavos, 0, 0)
}

// TestANoticeThatProvesNothingIsAskedAbout lets the bank say that something changed and nothing else: what it answers when it is asked is
// posted, once, also when its own report comes later.
func TestANoticeThatProvesNothingIsAskedAbout(t *testing.T) {
	t.Parallel()
	p := payingBy(t, setup{}, "credora", 1)
	i := p.ask("pix", 1, "pix")
	p.w.advance(waiting)
	changed := func(id string) reply {
		return p.w.deliver(p.w.sign("credora", id, fmt.Sprintf(`{"id":%q,"type":"charge.changed","data":[{"txid":%q}]}`, id, i.PaymentIntentID)))
	}
	p.w.want(http.StatusOK, changed("evt-early")) // nothing has changed
	p.w.settle()
	p.stands("before the money", i, "ISSUED", "PENDING_FIRST_PAYMENT")
	p.w.pay(i.PaymentIntentID, 0, "delay", "1h")
	p.w.want(http.StatusOK, changed("evt-late"))
	p.w.settle()
	p.stands("when asked", i, "CONFIRMED", "FULFILLED")
	p.after(2 * time.Hour)
	p.holds(i.AmountCentavos, 0, 0)
}
