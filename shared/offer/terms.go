package offer

import (
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// MaxDebts is the most debts that one deal may cover: with them, signing and settling each fit into one transaction.
const MaxDebts = 50

// Deal is what a deal is asked for: over which debts, by whom, in how many payments (1 is cash), from when on, under which product.
type Deal struct {
	Debts    []collection.Debt
	Standing collection.Standing
	Payments int
	FirstDue calendar.Date // of the first payment; zero: as the policy says
	Product  string        // empty: the first product of the policy that fits
	QuotedAt time.Time
}

// Terms works the deal out as of its quote. One that the policy does not allow is a *Refusal.
func Terms(c collection.Creditor, d Deal) (collection.Terms, error) {
	q, err := newQuote(c, d)
	if err != nil {
		return collection.Terms{}, err
	}
	plan, err := q.plan(d.Payments)
	if err != nil {
		return collection.Terms{}, err
	}
	return q.priced(plan)
}

// quote is a set of debts charged on a day, for which plans are worked out.
type quote struct {
	policy  collection.OfferPolicy
	deal    Deal
	today   calendar.Date
	product collection.Product
	debts   []Charged
	gross   collection.Components
}

func newQuote(c collection.Creditor, d Deal) (*quote, error) {
	if len(d.Debts) == 0 || len(d.Debts) > MaxDebts {
		return nil, fmt.Errorf("%w: a deal covers 1 to %d debts", collection.ErrInvalid, MaxDebts)
	}
	q := &quote{policy: c.Policy, deal: d, today: Today(d.QuotedAt)}
	var err error
	if q.product, err = productFor(c.Policy.Products, d); err != nil {
		return nil, err
	}
	for _, debt := range d.Debts {
		charged, err := Charge(c.Charges, debt, q.today)
		if err != nil {
			return nil, err
		}
		if q.gross, err = q.gross.Add(charged.components()); err != nil {
			return nil, fmt.Errorf("sum of the debts: %w", err)
		}
		q.debts = append(q.debts, charged)
	}
	return q, nil
}

// plan is a deal laid out, but for its cost by the year, which takes most of the work and which a search for a plan does not need.
type plan struct {
	terms   collection.Terms
	balance money.Centavos // after the discount
}

// largest is the largest payment.
func (p plan) largest() money.Centavos {
	var most money.Centavos
	for _, row := range p.terms.Schedule {
		most = max(most, row.Amount)
	}
	return most
}

// plan lays the deal out in a number of payments.
func (q *quote) plan(payments int) (plan, error) {
	t := collection.Terms{
		Kind: collection.OfferCash, Product: q.product.ID, Principal: q.gross.Principal, Fine: q.gross.Fine, Interest: q.gross.Interest,
		Correction: q.gross.Correction, MonthlyRate: "0", CETAnnual: "0.00", QuotedAt: q.deal.QuotedAt, PolicyVersion: q.policy.Version,
		Distribution: q.policy.Distribution,
	}
	if payments > 1 {
		t.Kind = collection.OfferInstalments
	}
	balances, err := q.discounted(&t, payments)
	if err != nil {
		return plan{}, err
	}
	balance, err := money.Sum(balances...)
	if err != nil {
		return plan{}, fmt.Errorf("balance of the deal: %w", err)
	}
	if balance <= 0 {
		return plan{}, refuse(RuleNothingOwed)
	}
	first, err := q.firstDue(payments)
	if err != nil {
		return plan{}, err
	}
	rows, err := q.rows(&t, balance, payments)
	if err != nil {
		return plan{}, err
	}
	for i, row := range rows {
		due := calendar.NextBusinessDay(first.AddMonths(i, first.Day()))
		t.Schedule = append(t.Schedule, collection.ScheduledPayment{Number: i + 1, DueDate: due, Amount: row.Payment})
	}
	if t.IOF, err = q.iof(t.Schedule, rows, balance, balances); err != nil {
		return plan{}, fmt.Errorf("tax on the deal: %w", err)
	}
	t.Schedule[0].Amount += t.IOF // the tax falls due with the contract
	if t.Total, err = money.Sum(balance, t.Financing, t.IOF); err != nil {
		return plan{}, fmt.Errorf("total of the deal: %w", err)
	}
	return plan{t, balance}, nil
}

// discounted takes the discounts off and returns what is left of each debt.
func (q *quote) discounted(t *collection.Terms, payments int) ([]money.Centavos, error) {
	bands := q.policy.Cash
	if payments > 1 {
		bands = q.policy.Instalments
	}
	balances := make([]money.Centavos, len(q.debts))
	for i, debt := range q.debts {
		off, err := discount(bands, payments, debt)
		if err != nil {
			return nil, err
		}
		sum, err := off.Total()
		if err != nil {
			return nil, fmt.Errorf("discount of the deal: %w", err)
		}
		if t.Off, err = t.Off.Add(off); err != nil {
			return nil, fmt.Errorf("discount of the deal: %w", err)
		}
		balances[i] = debt.Total - sum
		t.Debts = append(t.Debts, debt.Debt.ID)
	}
	var err error
	if t.Discount, err = t.Off.Total(); err != nil {
		return nil, fmt.Errorf("discount of the deal: %w", err)
	}
	return balances, nil
}

// firstDue is the due date that was chosen, before it moves to a business day.
func (q *quote) firstDue(payments int) (calendar.Date, error) {
	day, window := q.policy.CashDueDays, q.policy.CashWindow
	if payments > 1 {
		day, window = q.policy.FirstDueDays, q.policy.FirstWindow
	}
	if window == (collection.DueWindow{}) {
		window = collection.DueWindow{Earliest: day, Latest: day}
	}
	chosen := q.deal.FirstDue
	if chosen.IsZero() {
		return q.today.AddDays(day), nil
	}
	if n := q.today.DaysUntil(chosen); n < window.Earliest || n > window.Latest {
		return calendar.Date{}, refuse(RuleFirstDue, dated(q.today.AddDays(window.Earliest)), dated(q.today.AddDays(window.Latest)))
	}
	return chosen, nil
}

// rows splits the balance: evenly and free of interest up to the policy's count, by its table beyond it. Every payment must reach the least
// instalment.
func (q *quote) rows(t *collection.Terms, balance money.Centavos, payments int) (money.Schedule, error) {
	if payments == 1 {
		return money.Schedule{{Payment: balance, Amortization: balance}}, nil
	}
	limit, ok := q.limit(balance)
	if !ok {
		return nil, refuse(RuleAmount)
	}
	if payments < 1 || payments > limit.MaxInstalments {
		return nil, refuse(RuleInstalments, inWords(limit.MaxInstalments))
	}
	rate, lay := money.Rate{}, money.Price // at rate 0 Price is the even split
	if payments > q.policy.InterestFree && !q.policy.MonthlyRate.IsZero() {
		rate, t.Table = q.policy.MonthlyRate, collection.TablePrice
		if q.policy.Table == collection.TableSAC {
			lay, t.Table = money.SAC, collection.TableSAC
		}
	}
	rows, err := lay(balance, rate, payments)
	if errors.Is(err, money.ErrRange) {
		return nil, refuse(RuleMinimum, limit.Minimum)
	}
	if err != nil {
		return nil, fmt.Errorf("instalments of the deal: %w", err)
	}
	for _, row := range rows {
		if row.Payment < limit.Minimum {
			return nil, refuse(RuleMinimum, limit.Minimum)
		}
	}
	total, err := rows.Total()
	if err != nil {
		return nil, fmt.Errorf("instalments of the deal: %w", err)
	}
	t.Financing, t.MonthlyRate = total-balance, rate.String()
	return rows, nil
}

// limit is the policy's limit of an amount, narrowed by the product.
func (q *quote) limit(balance money.Centavos) (collection.AmountLimit, bool) {
	for _, l := range q.policy.Limits {
		if balance >= l.From && (l.To == 0 || balance <= l.To) {
			if most := q.product.MaxInstalments; most > 0 {
				l.MaxInstalments = min(l.MaxInstalments, most)
			}
			return l, true
		}
	}
	return collection.AmountLimit{}, false
}

// priced adds what the deal costs by the year: 0.00 when nothing is paid beyond the balance.
func (q *quote) priced(p plan) (collection.Terms, error) {
	t := p.terms
	if t.Financing+t.IOF == 0 {
		return t, nil
	}
	flows := make([]money.Flow, len(t.Schedule))
	for i, row := range t.Schedule {
		flows[i] = money.Flow{Day: row.DueDate.Ordinal(), Amount: row.Amount}
	}
	var err error
	t.CETAnnual, err = money.CET(p.balance, q.today.Ordinal(), flows)
	if errors.Is(err, money.ErrNoRate) {
		return collection.Terms{}, refuse(RuleCost)
	}
	if err != nil {
		return collection.Terms{}, fmt.Errorf("cost of the deal: %w", err)
	}
	return t, nil
}
