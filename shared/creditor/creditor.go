// Package creditor reads a creditor's file: who the creditor is, what it offers, when it reminds, where its money comes in.
// The file is JSON, strict, and every refusal names the member and the rule.
package creditor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/taxid"
)

const (
	// maxFile is a hundred times the largest sample.
	maxFile = 256 << 10
	// maxInstalments is the longest schedule that an agreement can hold (six years of months).
	maxInstalments = 72
	maxRungs       = 50
	// minCodeLife leaves the provider the time to issue a code that can still be paid.
	minCodeLife = 5 * time.Second
)

// file is the wire form.
type file struct {
	ID        string        `json:"id"`
	Kind      string        `json:"kind"`
	Name      string        `json:"name"`
	LegalName string        `json:"legalName"`
	Document  string        `json:"document"`
	Address   string        `json:"address"`
	Brand     brandFile     `json:"brand"`
	Contacts  contactsFile  `json:"contacts"`
	Charges   chargesFile   `json:"charges"`
	Policy    policyFile    `json:"policy"`
	Ruler     rulerFile     `json:"ruler"`
	Aftercare aftercareFile `json:"aftercare"`
	Payment   paymentFile   `json:"payment"`
}

type brandFile struct {
	PrimaryColor string `json:"primaryColor"`
	AccentColor  string `json:"accentColor"`
	LogoText     string `json:"logoText"`
}

type contactsFile struct {
	Phone string `json:"phone"`
	Email string `json:"email"`
	Site  string `json:"site"`
}

type chargesFile struct {
	FineRate            string `json:"fineRate"`
	MonthlyInterestRate string `json:"monthlyInterestRate"`
}

type policyFile struct {
	Version          string      `json:"version"`
	OfferHours       int         `json:"offerHours"`
	PaymentCodeLife  string      `json:"paymentCodeLife"` // ISO 8601
	CashDueDays      int         `json:"cashDueDays"`
	FirstDueDays     int         `json:"firstDueDays"`
	Cash             []bandFile  `json:"cash"`
	Instalments      []bandFile  `json:"instalments"`
	InterestFreeUpTo int         `json:"interestFreeUpTo"`
	MonthlyRate      string      `json:"monthlyRate"`
	Limits           []limitFile `json:"limits"`
}

type bandFile struct {
	FromDays      int    `json:"fromDays"`
	ToDays        int    `json:"toDays"`
	PrincipalRate string `json:"principalRate"`
	FineRate      string `json:"fineRate"`
	InterestRate  string `json:"interestRate"`
}

type limitFile struct {
	FromCentavos              int64 `json:"fromCentavos"`
	ToCentavos                int64 `json:"toCentavos"`
	MaxInstalments            int   `json:"maxInstalments"`
	MinimumInstalmentCentavos int64 `json:"minimumInstalmentCentavos"`
}

type rulerFile struct {
	Version string     `json:"version"`
	Rungs   []rungFile `json:"rungs"`
}

type rungFile struct {
	Name      string `json:"name"`
	Day       int    `json:"day"`
	Channel   string `json:"channel"`
	Template  string `json:"template"`
	Mandatory bool   `json:"mandatory"`
}

type aftercareFile struct {
	Active string `json:"active"`
	Former string `json:"former"`
}

type paymentFile struct {
	Provider     string `json:"provider"`
	Account      string `json:"account"`
	MerchantName string `json:"merchantName"`
	MerchantCity string `json:"merchantCity"`
}

// Parse reads a creditor's file. The error lists every rule that the file breaks; errors.Is(err, collection.ErrInvalid) holds for all of
// them.
func Parse(doc []byte) (collection.Creditor, error) {
	if len(doc) > maxFile {
		return collection.Creditor{}, fmt.Errorf("%w: a creditor's file has at most %d bytes", collection.ErrInvalid, maxFile)
	}
	f, err := strictjson.Decode[file](doc)
	var wrong *strictjson.ShapeError
	switch {
	case errors.As(err, &wrong) && wrong.Member != "": // an operator wrote it: also a name that is not known may be shown
		return collection.Creditor{}, fmt.Errorf("%w: read creditor's file: %s: %s", collection.ErrInvalid, wrong.Member, wrong.Fault)
	case err != nil:
		return collection.Creditor{}, fmt.Errorf("%w: read creditor's file: %w%s", collection.ErrInvalid, err, spot(doc))
	}
	c := &checker{}
	creditor := f.domain(c)
	if len(c.broken) > 0 {
		return collection.Creditor{}, fmt.Errorf("%w: %w", collection.ErrInvalid, errors.Join(c.broken...))
	}
	return creditor, nil
}

