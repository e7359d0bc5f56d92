package reminder

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
)

// aheadInstalments is how many of the unpaid instalments that are not due yet have rungs: a deal of 72 need not be looked at whole.
const aheadInstalments = 2

// occasion is one time at which a rung comes: the rungs of the due date come once, others once for each instalment, promise and the like.
type occasion struct {
	rung collection.Rung
	key  string // by which its state is kept, and what a contact calls its rung
	day  calendar.Date
	// since is the day on which its fact came about; zero for the due date, which the import brought along.
	since calendar.Date
	due   time.Time // follows from the fact alone
}

// suffix is what the keys of a fact's rungs end in.
func (o occasion) suffix() string { return strings.TrimPrefix(o.key, o.rung.Name) }

// occasions are all that a case's facts give rise to, by due time: those of a live agreement, or else those of its open debts.
func occasions(d *collection.Dossier, ruler collection.Ruler, now time.Time) []occasion {
	var all []occasion
	live := agreementLive(d)
	for _, r := range ruler.Rungs {
		if (factOf(r) == collection.FactInstalment) != live || !live && len(d.OpenDebts()) == 0 {
			continue
		}
		all = append(all, occasionsOf(d, r, now)...)
	}
	for i := range all {
		all[i].due = spread(d.Case, all[i].rung, all[i].key, all[i].day)
	}
	slices.SortStableFunc(all, func(a, b occasion) int {
		return cmp.Or(a.day.Compare(b.day), a.due.Compare(b.due))
	})
	return all
}

// factOf is a rung's fact; a rung that names none goes by the due date.
func factOf(r collection.Rung) collection.Fact {
	if r.Fact == "" {
		return collection.FactDue
	}
	return r.Fact
}

func occasionsOf(d *collection.Dossier, r collection.Rung, now time.Time) []occasion {
	c := d.Case
	on := func(fact, since calendar.Date, suffix string) occasion {
		return occasion{rung: r, key: r.Name + suffix, day: fact.AddDays(r.Day), since: since}
	}
	switch factOf(r) {
	case collection.FactDue:
		return []occasion{on(c.Ruler.Anchor, calendar.Date{}, "")}
	case collection.FactInstalment:
		return instalmentOccasions(d, now, on)
	case collection.FactPromise:
		if p := c.Promise; p.Status == collection.PromiseBroken {
			broken := compliance.Day(c.UF, p.Until)
			return []occasion{on(broken, broken, "/"+p.ID.String())}
		}
	case collection.FactBreach:
		if a, ok := broken(d); ok {
			return []occasion{on(a.EndedOn, a.EndedOn, "/"+a.ID.String())}
		}
	case collection.FactBounce:
		return bounceOccasions(c, r, on)
	}
	return nil
}

// instalmentOccasions are of the instalments that are not paid: those whose day has come, and the next ones.
func instalmentOccasions(
	d *collection.Dossier, now time.Time, on func(fact, since calendar.Date, suffix string) occasion,
) (all []occasion) {
	today, ahead := compliance.Day(d.Case.UF, now), 0
	for _, a := range d.Agreements {
		if !a.Live() {
			continue
		}
		signed := compliance.Day(d.Case.UF, a.SignedAt)
		for _, i := range a.Instalments {
			if i.Paid >= i.Amount {
				continue
			}
			if i.DueDate.After(today) {
				if ahead++; ahead > aheadInstalments {
					break
				}
			}
			all = append(all, on(i.DueDate, signed, fmt.Sprintf("/%s/%d", a.ID, i.Number)))
		}
	}
	return all
}

// broken is the deal that ended last for want of money, if its debts are open again.
func broken(d *collection.Dossier) (last collection.Agreement, ok bool) {
	for _, a := range d.Agreements {
		ended := a.Status == collection.AgreementBreached || a.Status == collection.AgreementLapsed
		open := slices.ContainsFunc(a.Debts, func(id collection.DebtID) bool {
			debt, there := d.Debt(id)
			return there && debt.Status == collection.DebtOpen
		})
		if ended && open && (!ok || a.EndedAt.After(last.EndedAt)) {
			last, ok = a, true
		}
	}
	return last, ok
}

// bounceOccasions are of the addresses that are dead, for a rung that goes by other channels.
func bounceOccasions(
	c collection.Case, r collection.Rung, on func(fact, since calendar.Date, suffix string) occasion,
) (all []occasion) {
	for _, p := range c.Points {
		if p.Quality == collection.PointDead && !slices.Contains(r.Channels, p.Channel) {
			found := compliance.Day(c.UF, p.At)
			all = append(all, on(found, found, "/"+string(p.Channel)))
		}
	}
	return all
}
