package compliance

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// actCase is one case of testdata/acts.json: an act that is no message, what is known, and what follows, in words.
type actCase struct {
	Case      string            `json:"case"`
	Rule      string            `json:"rule"`
	Situation string            `json:"situation"`
	Act       string            `json:"act"`
	Inputs    map[string]string `json:"inputs"`
	Result    string            `json:"result"`
}

func (c actCase) date(t *testing.T, name string) calendar.Date {
	t.Helper()
	if c.Inputs[name] == "" {
		return calendar.Date{}
	}
	return date(t, c.Inputs[name])
}

func (c actCase) amount(t *testing.T, name string) money.Centavos {
	t.Helper()
	n, err := strconv.ParseInt(c.Inputs[name], 10, 64)
	if err != nil {
		t.Fatalf("%s: %s: %v", c.Case, name, err)
	}
	return money.Centavos(n)
}

func (r Ruling) words() string {
	switch r.Outcome {
	case Defer:
		return "not before " + r.NotBefore.String()
	case Require:
		return "require " + r.Requires
	}
	return r.Outcome
}

// notices reads "email 2026-03-01 proven registered; sms 2026-03-02 registered".
func (c actCase) notices(t *testing.T) []PlanNotice {
	t.Helper()
	var out []PlanNotice
	for text := range strings.SplitSeq(c.Inputs["notices"], "; ") {
		words := strings.Fields(text)
		if len(words) < 2 {
			continue
		}
		out = append(out, PlanNotice{
			Means: Means(words[0]), Received: date(t, words[1]), Proven: strings.Contains(text, " proven"),
			Registered: strings.Contains(text, " registered"),
		})
	}
	return out
}

func TestActs(t *testing.T) {
	text, err := os.ReadFile("testdata/acts.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []actCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, c := range cases {
		if got := c.result(t); got != c.Result {
			t.Errorf("%s: got %s, want %s", c.Case, got, c.Result)
		}
		used[c.Rule] = true
	}
	const rules = "BR-ANS-50D BR-NEGLIST BR-DELIST BR-5Y-LIST BR-SUPER BR-LGPD BR-RJ-3P BR-CDC42 US-F-RETAIN US-F-VALID US-TCPA-REVOKE"
	for rule := range strings.FieldsSeq(rules) {
		if !used[rule] {
			t.Errorf("no case of %s", rule)
		}
	}
}

func (c actCase) result(t *testing.T) string {
	t.Helper()
	today := c.date(t, "today")
	if f := c.deadlines(t)[c.Act]; f != nil {
		return f().String()
	}
	switch c.Act {
	case "cancel plan":
		fees := int(c.amount(t, "unpaidFees"))
		return CancelPlan(PlanDefault{c.date(t, "due"), fees, c.notices(t), c.date(t, "exhausted")}, today).words()
	case "report to bureau":
		return ReportToBureau(Listing{c.Inputs["uf"], c.date(t, "due"), Means(c.Inputs["means"]), c.date(t, "delivered")}, today).words()
	case "delist for age":
		return strconv.FormatBool(DelistForAge(c.date(t, "due"), today))
	case "offer":
		return JudgeOffer(c.amount(t, "income"), c.amount(t, "other"), c.amount(t, "instalment"), today).words()
	case "undue refund":
		return strconv.FormatInt(int64(UndueRefund(c.amount(t, "undue"), c.Inputs["excusable"] == "yes")), 10)
	case "retain":
		until, ok := RetainUntil(c.date(t, "lastAct"), c.Inputs["hold"] == "yes")
		if !ok {
			return "legal hold"
		}
		return until.String()
	case "erase":
		e := Erase(c.Inputs["openDebt"] == "yes", c.Inputs["legalDuty"] == "yes")
		return fmt.Sprintf("refused %t %s marketing %t", e.Refused, e.Reason, e.EraseMarketing)
	}
	t.Fatalf("%s: no act %q", c.Case, c.Act)
	return ""
}

// deadlines are the acts that are one date from another.
func (c actCase) deadlines(t *testing.T) map[string]func() calendar.Date {
	t.Helper()
	from := func(name string, f func(calendar.Date) calendar.Date) func() calendar.Date {
		return func() calendar.Date { return f(c.date(t, name)) }
	}
	return map[string]func() calendar.Date{
		"delist": from("paid", DelistBy), "recording": from("asked", RecordingBy), "access": from("asked", AccessBy),
		"incident": from("known", IncidentBy), "incident log": from("known", IncidentLogUntil), "revocation": from("received", RevocationBy),
		"validation end": from("sent", ValidationEnd), "plan notice": from("due", PlanNoticeBy),
	}
}