// spot says where a text stops to be JSON, empty when it does not.
func spot(doc []byte) string {
	var broken *json.SyntaxError
	var whole json.RawMessage
	if !errors.As(json.Unmarshal(doc, &whole), &broken) {
		return ""
	}
	return fmt.Sprintf(": line %d: %s", 1+bytes.Count(doc[:broken.Offset], []byte("\n")), broken)
}

func (f file) domain(c *checker) collection.Creditor {
	id, err := collection.ParseCreditorID(f.ID)
	c.check(err == nil, "id must be 2 to 31 lower-case letters, digits and hyphens")
	document, err := taxid.Parse(f.Document)
	c.check(err == nil && document.Kind() == taxid.CNPJ, "document must be a valid CNPJ")
	c.text("name", f.Name, 60)
	c.text("legalName", f.LegalName, 120)
	c.text("address", f.Address, 200)
	c.text("brand.logoText", f.Brand.LogoText, 30)
	c.color("brand.primaryColor", f.Brand.PrimaryColor)
	c.color("brand.accentColor", f.Brand.AccentColor)
	c.text("contacts.phone", f.Contacts.Phone, 30)
	c.check(emailForm.MatchString(f.Contacts.Email), "contacts.email must be an e-mail address of at most 120 characters")
	c.check(siteForm.MatchString(f.Contacts.Site), "contacts.site must be an https:// address of at most 200 characters")
	kind := collection.CreditorKind(f.Kind)
	switch kind {
	case collection.CreditorHealthPlan, collection.CreditorPayTV, collection.CreditorLender:
	default:
		c.check(false, "kind must be health_plan, pay_tv or lender")
	}
	return collection.Creditor{
		ID: id, Kind: kind, Name: f.Name, LegalName: f.LegalName, Document: document.String(), Address: f.Address,
		Brand:    collection.Brand{PrimaryColor: f.Brand.PrimaryColor, AccentColor: f.Brand.AccentColor, LogoText: f.Brand.LogoText},
		Contacts: collection.CreditorContacts{Phone: f.Contacts.Phone, Email: f.Contacts.Email, Site: f.Contacts.Site},
		Charges: collection.Charges{
			Fine:            c.rate("charges.fineRate", f.Charges.FineRate, "0.02"), // Lei 8.078/1990 art. 52 par. 1
			MonthlyInterest: c.rate("charges.monthlyInterestRate", f.Charges.MonthlyInterestRate, "0.2"),
		},
		Policy: f.Policy.domain(c), Ruler: f.Ruler.domain(c), Aftercare: f.Aftercare.domain(c), Payment: f.Payment.domain(c),
	}
}

func (f policyFile) domain(c *checker) collection.OfferPolicy {
	c.text("policy.version", f.Version, 40)
	c.between("policy.offerHours", f.OfferHours, 1, 24*30)
	c.between("policy.cashDueDays", f.CashDueDays, 1, 30)
	c.between("policy.firstDueDays", f.FirstDueDays, 1, 60)
	// A contract can be signed until its offer ends; the first payment must not be overdue by then.
	c.check(f.OfferHours <= 24*min(f.CashDueDays, f.FirstDueDays), "policy.offerHours must end within cashDueDays and firstDueDays")
	c.between("policy.interestFreeUpTo", f.InterestFreeUpTo, 1, maxInstalments)
	p := collection.OfferPolicy{
		Version: f.Version, OfferLifetime: time.Duration(f.OfferHours) * time.Hour,
		IntentLife:  c.duration("policy.paymentCodeLife", f.PaymentCodeLife, minCodeLife, 30*24*time.Hour),
		CashDueDays: f.CashDueDays, FirstDueDays: f.FirstDueDays, InterestFree: f.InterestFreeUpTo,
		MonthlyRate: c.rate("policy.monthlyRate", f.MonthlyRate, "0.2"),
		Cash:        bands(c, "policy.cash", f.Cash), Instalments: bands(c, "policy.instalments", f.Instalments),
	}
	c.check(len(f.Limits) > 0, "policy.limits needs at least one row")
	for i, l := range f.Limits {
		at := fmt.Sprintf("policy.limits[%d]", i)
		c.between(at+".maxInstalments", l.MaxInstalments, 1, maxInstalments)
		c.check(l.FromCentavos > 0 && (l.ToCentavos == 0 || l.ToCentavos >= l.FromCentavos),
			at+" needs 0 < fromCentavos <= toCentavos (0: without end)")
		c.check(l.MinimumInstalmentCentavos > 0, at+".minimumInstalmentCentavos must be positive")
		if i > 0 {
			last := f.Limits[i-1].ToCentavos
			c.check(last != 0 && l.FromCentavos > last, at+" must begin after the row before it ends")
		}
		p.Limits = append(p.Limits, collection.AmountLimit{
			From: money.Centavos(l.FromCentavos), To: money.Centavos(l.ToCentavos), MaxInstalments: l.MaxInstalments,
			Minimum: money.Centavos(l.MinimumInstalmentCentavos),
		})
	}
	return p
}

