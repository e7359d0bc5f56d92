package message

import (
	"net/url"
	"slices"
	"strings"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/taxid"
)

// Reminder is what a reminder of open debts says, as of a day.
type Reminder struct {
	Creditor collection.Creditor
	Name     string // the participant's
	Debts    []Debt
	AsOf     calendar.Date
	Link     string // opens the portal with the participant's contract at hand
	Until    calendar.Date
}

// Debt is one debt of a reminder with its components: Total = Principal + Fine + Interest.
type Debt struct {
	Contract, Description            string
	DueDate                          calendar.Date
	Principal, Fine, Interest, Total money.Centavos
}

// Receipt confirms that money came for an instalment.
type Receipt struct {
	Creditor    collection.Creditor
	Name        string
	Contract    string // number of the agreement's contract
	Instalment  int
	Instalments int
	Amount      money.Centavos // of the instalment
	Paid        money.Centavos // of it so far
	PaidOn      calendar.Date
	Balance     money.Centavos // left of the agreement
	Excess      money.Centavos // received beyond what was due
	Received    money.Centavos // by the code that this payment came by, so far
	Method      collection.Method
	Parts       collection.Components // what the payments of the agreement so far were for
	Aftercare   Aftercare
	// Next is the due date of the next instalment, zero when there is none, and NextAmount what is left of it.
	Next       calendar.Date
	NextAmount money.Centavos
	Link       string
}

// Aftercare is what a payment brings back, as far as it has come. The zero value is nothing.
type Aftercare struct {
	Kind collection.Aftercare
	On   collection.AftercareMoment // what it is asked for on
	Care collection.Care
	// Asked is the day on which it was asked for, and Until that by which the creditor has to answer; zero before.
	Asked, Until calendar.Date
}

// Code is a one-time code that stands for so many minutes.
type Code struct {
	Creditor collection.Creditor
	Code     string
	Minutes  int
}

func (Reminder) fills(template string) bool {
	return slices.Contains(contract.ReminderTemplates(), template)
}
func (Receipt) fills(template string) bool { return template == PaymentReceipt }
func (Code) fills(template string) bool    { return template == OTPCode }

// view is what templates may say: everything is written as people read it.
type view struct {
	Subject  string
	Creditor creditorView
	Name     string // the first name, empty when not known

	Debts                            []debtView
	Several                          bool // more than one debt
	Principal, Fine, Interest, Total string
	AsOf, Until                      string
	Link, Host                       string

	Contract                      string
	Instalment, Instalments       int
	Amount, Paid, PaidOn, Balance string
	Excess, Next, NextAmount      string
	Settled, Partial              bool
	Received, Method              string
	Parts                         []partView
	Back                          []string // sentences on what comes back

	Code    string
	Minutes int
}

type creditorView struct {
	Name, LegalName, Document, Address, Phone, Email, Site, Payee string
	Logo, Color, OnColor                                          string
}

type debtView struct {
	Contract, Description, DueDate, Principal, Fine, Interest, Total string
}

func (r Reminder) view() view {
	v := view{
		Creditor: about(r.Creditor), Name: firstName(r.Name), AsOf: day(r.AsOf), Until: day(r.Until), Link: r.Link, Host: host(r.Link),
	}
	var principal, fine, interest, total money.Centavos
	for _, d := range r.Debts {
		principal, fine, interest, total = principal+d.Principal, fine+d.Fine, interest+d.Interest, total+d.Total
		v.Debts = append(v.Debts, debtView{
			Contract: d.Contract, Description: d.Description, DueDate: day(d.DueDate), Principal: d.Principal.String(), Fine: d.Fine.String(),
			Interest: d.Interest.String(), Total: d.Total.String(),
		})
	}
	v.Several = len(v.Debts) > 1
	v.Principal, v.Fine, v.Interest, v.Total = principal.String(), fine.String(), interest.String(), total.String()
	return v
}

func (r Receipt) view() view {
	v := view{
		Creditor: about(r.Creditor), Name: firstName(r.Name), Link: r.Link, Host: host(r.Link), Contract: r.Contract,
		Instalment: r.Instalment, Instalments: r.Instalments, Amount: r.Amount.String(), Paid: r.Paid.String(), PaidOn: day(r.PaidOn),
		Balance: r.Balance.String(), Settled: r.Balance <= 0, Partial: r.Paid < r.Amount,
	}
	if r.Excess > 0 {
		v.Excess = r.Excess.String()
	}
	if r.Received > 0 {
		v.Received = r.Received.String()
	}
	v.Method, v.Parts, v.Back = methodNames[r.Method], parts(r.Parts), r.Aftercare.sentences(v.Creditor.Name)
	if !r.Next.IsZero() {
		v.Next, v.NextAmount = day(r.Next), r.NextAmount.String()
	}
	return v
}

func (c Code) view() view { return view{Creditor: about(c.Creditor), Code: c.Code, Minutes: c.Minutes} }

func about(c collection.Creditor) creditorView {
	v := creditorView{
		Name: c.Name, LegalName: c.LegalName, Document: c.Document, Address: c.Address, Phone: c.Contacts.Phone, Email: c.Contacts.Email,
		Site: c.Contacts.Site, Payee: c.MerchantName, Logo: c.Brand.LogoText, Color: c.Brand.PrimaryColor,
	}
	if id, err := taxid.Parse(c.Document); err == nil {
		v.Document = id.Format()
	}
	if v.Logo == "" {
		v.Logo = c.Name
	}
	v.Color, v.OnColor = contrast(v.Color)
	return v
}

// firstName is how a message addresses somebody: the first word of the name.
func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}

func day(d calendar.Date) string {
	text := d.String()
	return text[8:] + "/" + text[5:7] + "/" + text[:4]
}

// host is the part of a link that people should compare with their browser's address line.
func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Host
}
