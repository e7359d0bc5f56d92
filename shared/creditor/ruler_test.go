package creditor

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/regua/regua/shared/collection"
)

// rich is a valid creditor with a ruler that uses every member.
func rich(t testing.TB) string {
	t.Helper()
	ruler, err := os.ReadFile("testdata/ruler.json")
	if err != nil {
		t.Fatal(err)
	}
	old := regexp.MustCompile(`(?s)"ruler": \{.*?\n  \}`)
	doc := old.ReplaceAllLiteralString(valid(t), `"ruler": `+string(ruler))
	if doc == valid(t) {
		t.Fatal("the sample has no ruler")
	}
	return doc
}

func TestARulerIsReadWhole(t *testing.T) {
	c, err := Parse([]byte(rich(t)))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Ruler
	if r.Promises != (collection.PromiseRule{MaxDays: 10, GraceDays: 3}) || len(r.Rungs) != 8 ||
		r.Terminal != (collection.Terminal{Day: 90, Action: collection.TerminalWriteOff}) || r.Prices.Each["sms"].String() != "0.09" {
		t.Errorf("got %+v", r)
	}
	offers := r.Rungs[2]
	if offers.Channels[0] != collection.ChannelWhatsApp || offers.When.Score != (collection.Span{From: 300, To: 700}) ||
		offers.When.Sent[0] != (collection.SentGuard{Channel: collection.ChannelSMS, Most: 1}) || !offers.When.Unscored {
		t.Errorf("got %+v", offers)
	}
	for i, want := range map[int]collection.Purpose{
		0: collection.PurposeReminder, 3: collection.PurposeNotice, 4: collection.PurposeInstalment, 5: collection.PurposeReminder,
	} {
		if got := r.Rungs[i].Purpose(); got != want {
			t.Errorf("%s is for a %s, want %s", r.Rungs[i].Name, got, want)
		}
	}
}

// The first form of the file knew names, days, channels and templates alone, and said nothing of an end.
func TestTheFirstFormOfARulerStillLoads(t *testing.T) {
	c, err := Parse([]byte(valid(t)))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Ruler
	if r.Rungs[0].Fact != collection.FactDue || len(r.Rungs[0].Channels) != 1 || r.Terminal.Action != "" || r.Promises.MaxDays == 0 {
		t.Errorf("got %+v", r)
	}
}

func TestARulersRefusalsNameTheRule(t *testing.T) {
	for name, test := range map[string]struct{ old, new, want string }{
		"no end":                       {`"terminal": {"day": 90, "action": "write_off_proposal"},`, ``, "ruler.terminal must say"},
		"an end too early":             {`"day": 90, "action"`, `"day": 45, "action"`, "ruler.terminal.day must be later"},
		"an end nobody knows":          {`write_off_proposal`, `sell`, "ruler.terminal.action must be one of"},
		"a fact nobody knows":          {`promise_broken`, `full_moon`, "ruler.rungs[5].after must be one of"},
		"a day before a breach":        {`"agreement_breached", "day": 2`, `"agreement_breached", "day": -2`, "ruler.rungs[6].day"},
		"days of one fact in disorder": {`"day": 45`, `"day": 9`, "ruler.rungs[3].day must be later"},
		"channel and channels": {
			`"channels": ["email", "sms"]`, `"channel": "sms", "channels": ["email"]`, "ruler.rungs[0] must have either",
		},
		"no channel":                {`"channels": ["email", "sms"]`, `"channels": []`, "ruler.rungs[0] must have either"},
		"a channel twice":           {`["whatsapp", "email"]`, `["email", "email"]`, "ruler.rungs[2].channels must name each channel once"},
		"a letter":                  {`["whatsapp", "email"]`, `["letter"]`, "ruler.rungs[2].channels must be one of"},
		"instead of nothing":        {`"insteadOf": "aviso"`, `"insteadOf": "outro"`, "ruler.rungs[1].insteadOf"},
		"instead of a later one":    {`"insteadOf": "aviso"`, `"insteadOf": "ofertas"`, "ruler.rungs[1].insteadOf"},
		"a name twice":              {`"name": "quebra"`, `"name": "aviso"`, "ruler.rungs[6].name"},
		"a guard that asks nothing": {`"mandatory": true`, `"mandatory": true, "when": {}`, "ruler.rungs[3].when must ask"},
		"a range the wrong way":     {`"from": 300, "to": 700`, `"from": 700, "to": 300`, "ruler.rungs[2].when.score"},
		"a score too high":          {`"from": 300, "to": 700`, `"from": 300, "to": 1001`, "ruler.rungs[2].when.score"},
		"unscored without a score":  {`"score": {"from": 300, "to": 700},`, ``, "ruler.rungs[2].when.unscored"},
		"a standing nobody has":     {`["active"]`, `["deceased"]`, "ruler.rungs[2].when.standings"},
		"less than the least":       {`{"channel": "sms", "most": 1}`, `{"channel": "sms", "least": 2, "most": 1}`, "when.sent[0].most"},
		"a promise for a year":      {`"maxDays": 10`, `"maxDays": 365`, "ruler.promises.maxDays"},
		"prices of no day":          {`"2026-11-01"`, `"november"`, "ruler.prices.on"},
		"a price nobody pays":       {`"0.09"`, `"90"`, "ruler.prices.perMessage.sms"},
		"an unknown member":         {`"insteadOf"`, `"elseIf"`, "ruler.rungs.elseIf: unknown member"},
	} {
		t.Run(name, func(t *testing.T) {
			doc := strings.Replace(rich(t), test.old, test.new, 1)
			if doc == rich(t) {
				t.Fatal("the test changes nothing")
			}
			_, err := Parse([]byte(doc))
			if !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want a refusal that names %q", err, test.want)
			}
		})
	}
}