func bands(c *checker, at string, rows []bandFile) []collection.DiscountBand {
	var out []collection.DiscountBand
	for i, b := range rows {
		at := fmt.Sprintf("%s[%d]", at, i)
		c.check(b.FromDays >= 0 && (b.ToDays == 0 || b.ToDays >= b.FromDays), at+" needs 0 <= fromDays <= toDays (0: without end)")
		if i > 0 {
			last := rows[i-1].ToDays
			c.check(last != 0 && b.FromDays == last+1, at+" must begin the day after the row before it ends")
		}
		out = append(out, collection.DiscountBand{
			FromDays: b.FromDays, ToDays: b.ToDays, Principal: c.rate(at+".principalRate", b.PrincipalRate, "0.99"),
			Fine: c.rate(at+".fineRate", b.FineRate, "1"), Interest: c.rate(at+".interestRate", b.InterestRate, "1"),
		})
	}
	return out
}

func (f rulerFile) domain(c *checker) collection.Ruler {
	c.text("ruler.version", f.Version, 40)
	c.between("number of ruler.rungs", len(f.Rungs), 1, maxRungs)
	r := collection.Ruler{Version: f.Version}
	names := map[string]bool{}
	for i, g := range f.Rungs {
		at := fmt.Sprintf("ruler.rungs[%d]", i)
		c.check(rungName.MatchString(g.Name) && !names[g.Name], at+".name must be unique and have 1 to 30 lower-case letters, digits and hyphens")
		names[g.Name] = true
		c.between(at+".day", g.Day, -30, 1800)
		c.check(i == 0 || g.Day > f.Rungs[i-1].Day, at+".day must be later than the rung before it")
		c.check(g.Channel == string(collection.ChannelEmail), at+".channel must be email")
		templates := contract.ReminderTemplates()
		c.check(slices.Contains(templates, g.Template), at+".template must be one of "+strings.Join(templates, ", "))
		r.Rungs = append(r.Rungs, collection.Rung{
			Name: g.Name, Day: g.Day, Channel: collection.Channel(g.Channel), Template: g.Template, Mandatory: g.Mandatory,
		})
	}
	return r
}

// emailForm and siteForm hold to characters that mean nothing inside an attribute of a message.
var (
	emailForm = form.New(`^[A-Za-z0-9._+-]{1,60}@[A-Za-z0-9-]{1,30}(\.[A-Za-z0-9-]{1,30})+$`)
	siteForm  = form.New(`^https://[A-Za-z0-9.-]{1,90}(/[A-Za-z0-9._~/-]{0,100})?$`)
)

var rungName = form.New(`^[a-z0-9-]{1,30}$`)

func (f aftercareFile) domain(c *checker) collection.AftercareRule {
	one := func(at, text string) collection.Aftercare {
		switch a := collection.Aftercare(text); a {
		case collection.AftercareNone, collection.AftercareService, collection.AftercareReactivation:
			return a
		default:
			c.check(false, at+" must be none, service or plan")
			return collection.AftercareNone
		}
	}
	return collection.AftercareRule{Active: one("aftercare.active", f.Active), Former: one("aftercare.former", f.Former)}
}

func (f paymentFile) domain(c *checker) collection.PaymentAccount {
	c.check(f.Provider == "sandbox", "payment.provider must be sandbox")
	c.check(rungName.MatchString(f.Account), "payment.account must have 1 to 30 lower-case letters, digits and hyphens")
	c.text("payment.merchantName", f.MerchantName, 25) // BR Code field 59
	c.text("payment.merchantCity", f.MerchantCity, 15) // BR Code field 60
	return collection.PaymentAccount{Provider: f.Provider, Account: f.Account, MerchantName: f.MerchantName, MerchantCity: f.MerchantCity}
}
