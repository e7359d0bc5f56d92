package portfolio

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contactmask"
	"github.com/regua/regua/shared/vault"
)

// known is a debt of the case as the creditor names it.
type known struct {
	debt    collection.Debt
	details collection.DebtDetails
}

// upsert brings one case up to date with the rows of its participant and says what changed.
func (im *Importer) upsert(ctx context.Context, rows []row) (Report, error) {
	first := rows[0]
	documentHash := im.Index.Document(first.creditor, first.person.Document)
	d, isNew, err := im.open(ctx, first, documentHash)
	if err != nil {
		return Report{}, err
	}
	meta := collection.Meta{At: im.Now(), By: collection.System("import", first.creditor), Reason: "portfolio import"}
	if died(first, d.Case) {
		return im.stop(ctx, meta, d, isNew, rows)
	}
	there, err := im.debtsByReference(ctx, d)
	if err != nil {
		return Report{}, err
	}
	var report Report
	contracts := contractsOf(rows)
	var with []collection.Companion
	if isNew {
		with = append(with, collection.DocumentLookup{DocumentHash: documentHash})
		opened := collection.CaseOpened{
			Standing: first.standing, UF: first.uf, PersonKey: im.Index.Person(first.person.Document), HasEmail: first.person.Email != "",
			HasPhone: first.person.Phone != "", Score: first.score, Segment: first.segment,
		}
		if err := d.Place(meta, &opened, nil); err != nil {
			return Report{}, err
		}
		report.Opened++
	} else {
		revised, err := im.revisePerson(ctx, meta, d, first)
		if err != nil {
			return Report{}, err
		}
		if revised { // the masks of every contract change, those that are not in these rows too
			for _, k := range there {
				contracts[k.details.Contract] = true
			}
		}
	}
	if len(contracts) > maxContracts {
		report = Report{}
		for _, r := range rows {
			report.reject(r.line, fmt.Sprintf("contract_number: the participant has more than %d contracts", maxContracts))
		}
		return report, nil
	}
	if err := consent(meta, d, first); err != nil {
		return Report{}, err
	}
	if err := im.takeDebts(ctx, meta, d, there, rows, &report); err != nil {
		return Report{}, err
	}
	if len(d.Recorded()) == 0 {
		return report, nil
	}
	if err := im.Cases.Commit(ctx, d, append(with, im.lookups(first, documentHash, contracts)...)...); err != nil {
		return Report{}, fmt.Errorf("commit case: %w", err)
	}
	return report, nil
}

// agreeOnDeath gives all rows of a participant the gravest that one of them says: a death, or that there was none.
func agreeOnDeath(rows []row) {
	for _, what := range []string{"true", "false"} {
		if slices.ContainsFunc(rows, func(r row) bool { return r.deceased == what }) {
			for i := range rows {
				rows[i].deceased = what
			}
			return
		}
	}
}

// agreeOnWhatsApp gives all rows of a participant one answer; a refusal in one of them weighs more than a consent in another.
func agreeOnWhatsApp(rows []row) {
	for _, what := range []string{"false", "true"} {
		if slices.ContainsFunc(rows, func(r row) bool { return r.whatsApp == what }) {
			for i := range rows {
				rows[i].whatsApp = what
			}
			return
		}
	}
}

// consent records what the creditor says about WhatsApp, and leaves it as it stands when it says nothing.
func consent(meta collection.Meta, d *collection.Dossier, r row) error {
	if r.whatsApp == "" {
		return nil
	}
	p := d.Case.Point(collection.ChannelWhatsApp)
	return d.ChangePoint(meta, collection.ContactPointChanged{
		Channel: p.Channel, OnFile: p.OnFile, Quality: p.Quality, Consent: r.whatsApp == "true",
	})
}

