// Package history draws random lawful histories of a case, for property tests of whatever keeps, sends or folds events.
package history

import (
	"errors"
	"fmt"
	"math/rand"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// Walk is the history of one case under way. Its dossier holds every intent and contact.
type Walk struct {
	Dossier *collection.Dossier
	At      time.Time
	// Commit is called after each step that recorded something; it must mark the dossier as loaded. Nil keeps all events on the dossier.
	Commit func(*collection.Dossier)
	// Receipts are those of the money that came, as they stand.
	Receipts []collection.Receipt

	t      *rapid.T
	chance *rand.Rand
	facts  int
}

// New opens a case with one to three debts.
func New(t *rapid.T, creditor collection.CreditorID, commit func(*collection.Dossier)) *Walk {
	w := &Walk{
		At: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Commit: commit, t: t,
		chance: rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))),
	}
	w.Dossier = collection.NewDossier(mint[collection.CaseNoun](w), creditor)
	opened := collection.CaseOpened{
		Standing: w.standing(), UF: w.one("SP", "AM", ""), PersonKey: w.hash(), HasEmail: w.chance.Intn(2) == 0,
		HasPhone: w.chance.Intn(2) == 0,
	}
	w.done(w.Dossier.Place(w.meta("import"), &opened, w.placed(1+w.chance.Intn(3))))
	return w
}

// Step takes one random decision, a moment to ten days after the last. A decision that the case's state refuses changes nothing.
func (w *Walk) Step() {
	w.At = w.At.Add(time.Duration(w.chance.Int63n(int64(rapid.SampledFrom(pauses()).Draw(w.t, "pause")))))
	steps := []func() error{
		w.place, w.revise, w.reviseParticipant, w.accept, w.accept, w.refuse, w.sign, w.sign, w.request, w.request, w.issue,
		w.reroute, w.notice, w.refusePayment, w.close, w.post, w.post, w.post, w.takeBack, w.wantRefund, w.answerRefund, w.end,
		w.requestReview, w.review, w.hold, w.recall, w.propose, w.answerProposed,
		w.keepCare, w.answerCare,
		w.startRuler, w.skipRung, w.plan, w.withhold, w.claim, w.closeContact, w.endRuler,
		w.changePoint, w.optOut, w.optIn,
		w.pause, w.liftPause, w.promise, w.promise, w.breakPromise, w.withdrawPromise, w.conclude,
	}
	w.done(steps[rapid.IntRange(0, len(steps)-1).Draw(w.t, "step")]())
}

// pauses are the longest times between two steps: an instant, so that ids and times collide, up to more than an offer lives.
func pauses() []time.Duration {
	return []time.Duration{1, time.Second, time.Hour, 240 * time.Hour}
}

// done commits a step. Refusals of the domain are part of a lawful history; anything else is a fault.
func (w *Walk) done(err error) {
	for _, refusal := range []error{
		collection.ErrDebtsNotOpen, collection.ErrProposalNotOpen, collection.ErrContractExpired, collection.ErrOfferTaken,
		collection.ErrInstalmentNotPayable, collection.ErrAgreementEnded, collection.ErrPromiseOpen,
	} {
		if errors.Is(err, refusal) {
			return
		}
	}
	if err != nil {
		w.t.Fatalf("step: %v", err)
	}
	if w.Commit != nil && len(w.Dossier.Recorded()) > 0 {
		w.Commit(w.Dossier)
	}
}

func (w *Walk) meta(part string) collection.Meta {
	by := collection.System(part, w.Dossier.Case.Creditor)
	if part == "participant" {
		by = collection.Principal{
			Kind: collection.KindParticipant, ID: "a1b2c3", Creditor: w.Dossier.Case.Creditor, Case: w.Dossier.Case.ID,
		}
	}
	return collection.Meta{
		At: w.At, By: by, Reason: w.one("", "<requested> & \"quoted\""), CausationID: w.one("", "message-1"),
		CorrelationID: w.one("", "request-1"),
	}
}

func mint[N any](w *Walk) collection.ID[N] {
	id, err := collection.Mint[N](w.At, w.chance)
	if err != nil {
		w.t.Fatalf("mint: %v", err)
	}
	return id
}

func (w *Walk) one(texts ...string) string { return texts[w.chance.Intn(len(texts))] }

func (w *Walk) standing() collection.Standing {
	return collection.Standing(w.one(string(collection.StandingActive), string(collection.StandingFormer)))
}

func (w *Walk) revisedStanding() collection.Standing {
	return collection.Standing(w.one(string(w.standing()), string(collection.StandingDeceased)))
}

func (w *Walk) amount() money.Centavos { return money.Centavos(1 + w.chance.Int63n(500_000)) }

func (w *Walk) today() calendar.Date { return calendar.Of(w.At, time.UTC) }

// hash is 64 hex digits, as of SHA-256.
func (w *Walk) hash() string {
	return fmt.Sprintf("%016x%016x%016x%016x", w.chance.Uint64(), w.chance.Uint64(), w.chance.Uint64(), w.chance.Uint64())
}

// pick draws an element and false from an empty list.
func pick[T any](w *Walk, from []T) (T, bool) {
	if len(from) == 0 {
		var none T
		return none, false
	}
	return from[w.chance.Intn(len(from))], true
}

func (w *Walk) placed(n int) []collection.PlacedDebt {
	debts := make([]collection.PlacedDebt, n)
	for i := range debts {
		debts[i] = collection.PlacedDebt{
			ID: mint[collection.DebtNoun](w), Product: w.one("plano", "tv", "crédito"), DueDate: w.today().AddDays(-w.chance.Intn(900)),
			Principal: w.amount(), MonthlyRate: w.one("", "0.0199"), TaxedDays: w.chance.Intn(366),
		}
	}
	return debts
}
