package sandbox_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/sandbox"
)

func TestParseReturned(t *testing.T) {
	bank := sandbox.New("http://bank.invalid", nil)
	returned := `{"id":"evt_1","type":"payment.returned","data":[{"id":"back0","rtrId":"D1","endToEndId":"E1","txid":"` + txID +
		`","amountCentavos":7,"at":"2026-11-23T14:00:00Z","chargeback":true}]}`
	want := provider.Return{
		Fact: "D1", Of: "E1", TxID: txID, Kind: provider.ReturnChargeback, Amount: 7, At: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC),
	}
	event, err := bank.Parse([]byte(returned))
	if err != nil || event.Kind != provider.EventMoney || event.Unproven || len(event.Returns) != 1 || event.Returns[0] != want {
		t.Fatalf("got %+v, %v", event, err)
	}
	event, err = bank.Parse([]byte(strings.Replace(returned, `,"chargeback":true`, "", 1)))
	if err != nil || event.Returns[0].Kind != provider.ReturnRefund {
		t.Errorf("a refund: got %+v, %v", event, err)
	}
	for name, change := range map[string][2]string{
		"no name": {`"D1"`, `""`}, "of nothing": {`"E1"`, `""`}, "no money": {":7,", ":0,"}, "no time": {"2026-11", "0001-11"},
		"unknown member": {`"id":"back0"`, `"fee":1`},
	} {
		body := strings.Replace(returned, change[0], change[1], 1)
		if event, err := bank.Parse([]byte(body)); !errors.Is(err, provider.ErrNotice) || event.Returns != nil {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
}

// TestParseChanged reads a notice that proves nothing: only which charge there is news of.
func TestParseChanged(t *testing.T) {
	event, err := sandbox.New("http://bank.invalid", nil).Parse(
		[]byte(`{"id":"evt_1","type":"charge.changed","data":[{"txid":"` + txID + `"}]}`))
	ids := event.TxIDs()
	if err != nil || !event.Unproven || len(ids) != 1 || ids[0] != txID || event.Payments != nil {
		t.Fatalf("got %+v, %v", event, err)
	}
}
