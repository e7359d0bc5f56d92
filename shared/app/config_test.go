package app

import (
	"strings"
	"testing"

	"github.com/regua/regua/shared/contract"
)

func environment() map[string]string {
	return map[string]string{
		contract.EnvStage: "prod", contract.EnvRegion: "sa-east-1", contract.EnvAccount: "123456789012",
		contract.EnvPortalURL: "https://portal.example", contract.EnvMailFrom: "aviso@portal.example",
	}
}

func TestLoadIsSecureByDefault(t *testing.T) {
	env := environment()
	c, err := Load(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	if c.CookieName != "__Host-regua" || c.CookieInsecure || c.SandboxURL != "" {
		t.Errorf("got %+v", c)
	}
	if got := c.machineARN("x"); got != "arn:aws:states:sa-east-1:123456789012:stateMachine:regua-prod-x" {
		t.Errorf("machine ARN %q", got)
	}
}

func TestLoadNamesEverythingThatIsWrong(t *testing.T) {
	_, err := Load(func(string) string { return "" })
	for name := range environment() {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
	for name, value := range map[string]string{
		contract.EnvPortalURL: "https://portal.example/path", contract.EnvAccount: "12", contract.EnvStage: "Prod!",
		contract.EnvSandboxURL: "ftp://x", contract.EnvCookieInsecure: "true",
	} {
		env := environment()
		env[name] = value
		if _, err := Load(func(name string) string { return env[name] }); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: got %v", name, value, err)
		}
	}
}
