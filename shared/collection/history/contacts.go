package history

import (
	"time"

	"github.com/regua/regua/shared/collection"
)

func (w *Walk) startRuler() error {
	anchor, ok := w.Dossier.OldestOpen()
	if !ok || w.Dossier.Case.Ruler.Running {
		return nil
	}
	return w.Dossier.Record(w.meta("ruler-start"), collection.RulerStarted{
		Generation: w.Dossier.Case.Ruler.Generation + 1, Version: "r1", Anchor: anchor,
		Keeps: w.chance.Intn(2) == 0,
	})
}

func (w *Walk) endRuler() error {
	if !w.Dossier.Case.Ruler.Running {
		return nil
	}
	return w.Dossier.Record(w.meta("ruler-step"), collection.RulerEnded{Generation: w.Dossier.Case.Ruler.Generation, Reason: "no open debt"})
}

func (w *Walk) rung() string { return w.one("d5", "d15", "d30") }

func (w *Walk) skipRung() error {
	if !w.Dossier.Case.Ruler.Running {
		return nil
	}
	return w.Dossier.Record(w.meta("ruler-step"), collection.RungPassed{
		Generation: w.Dossier.Case.Ruler.Generation, Rung: w.rung(), Reason: "superseded",
	})
}

func (w *Walk) verdict(outcome string) collection.Verdict {
	v := collection.Verdict{
		Outcome: outcome, Rules: []string{"hours-email", "cap-day"}, PackVersion: "2026.1", InputsHash: w.hash(), Inputs: `{"uf":"SP"}`, At: w.At,
	}
	if outcome == "defer" {
		v.NotBefore = w.At.Add(12 * time.Hour)
	}
	return v
}

// plan plans a reminder of the running ruler, or the receipt of an intent.
func (w *Walk) plan() error {
	p := collection.ContactPlan{
		Contact: mint[collection.ContactNoun](w), Purpose: collection.PurposeReceipt, Channel: collection.ChannelEmail, Template: "receipt",
		Verdict: w.verdict("allow"),
	}
	intent, paid := pick(w, w.Dossier.Intents)
	switch {
	case w.Dossier.Case.Ruler.Running && w.chance.Intn(3) > 0:
		p.Purpose, p.Template, p.Generation, p.Rung = collection.PurposeReminder, "reminder", w.Dossier.Case.Ruler.Generation, w.rung()
	case paid:
		p.Intent = intent.ID
	default:
		return nil
	}
	return w.Dossier.Record(w.meta("ruler-step"), p)
}

func (w *Walk) withhold() error {
	if !w.Dossier.Case.Ruler.Running {
		return nil
	}
	return w.Dossier.Record(w.meta("ruler-step"), collection.ContactWithheld{
		Purpose: collection.PurposeReminder, Channel: collection.ChannelEmail, Generation: w.Dossier.Case.Ruler.Generation, Rung: w.rung(),
		Verdict: w.verdict(w.one("defer", "block")),
	})
}

func (w *Walk) contact(statuses ...collection.ContactStatus) (collection.Contact, bool) {
	var fit []collection.Contact
	for _, c := range w.Dossier.Contacts {
		for _, s := range statuses {
			if c.Status == s {
				fit = append(fit, c)
			}
		}
	}
	return pick(w, fit)
}

func (w *Walk) claim() error {
	c, ok := w.contact(collection.ContactPlanned)
	if !ok {
		return nil
	}
	return w.Dossier.Record(w.meta("contact-send"), collection.ContactClaim{Contact: c.ID, Verdict: w.verdict("allow")})
}

func (w *Walk) closeContact() error {
	c, ok := w.contact(collection.ContactPlanned, collection.ContactClaimed, collection.ContactUnknown)
	if !ok {
		return nil
	}
	closed := collection.ContactClosed{Contact: c.ID, Status: collection.ContactSent}
	switch w.chance.Intn(5) {
	case 0:
		closed.Status, closed.Reason = collection.ContactFailed, "bounced"
	case 1:
		closed.Status = collection.ContactUnknown
	case 2:
		closed.Status, closed.Verdict = collection.ContactDeferred, w.verdict("defer")
	case 3:
		closed.Status, closed.Verdict, closed.Reason = collection.ContactRefused, w.verdict("block"), "debt not open"
	}
	return w.Dossier.Record(w.meta("contact-send"), closed)
}
