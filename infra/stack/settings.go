// Package stack is the deployed product as CloudFormation: Core, which is all that the product is, and Edge, which stands between it and
// the world. What exists, who may do what and how it is wired come from the tables of contract.
package stack

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

// Context keys: what may be said by `-c key=value`, or in cdk.json.
const (
	KeyStage     = "stage"     // names the deployment and begins all physical names; default "dev"
	KeyAccount   = "account"   // twelve digits; default: the account of whoever deploys
	KeyRegion    = "region"    // default: the region of whoever deploys
	KeyDomain    = "domain"    // of the portal, as pague.example; it makes the Edge stacks
	KeyPortal    = "portalUrl" // origin of the portal where there is no domain of its own, as on LocalStack
	KeyMailFrom  = "mailFrom"  // the sender's address; default nao-responda@ the domain
	KeySandbox   = "sandboxUrl"
	KeyProviders = "providers" // accounts at payment providers whose secrets the stack makes, as "sandbox:acme,sandbox:credora"
	KeyCreditors = "creditors" // creditors whose own systems are spoken to, and whose secrets the stack makes, as "acme,credora"
	KeyArch      = "architecture"
	KeyTLS       = "tls" // oldest TLS that the API takes: 1.3 or 1.2
	// KeyInsecureCookie is for a stage that is reached over plain HTTP on loopback; KeyCookie names the cookie then.
	KeyInsecureCookie = "insecureCookie"
	KeyCookie         = "cookieName"
	KeyEndpoint       = "endpointUrl" // where the functions find the AWS services, for an emulator that does not say it itself
)

// ProviderAccount is one account at a payment provider.
type ProviderAccount struct{ Provider, Account string }

// Settings is what differs from one deployment to another.
type Settings struct {
	Stage           string
	Account, Region string // both empty: whoever deploys
	Domain          string // empty: no Edge
	PortalURL       string
	MailFrom        string
	SandboxURL      string
	Providers       []ProviderAccount
	Creditors       []string
	Architecture    string // "arm64" or "amd64"
	TLS             string // "1.3" or "1.2"
	InsecureCookie  bool
	CookieName      string
	EndpointURL     string
	Edge            EdgeSettings
}

var (
	stageForm    = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)
	accountForm  = regexp.MustCompile(`^([0-9]{12})?$`)
	regionForm   = regexp.MustCompile(`^([a-z]{2}(-[a-z]+)+-[0-9])?$`)
	domainForm   = regexp.MustCompile(`^([a-z0-9-]+(\.[a-z0-9-]+)+)?$`)
	originForm   = regexp.MustCompile(`^https?://[a-z0-9.-]+(:[0-9]+)?$`)
	addressForm  = regexp.MustCompile(`^(https?://\S+)?$`)
	mailForm     = regexp.MustCompile(`^[^@\s]+@[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	providerForm = regexp.MustCompile(`^([a-z0-9-]+):([A-Za-z0-9_.-]+)$`)
	creditorForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,30}$`)
	archForm     = regexp.MustCompile(`^(arm64|amd64)$`)
	tlsForm      = regexp.MustCompile(`^1\.[23]$`)
)

// readCreditors reads a list of creditors' ids.
func readCreditors(list string) (ids []string, wrong []error) {
	for one := range strings.SplitSeq(list, ",") {
		switch id := strings.TrimSpace(one); {
		case creditorForm.MatchString(id):
			ids = append(ids, id)
		case id != "":
			wrong = append(wrong, fmt.Errorf("context %s: %q is not of the form %s", KeyCreditors, one, creditorForm))
		}
	}
	return ids, wrong
}

// Read takes the settings from the context; the error names every value that is wrong.
func Read(node constructs.Node) (Settings, error) {
	var wrong []error
	text := func(key, otherwise string, form *regexp.Regexp) string {
		value, err := contextText(node, key)
		if value == "" {
			value = otherwise
		}
		if err != nil || form != nil && !form.MatchString(value) {
			wrong = append(wrong, fmt.Errorf("context %s=%q is not of the form %s", key, value, form))
		}
		return value
	}
	domain := text(KeyDomain, "", domainForm)
	portal, mail := "", ""
	if domain != "" {
		portal, mail = "https://"+domain, "nao-responda@"+domain
	}
	s := Settings{
		Stage: text(KeyStage, "dev", stageForm), Account: text(KeyAccount, "", accountForm), Region: text(KeyRegion, "", regionForm),
		Domain: domain, PortalURL: text(KeyPortal, orElse(portal, "https://portal.invalid"), originForm),
		MailFrom: text(KeyMailFrom, orElse(mail, "nao-responda@portal.invalid"), mailForm), SandboxURL: text(KeySandbox, "", addressForm),
		Architecture: text(KeyArch, "arm64", archForm), TLS: text(KeyTLS, "1.3", tlsForm),
		InsecureCookie: text(KeyInsecureCookie, "false", nil) == "true", CookieName: text(KeyCookie, "", nil),
		EndpointURL: text(KeyEndpoint, "", addressForm),
	}
	for one := range strings.SplitSeq(text(KeyProviders, "", nil), ",") {
		parts := providerForm.FindStringSubmatch(strings.TrimSpace(one))
		if one != "" && parts == nil {
			wrong = append(wrong, fmt.Errorf("context %s: %q is not of the form provider:account", KeyProviders, one))
		} else if parts != nil {
			s.Providers = append(s.Providers, ProviderAccount{parts[1], parts[2]})
		}
	}
	creditors, bad := readCreditors(text(KeyCreditors, "", nil))
	s.Creditors, wrong = creditors, append(wrong, bad...)
	if s.Domain != "" {
		s.Edge = readEdge(text)
		if s.Account == "" || s.Region == "" {
			const why = "the certificate stands in another region"
			wrong = append(wrong, fmt.Errorf("context %s needs %s and %s: %s", KeyDomain, KeyAccount, KeyRegion, why))
		}
	}
	return s, errors.Join(wrong...)
}

func contextText(node constructs.Node, key string) (string, error) {
	switch value := node.TryGetContext(jsii.String(key)).(type) {
	case nil:
		return "", nil
	case string:
		return value, nil
	default:
		return fmt.Sprint(value), errors.New("not a text")
	}
}

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func (s Settings) name(of string) string { return contract.Prefix(s.Stage) + of }
