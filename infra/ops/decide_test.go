package main

import (
	"strings"
	"testing"
)

// Nothing that a decision demands may be left out, and nothing is asked of a deployment before that is clear.
func TestDecisionsDemandTheirFlags(t *testing.T) {
	d := patient(t, nil)
	const id, who = "01KJQ6PSG0CCCCCCCCCCCCCCCC", " -operator ana -reason conferido"
	for line, says := range map[string]string{
		"review decide -creditor vida-plena -case " + id + " -proposal " + id + " -approve -operator ana": "-reason: say why",
		"review decide -creditor vida-plena -case " + id + " -proposal " + id + " -approve -reason sim":   "-operator: who decides",
		"review decide -creditor vida-plena -case " + id + " -proposal " + id + who:                       "say one outcome",
		"review decide -creditor vida-plena -case " + id + " -proposal " + id + " -approve -deny" + who:   "say one outcome",
		"review decide -creditor vida-plena -case " + id + " -proposal X -approve" + who:                  "-proposal: not an id",
		"review show -creditor vida-plena -case 1":                                                        "-case: not an id",
		"recall -creditor vida-plena -case " + id + who:                                                   "say one outcome",
		"write-off -creditor vida-plena -case " + id + " -debt 1 -decide" + who:                           "not an id",
		"disputes decide -creditor vida-plena -case " + id + " -correct 5" + who:                          "name the one debt",
		"disputes decide -creditor vida-plena -case " + id + " -correct -5 -debt " + id + who:             "centavos above zero",
		"refunds decide -creditor vida-plena -at sandbox -fact E1 -amount 1" + who:                        "-at: the payment's PROVIDER:ACCOUNT",
		"refunds decide -creditor vida-plena -at sandbox:a -amount 1" + who:                               "-fact: the provider's name",
		"refunds decide -creditor vida-plena -at sandbox:a -fact E1 -amount -1" + who:                     "centavos above zero",
		"orphans decide -creditor vida-plena -at sandbox:a -fact E1 -apply 1" + who:                       "-apply: not an id",
		"orphans decide -creditor vida-plena -at sandbox:a -fact E1 -apply " + id + " -refund" + who:      "say one outcome",
		"suspend -creditor vida-plena -case " + id + " -operator Ana.Souza@x -reason sim":                 "-operator: who decides",
		"resume -creditor vida-plena -case " + id + " -operator ana -reason 529.982.247-25":               "no e-mail address",
		"account webhook -creditor vida-plena -address http://example.com":                                "-address: https://",
		"orphans":         "say which",
		"review nonsense": "say which",
	} {
		code, out := d.ops(t, "", strings.Fields(line)...)
		if code != exitUsage || !strings.Contains(out, says) {
			t.Errorf("%s: exit code %d, %q is not said in:\n%s", line, code, says, out)
		}
	}
	for line, says := range map[string]string{
		"review show -creditor vida-plena -case " + id + " -proposal " + id:                    "not found",
		"review decide -creditor vida-plena -case " + id + " -proposal " + id + " -deny" + who: "not found",
		"refunds decide -creditor vida-plena -at sandbox:vida-plena -fact E1 -amount 1" + who:  "not found",
		"orphans show -creditor vida-plena -at sandbox:vida-plena -fact E1":                    "not found",
		"orphans decide -creditor vida-plena -at sandbox:vida-plena -fact E1 -confirm" + who:   "not found",
		"recall -creditor nobody -case " + id + " -decide" + who:                               "is not stored",
		"account webhook -creditor vida-plena -address https://example.com":                    "only the provider pix",
	} {
		code, out := d.ops(t, "", strings.Fields(line)...)
		if code != exitFailed || !strings.Contains(out, says) {
			t.Errorf("%s: exit code %d, %q is not said in:\n%s", line, code, says, out)
		}
	}
	for _, list := range []string{"review", "disputes", "refunds", "decisions", "orphans"} {
		code, out := d.ops(t, "", list, "list", "-creditor", "vida-plena")
		wantSaid(t, code, out, 0)
		if out == "" {
			t.Errorf("%s list says nothing of nothing", list)
		}
	}
}
