// Package creditor reads a creditor's file: who the creditor is, what it offers, when it reminds, where its money comes in.
// The file is JSON, strict, and every refusal names the member and the rule.
package creditor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/taxid"
)

// maxFile is ten times the largest sample.
const maxFile = 256 << 10

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
	Webhooks  *webhooksFile `json:"webhooks"`
	Contract  contractFile  `json:"contract"`
	Law       *lawFile      `json:"contactLaw"`
	// FinancialInstitution says that the creditor is one under the Banco Central.
	FinancialInstitution bool        `json:"financialInstitution"`
	Payments             []routeFile `json:"payments"`
	MerchantName         string      `json:"merchantName"`
	MerchantCity         string      `json:"merchantCity"`
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
	c.text("merchantName", f.MerchantName, 25) // BR Code field 59
	c.text("merchantCity", f.MerchantCity, 15) // BR Code field 60
	creditor := collection.Creditor{
		ID: id, Kind: kind, Name: f.Name, LegalName: f.LegalName, Document: document.String(), Address: f.Address,
		Brand:    collection.Brand{PrimaryColor: f.Brand.PrimaryColor, AccentColor: f.Brand.AccentColor, LogoText: f.Brand.LogoText},
		Contacts: collection.CreditorContacts{Phone: f.Contacts.Phone, Email: f.Contacts.Email, Site: f.Contacts.Site},
		Charges:  f.Charges.domain(c), Policy: f.Policy.domain(c), Ruler: f.Ruler.domain(c), Aftercare: f.Aftercare.domain(c),
		Webhooks: f.Webhooks.domain(c),
		Contract: f.Contract.domain(c), Law: f.Law.domain(c), FinancialInstitution: f.FinancialInstitution, Payments: routes(c, f.Payments),
		MerchantName: f.MerchantName, MerchantCity: f.MerchantCity,
	}
	checkTrade(c, creditor)
	return creditor
}

// checkTrade holds to what only some trades may do.
func checkTrade(c *checker, of collection.Creditor) {
	lender := of.Kind == collection.CreditorLender
	c.check(lender || !of.FinancialInstitution, "financialInstitution needs kind lender")
	c.check(of.Contract.Kind != collection.ContractCCB || of.FinancialInstitution,
		"contract.kind ccb needs financialInstitution true: only such an institution issues bank credit notes")
	c.check(lender || of.Policy.IOF.Kind == collection.IOFNone, "policy.iof.profile must be none: only a lender's operations bear the tax")
}

// emailForm and siteForm hold to characters that mean nothing inside an attribute of a message.
var (
	emailForm = form.New(`^[A-Za-z0-9._+-]{1,60}@[A-Za-z0-9-]{1,30}(\.[A-Za-z0-9-]{1,30})+$`)
	siteForm  = form.New(`^https://[A-Za-z0-9.-]{1,90}(/[A-Za-z0-9._~/-]{0,100})?$`)
)