// renewed are the channels whose address is another one now.
func renewed(old, now collection.Participant) []collection.Channel {
	var out []collection.Channel
	if old.Email != now.Email {
		out = append(out, collection.ChannelEmail)
	}
	if old.Phone != now.Phone {
		out = append(out, collection.SameAddress(collection.ChannelPhone)...)
	}
	if old.Address != now.Address {
		out = append(out, collection.ChannelLetter)
	}
	return out
}

// died says whether a row reports its participant's death, or leaves an earlier report as it stands.
func died(r row, c collection.Case) bool {
	return r.deceased == "true" || c.Standing == collection.StandingDeceased && r.deceased != "false"
}

// stop ends the reminders of a participant who died, once, and takes none of the rows in.
func (im *Importer) stop(ctx context.Context, meta collection.Meta, d *collection.Dossier, isNew bool, rows []row) (Report, error) {
	var report Report
	for _, r := range rows {
		report.reject(r.line, "deceased: debts of the deceased are not collected: they go to the estate")
	}
	if isNew || d.Case.Standing == collection.StandingDeceased {
		return report, nil
	}
	meta.Reason = "participant deceased"
	revised := collection.ParticipantRevised{
		Standing: collection.StandingDeceased, UF: d.Case.UF, HasEmail: d.Case.HasEmail, HasPhone: d.Case.HasPhone,
		Score: d.Case.Score, Segment: d.Case.Segment,
	}
	if err := d.Record(meta, revised); err != nil {
		return Report{}, err
	}
	if err := d.Suspend(meta); err != nil {
		return Report{}, err
	}
	if ruler := d.Case.Ruler; ruler.Running {
		if err := d.Record(meta, collection.RulerEnded{Generation: ruler.Generation, Reason: "deceased"}); err != nil {
			return Report{}, err
		}
	}
	if err := im.Cases.Commit(ctx, d); err != nil {
		return Report{}, fmt.Errorf("commit end of reminders: %w", err)
	}
	return report, nil
}

func contractsOf(rows []row) map[string]bool {
	contracts := map[string]bool{}
	for _, r := range rows {
		contracts[r.details.Contract] = true
	}
	return contracts
}

// lookups lets a login find the case by each of the contracts.
func (im *Importer) lookups(r row, documentHash string, contracts map[string]bool) []collection.Companion {
	var emailMask, phoneMask string
	if r.person.Email != "" {
		emailMask = contactmask.Email(r.person.Email)
	}
	if r.person.Phone != "" {
		phoneMask = contactmask.Phone(r.person.Phone)
	}
	var out []collection.Companion
	for _, contract := range slices.Sorted(maps.Keys(contracts)) {
		out = append(out, collection.ContractLookup{
			ContractHash: im.Index.Contract(r.creditor, contract), DocumentHash: documentHash, EmailMask: emailMask, PhoneMask: phoneMask,
		})
	}
	return out
}

// open loads the participant's case, or starts one with a key of its own.
func (im *Importer) open(ctx context.Context, r row, documentHash string) (d *collection.Dossier, isNew bool, err error) {
	id, err := im.Finder.FindCase(ctx, r.creditor, documentHash)
	if err == nil {
		d, err = im.Cases.Load(ctx, r.creditor, id)
		return d, false, err
	}
	if !errors.Is(err, collection.ErrNotFound) {
		return nil, false, err
	}
	if id, err = collection.Mint[collection.CaseNoun](im.Now(), im.Chance); err != nil {
		return nil, false, err
	}
	d = collection.NewDossier(id, r.creditor)
	key, err := im.Vault.NewKey(ctx, r.creditor, vault.CaseKey(d.Case).Scope)
	if err != nil {
		return nil, false, fmt.Errorf("make the case's key: %w", err)
	}
	d.Case.WrappedKey = key.Wrapped
	if d.Case.Sealed, err = im.Vault.SealParticipant(ctx, d.Case, r.person); err != nil {
		return nil, false, fmt.Errorf("seal participant: %w", err)
	}
	return d, true, nil
}

