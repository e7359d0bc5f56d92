// Package app puts the product together: configuration from the environment, and one constructor per deployed function, so that each
// binary links only what its function needs.
package app

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/form"
)

// defaultCookie can be set by a secure origin only, and by no other host.
const defaultCookie = "__Host-regua"

// Config is all that the product reads from its environment.
type Config struct {
	Stage          string // names the deployment: "prod", "local"
	Region         string
	Account        string // twelve digits
	PortalURL      string // origin of the portal, without a trailing slash
	MailFrom       string
	CookieName     string
	CookieInsecure bool
	SandboxURL     string // of the sandbox bank; empty where it is not offered
}

var (
	stageForm   = form.New(`^[a-z][a-z0-9]{0,15}$`)
	accountForm = form.New(`^[0-9]{12}$`)
)

// Load reads the configuration; the error names everything that is missing or wrong.
func Load(getenv func(string) string) (Config, error) {
	var wrong []error
	need := func(name string, valid func(string) bool, rule string) string {
		value := getenv(name)
		if !valid(value) {
			wrong = append(wrong, fmt.Errorf("%s must be %s", name, rule))
		}
		return value
	}
	c := Config{
		Stage:      need(contract.EnvStage, stageForm.MatchString, "1 to 16 lower-case letters and digits"),
		Region:     need(contract.EnvRegion, notEmpty, "an AWS region"),
		Account:    need(contract.EnvAccount, accountForm.MatchString, "the 12 digits of the AWS account"),
		PortalURL:  need(contract.EnvPortalURL, isOrigin, "the portal's origin, as https://portal.example"),
		MailFrom:   need(contract.EnvMailFrom, notEmpty, "the sender's address"),
		CookieName: getenv(contract.EnvCookieName), SandboxURL: getenv(contract.EnvSandboxURL),
		CookieInsecure: getenv(contract.EnvCookieInsecure) == "true",
	}
	if c.CookieName == "" {
		c.CookieName = defaultCookie
	}
	if c.CookieInsecure && strings.HasPrefix(c.CookieName, "__Host-") {
		wrong = append(wrong, fmt.Errorf("%s: a cookie named __Host- must be secure; set %s too",
			contract.EnvCookieInsecure, contract.EnvCookieName))
	}
	if c.SandboxURL != "" && !isOriginOrPath(c.SandboxURL) {
		wrong = append(wrong, fmt.Errorf("%s must be empty or an http(s) address", contract.EnvSandboxURL))
	}
	return c, errors.Join(wrong...)
}

func notEmpty(s string) bool { return s != "" }

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && isOriginOrPath(s) && u.Path == "" && u.RawQuery == ""
}

func isOriginOrPath(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Fragment == ""
}

func (c Config) name(of string) string { return contract.Prefix(c.Stage) + of }

func (c Config) queueURL(name string) string {
	return "https://sqs." + c.Region + ".amazonaws.com/" + c.Account + "/" + c.name(name)
}

func (c Config) topicARN() string {
	return "arn:aws:sns:" + c.Region + ":" + c.Account + ":" + c.name(contract.EventsTopic)
}

func (c Config) machineARN(name string) string {
	return "arn:aws:states:" + c.Region + ":" + c.Account + ":stateMachine:" + c.name(name)
}

func (c Config) keyAlias(name string) string { return "alias/" + c.name(name) }
