package creditor

import (
	"strings"
	"testing"
)

func TestWebhooks(t *testing.T) {
	with := func(address, events string) []byte {
		return []byte(strings.Replace(valid(t), `"aftercare"`, `"webhooks": {"url": "`+address+`", "events": [`+events+`]}, "aftercare"`, 1))
	}
	const one = `"payment.posted"`
	for _, address := range []string{
		"https://hooks.credor.com.br/regua?k=1", "https://8.8.8.8/x", "http://127.0.0.1:8080/x", "http://localhost:1/x", "http://[::1]:1/x",
	} {
		c, err := Parse(with(address, one))
		if err != nil || c.Webhooks.URL != address || c.Webhooks.Events[0] != "payment.posted" {
			t.Errorf("%s: got %+v, %v", address, c.Webhooks, err)
		}
	}
	for _, address := range []string{
		"", "hooks.credor.com.br", "http://hooks.credor.com.br", "https://user@hooks.credor.com.br", "https://h.example/#x",
		"https://localhost/x",
		"https://10.0.0.1/x", "https://169.254.169.254/x", "https://127.0.0.1/x", "https://intranet/x", "https://a..b/x", "ftp://h.example",
		"https://h.example./x", "https://1.2.3/x", "https://h.example/" + strings.Repeat("x", 300), "https://[fd00::1]/x",
	} {
		if _, err := Parse(with(address, one)); err == nil || !strings.Contains(err.Error(), "webhooks.url") {
			t.Errorf("%s: got %v", address, err)
		}
	}
	for events, want := range map[string]string{
		``: "number of webhooks.events", `"ruler.started"`: "webhooks.events[0] must be one of",
		one + "," + one: "webhooks.events[1] stands there twice",
	} {
		if _, err := Parse(with("https://h.example/x", events)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", events, err)
		}
	}
}