func (im *Importer) revisePerson(ctx context.Context, meta collection.Meta, d *collection.Dossier, r row) (revised bool, err error) {
	old, err := im.Vault.OpenParticipant(ctx, d.Case)
	if err != nil {
		return false, fmt.Errorf("open participant: %w", err)
	}
	// A case from before telephones were noted is revised once.
	if old == r.person && d.Case.Standing == r.standing && d.Case.UF == r.uf &&
		d.Case.HasPhone == (r.person.Phone != "") && sameProfile(d.Case, r) {
		return false, nil
	}
	if d.Case.Sealed, err = im.Vault.SealParticipant(ctx, d.Case, r.person); err != nil {
		return false, fmt.Errorf("seal participant: %w", err)
	}
	if d.Case.Standing == collection.StandingDeceased && r.standing != collection.StandingDeceased {
		if err := d.Resume(meta); err != nil {
			return false, err
		}
	}
	return true, d.Record(meta, collection.ParticipantRevised{
		Standing: r.standing, UF: r.uf, HasEmail: r.person.Email != "", HasPhone: r.person.Phone != "", Renewed: renewed(old, r.person),
		Score: r.score, Segment: r.segment,
	})
}

// sameProfile says whether score and segment of a row are those of the case.
func sameProfile(c collection.Case, r row) bool {
	if (c.Score == nil) != (r.score == nil) || c.Segment != r.segment {
		return false
	}
	return c.Score == nil || *c.Score == *r.score
}

// takeDebts sorts the rows into new, changed and unchanged debts and records the first two. No two rows are of one debt.
func (im *Importer) takeDebts(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, there map[string]known, rows []row, report *Report,
) error {
	var placed, revised []collection.PlacedDebt
	sealing := map[collection.DebtID]collection.DebtDetails{}
	for _, r := range rows {
		old, exists := there[r.details.Reference]
		debt := r.debt
		switch {
		case !exists:
			id, err := collection.Mint[collection.DebtNoun](meta.At, im.Chance)
			if err != nil {
				return err
			}
			debt.ID = id
			placed = append(placed, debt)
			sealing[debt.ID] = r.details
			report.Placed++
		case old.equals(r):
			report.Unchanged++
		case old.debt.Status != collection.DebtOpen:
			report.reject(r.line, "debt_id: the debt is not open any more and cannot be changed by an import")
		case r.debt.Principal < old.debt.Credited:
			report.reject(r.line, "principal_centavos: more than this was paid off the debt")
		default:
			debt.ID = old.debt.ID
			revised = append(revised, debt)
			sealing[debt.ID] = r.details
			report.Revised++
		}
	}
	if err := d.Place(meta, nil, placed); err != nil {
		return err
	}
	if len(revised) > 0 {
		if err := d.Revise(meta, revised); err != nil {
			return err
		}
	}
	for id, details := range sealing {
		debt, _ := d.Debt(id)
		sealed, err := im.Vault.SealDebt(ctx, d.Case, id, details)
		if err != nil {
			return fmt.Errorf("seal debt: %w", err)
		}
		debt.Sealed = sealed
	}
	return nil
}

func (k known) equals(r row) bool {
	return k.details == r.details && k.debt.Product == r.debt.Product && k.debt.DueDate == r.debt.DueDate &&
		k.debt.Principal == r.debt.Principal && k.debt.MonthlyRate == r.debt.MonthlyRate && k.debt.TaxedDays == r.debt.TaxedDays
}

func (im *Importer) debtsByReference(ctx context.Context, d *collection.Dossier) (map[string]known, error) {
	out := map[string]known{}
	for _, debt := range d.Debts {
		details, err := im.Vault.OpenDebt(ctx, d.Case, debt)
		if err != nil {
			return nil, fmt.Errorf("open debt %s: %w", debt.ID, err)
		}
		out[details.Reference] = known{debt, details}
	}
	return out, nil
}
