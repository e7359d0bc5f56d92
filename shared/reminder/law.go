package reminder

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
)

// ask asks contact law, by the packs of the creditor, about a contact with the person of a case. At hand-over the contact has to leave in
// time to be delivered within the lawful hours.
func ask(
	creditor collection.Creditor, d *collection.Dossier, what collection.ContactPlan, days []calendar.Date, now time.Time, handOver bool,
) (collection.Verdict, error) {
	law, err := compliance.Of(creditor.Law.Packs)
	if err != nil {
		return collection.Verdict{}, err
	}
	in := inputs(creditor, d, what, days, now)
	in.HandOver = handOver
	return compliance.Evaluate(law, in), nil
}

// inputs are what contact law asks about a contact with the person of a case. Whatever the case does not know stays unknown, and the law
// holds the stricter to be so.
func inputs(
	creditor collection.Creditor, d *collection.Dossier, what collection.ContactPlan, days []calendar.Date, now time.Time,
) compliance.Input {
	in := compliance.Input{
		Now: now, Channel: what.Channel, Purpose: what.Purpose, UF: d.Case.UF, History: compliance.Reminded(days),
		Role: compliance.Role(creditor.Law.Role), Facts: facts(d, what.Channel, now) | carried(what.Channel),
	}
	in.Due, _ = d.OldestOpen()
	if creditor.Kind == collection.CreditorHealthPlan {
		in.Regulator = compliance.RegulatorANS
	}
	if creditor.Law.RegistriesChecked {
		in.RegistrySnapshot = compliance.Day(d.Case.UF, now)
	}
	for _, h := range creditor.Law.Holidays {
		if h.UF == d.Case.UF || d.Case.UF == "" {
			in.Closed = append(in.Closed, h.Date)
		}
	}
	return in
}

// facts are what the case knows of the person, the debts and the address.
func facts(d *collection.Dossier, channel collection.Channel, now time.Time) compliance.Facts {
	point := d.Case.Point(channel)
	_, open := d.OldestOpen()
	f := compliance.FactRegisteredContact // every address comes from the creditor's own file
	for _, known := range []struct {
		so   bool
		fact compliance.Facts
	}{
		{point.OnFile, compliance.FactAddress},
		{point.Quality == collection.PointDead, compliance.FactSuppressed},
		{point.OptedOut, compliance.FactOptOut},
		{point.Consent && channel == collection.ChannelWhatsApp, compliance.FactWhatsAppOptIn},
		{open, compliance.FactOpenDebt},
		{agreementLive(d), compliance.FactAgreementLive},
		{d.Case.Standing == collection.StandingDeceased, compliance.FactDeceased},
		{pauses(d).Covers(now), compliance.FactPaused},
	} {
		if known.so {
			f |= known.fact
		}
	}
	return f
}

// carried is what every message of a channel carries: its templates are held to it when they are loaded. A long message says by itself
// who collects and what the amount is made of; a short one names the supplier and links to the page that does.
func carried(channel collection.Channel) compliance.Facts {
	const always = compliance.FactOptOutSlot
	if channel == collection.ChannelEmail || channel == collection.ChannelLetter {
		return always | compliance.FactSupplierIdentity | compliance.FactBreakdown
	}
	return always | compliance.FactSupplierLink | compliance.FactBreakdownLink | compliance.FactTemplateApproved
}

func agreementLive(d *collection.Dossier) bool {
	for _, a := range d.Agreements {
		if a.Live() {
			return true
		}
	}
	return false
}
