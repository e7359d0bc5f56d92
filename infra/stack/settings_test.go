package stack_test

import (
	"strings"
	"testing"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/infra/stack"
)

func settings(context map[string]string) (stack.Settings, error) {
	root := constructs.NewRootConstruct(jsii.String("settings"))
	for key, value := range context {
		root.Node().SetContext(jsii.String(key), value)
	}
	return stack.Read(root.Node())
}

func TestSettingsHaveDefaults(t *testing.T) {
	s, err := settings(nil)
	if err != nil || s.Stage != "dev" || s.Architecture != "arm64" || s.TLS != "1.3" || s.Domain != "" || len(s.Providers) != 0 {
		t.Errorf("got %+v, %v", s, err)
	}
	s, err = settings(map[string]string{
		stack.KeyDomain: "pague.example", stack.KeyAccount: "111122223333", stack.KeyRegion: "sa-east-1", stack.KeyProviders: "pix:a, sandbox:b",
		stack.KeyCreditors: "acme, credora",
	})
	if err != nil || s.PortalURL != "https://pague.example" || s.MailFrom != "nao-responda@pague.example" || len(s.Providers) != 2 ||
		len(s.Creditors) != 2 {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestSettingsNameEverythingThatIsWrong(t *testing.T) {
	wrong := map[string]string{
		stack.KeyStage: "Prod!", stack.KeyAccount: "12", stack.KeyRegion: "here", stack.KeyArch: "mips", stack.KeyTLS: "1.1",
		stack.KeyProviders: "no-colon", stack.KeyPortal: "https://a.example/path", stack.KeyMailFrom: "nobody", stack.KeySandbox: "ftp://x",
		stack.KeyEndpoint: "x y",
	}
	_, err := settings(wrong)
	for key := range wrong {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("the error does not name %s: %v", key, err)
		}
	}
	_, err = settings(map[string]string{
		stack.KeyDomain: "pague.example", stack.KeyAccount: "111122223333", stack.KeyRegion: "sa-east-1", stack.KeyHostedZone: "pague.example",
		stack.KeyAlarmMail: "nobody",
	})
	for _, key := range []string{stack.KeyHostedZone, stack.KeyAlarmMail} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("the error does not name %s: %v", key, err)
		}
	}
	// A certificate for the CDN stands in a region of its own, so both must be known.
	_, err = settings(map[string]string{stack.KeyDomain: "pague.example"})
	if err == nil || !strings.Contains(err.Error(), stack.KeyAccount) {
		t.Errorf("a domain without an account: %v", err)
	}
}
