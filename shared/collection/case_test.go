package collection_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// id makes the n-th id of a noun.
func id[N any](n uint64) collection.ID[N] {
	var u ulid.ULID
	binary.BigEndian.PutUint64(u[8:], n)
	parsed, err := collection.ParseID[N](u.String())
	if err != nil {
		panic(err)
	}
	return parsed
}

func day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestStatus(t *testing.T) {
	proposal := collection.Proposal{Status: collection.ContractIssued, ExpiresAt: noon.Add(time.Hour)}
	debts := func(statuses ...collection.DebtStatus) []collection.Debt {
		var out []collection.Debt
		for i, s := range statuses {
			out = append(out, collection.Debt{ID: id[collection.DebtNoun](uint64(i)), Status: s})
		}
		return out
	}
	for name, c := range map[string]struct {
		debts     []collection.Debt
		proposals []collection.Proposal
		at        time.Time
		want      collection.CaseStatus
	}{
		"nothing":              {nil, nil, noon, collection.CaseWrittenOff},
		"open":                 {debts(collection.DebtOpen), nil, noon, collection.CaseOpen},
		"disputed":             {debts(collection.DebtDisputed, collection.DebtSettled), nil, noon, collection.CaseOpen},
		"suspended":            {debts(collection.DebtSuspended), nil, noon, collection.CaseOpen},
		"negotiating":          {debts(collection.DebtOpen), []collection.Proposal{proposal}, noon, collection.CaseInNegotiation},
		"offer ran out":        {debts(collection.DebtOpen), []collection.Proposal{proposal}, noon.Add(time.Hour), collection.CaseOpen},
		"dealt":                {debts(collection.DebtInAgreement, collection.DebtOpen), nil, noon, collection.CaseAgreementActive},
		"settled":              {debts(collection.DebtSettled, collection.DebtRecalled), nil, noon, collection.CaseSettled},
		"recalled and written": {debts(collection.DebtWrittenOff, collection.DebtRecalled), nil, noon, collection.CaseRecalled},
	} {
		d := &collection.Dossier{Debts: c.debts, Proposals: c.proposals}
		if got := d.Status(c.at); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestInstalmentStatus(t *testing.T) {
	due := day("2026-03-10")
	for name, c := range map[string]struct {
		paid   money.Centavos
		paidOn string
		today  string
		want   collection.InstalmentStatus
	}{
		"eight days before": {0, "", "2026-03-02", collection.InstalmentScheduled},
		"a week before":     {0, "", "2026-03-03", collection.InstalmentDue},
		"on the day":        {0, "", "2026-03-10", collection.InstalmentDue},
		"a day late":        {99, "", "2026-03-11", collection.InstalmentOverdue},
		"paid in time":      {100, "2026-03-10", "2026-04-01", collection.InstalmentPaid},
		"paid late":         {100, "2026-03-11", "2026-04-01", collection.InstalmentPaidLate},
	} {
		i := collection.Instalment{Number: 1, DueDate: due, Amount: 100, Paid: c.paid}
		if c.paidOn != "" {
			i.PaidOn = day(c.paidOn)
		}
		if got := i.StatusOn(day(c.today)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestDaysLateIsNeverNegative(t *testing.T) {
	d := collection.Debt{DueDate: day("2026-03-10")}
	for today, want := range map[string]int{"2026-03-01": 0, "2026-03-10": 0, "2026-03-11": 1, "2027-03-10": 365} {
		if got := d.DaysLate(day(today)); got != want {
			t.Errorf("on %s: %d days, want %d", today, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	early, err := collection.Mint[collection.CaseNoun](noon, strings.NewReader("0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	late, err := collection.Mint[collection.CaseNoun](noon.Add(time.Millisecond), strings.NewReader("0000000000"))
	if err != nil {
		t.Fatal(err)
	}
	if early.Compare(late) >= 0 || early.IsZero() || len(early.String()) != 26 {
		t.Errorf("%s does not come before %s", early, late)
	}
	if again, err := collection.ParseID[collection.CaseNoun](early.String()); err != nil || again != early {
		t.Errorf("%s reads as %s: %v", early, again, err)
	}
	if _, err := collection.Mint[collection.CaseNoun](noon, strings.NewReader("short")); err == nil {
		t.Error("an id was minted without enough chance")
	}
	for _, bad := range []string{
		"", "0", strings.ToLower(early.String()), early.String() + "0", strings.Repeat("U", 26), strings.Repeat("8", 26),
	} {
		if _, err := collection.ParseID[collection.CaseNoun](bad); !errors.Is(err, collection.ErrInvalid) {
			t.Errorf("%q is an id: %v", bad, err)
		}
	}
}

func TestCreditorIDs(t *testing.T) {
	for text, good := range map[string]bool{
		"vivamais": true, "a1": true, "0-9": true, strings.Repeat("a", 31): true,
		"": false, "a": false, "-ab": false, "Viva": false, "viva mais": false, "viva#mais": false, "vivá": false,
		strings.Repeat("a", 32): false,
	} {
		if _, err := collection.ParseCreditorID(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhoMayTouchACase(t *testing.T) {
	mine, other := id[collection.CaseNoun](1), id[collection.CaseNoun](2)
	participant := collection.Principal{Kind: collection.KindParticipant, ID: "s", Creditor: "vivamais", Case: mine}
	for name, c := range map[string]struct {
		who  collection.Principal
		on   collection.CreditorID
		of   collection.CaseID
		want bool
	}{
		"own case":                 {participant, "vivamais", mine, true},
		"another case":             {participant, "vivamais", other, false},
		"another creditor":         {participant, "lumetv", mine, false},
		"the system":               {collection.System("ruler-step", "vivamais"), "vivamais", other, true},
		"the system elsewhere":     {collection.System("ruler-step", "vivamais"), "lumetv", other, false},
		"nobody":                   {collection.Principal{}, "vivamais", mine, false},
		"a participant of no case": {collection.Principal{Kind: collection.KindParticipant, Creditor: "vivamais"}, "vivamais", mine, false},
	} {
		if got := c.who.MayTouch(c.on, c.of); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
		d := collection.NewDossier(c.of, c.on)
		err := d.Record(collection.Meta{At: noon, By: c.who}, collection.CaseOpened{})
		if errors.Is(err, collection.ErrForbidden) == c.want || len(d.Recorded()) == 1 != c.want {
			t.Errorf("%s: recorded %d events, %v", name, len(d.Recorded()), err)
		}
	}
}

func TestIntentLattice(t *testing.T) {
	states := []collection.IntentStatus{
		collection.IntentRequested, collection.IntentIssued, collection.IntentExpired, collection.IntentNoticed, collection.IntentConfirmed,
		collection.IntentRefunded,
	}
	for i, from := range states {
		for j, to := range states {
			if from.Yields(to) != (j > i) {
				t.Errorf("%s yields to %s: %t", from, to, from.Yields(to))
			}
		}
	}
	if collection.IntentExpired.Yields(collection.IntentCancelled) || collection.IntentCancelled.Yields(collection.IntentExpired) {
		t.Error("one end gives way to another")
	}
	if collection.IntentConfirmed.Yields("NONSENSE") {
		t.Error("money gives way to an unknown state")
	}
}
