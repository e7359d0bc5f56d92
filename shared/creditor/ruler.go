package creditor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
)

const (
	maxRungs = 50
	// maxTerminal is the last day of the longest ruler, and two more months.
	maxTerminal = 1860
	maxList     = 50
	maxName     = 60
	maxScore    = 1000
)

// The rule for promises of a creditor that does not say: a salary's cycle, and what a boleto's clearing takes.
const (
	promiseDays  = 15
	promiseGrace = 2
)

type rulerFile struct {
	Version  string        `json:"version"`
	Rungs    []rungFile    `json:"rungs"`
	Promises *promisesFile `json:"promises"`
	Terminal *terminalFile `json:"terminal"`
	Prices   *pricesFile   `json:"prices"`
}

type rungFile struct {
	Name      string     `json:"name"`
	After     string     `json:"after"`
	Day       int        `json:"day"`
	Channel   string     `json:"channel"`
	Channels  []string   `json:"channels"`
	Template  string     `json:"template"`
	Mandatory bool       `json:"mandatory"`
	InsteadOf string     `json:"insteadOf"`
	When      *guardFile `json:"when"`
}

type guardFile struct {
	DaysLate  *spanFile  `json:"daysLate"`
	Amount    *spanFile  `json:"amountCentavos"`
	Score     *spanFile  `json:"score"`
	Unscored  bool       `json:"unscored"`
	Segments  []string   `json:"segments"`
	Standings []string   `json:"standings"`
	Products  []string   `json:"products"`
	Sent      []sentFile `json:"sent"`
}

type spanFile struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

type sentFile struct {
	Channel string `json:"channel"`
	Least   int    `json:"least"`
	Most    *int   `json:"most"`
}

type promisesFile struct {
	MaxDays   int `json:"maxDays"`
	GraceDays int `json:"graceDays"`
}

type terminalFile struct {
	Day    int    `json:"day"`
	Action string `json:"action"`
}

type pricesFile struct {
	On         string            `json:"on"`
	PerMessage map[string]string `json:"perMessage"`
}

// rungName is the form of short names in a file.
var rungName = form.New(`^[a-z0-9-]{1,30}$`)

// days are the first and the last day of rungs by their fact.
func days(fact collection.Fact) (least, most int) {
	switch fact {
	case collection.FactInstalment:
		return -30, 180
	case collection.FactPromise, collection.FactBreach, collection.FactBounce:
		return 0, 365
	case collection.FactDue:
	}
	return -30, 1800
}

func (f rulerFile) domain(c *checker) collection.Ruler {
	c.text("ruler.version", f.Version, 40)
	c.between("number of ruler.rungs", len(f.Rungs), 1, maxRungs)
	r := collection.Ruler{
		Version: f.Version, Promises: f.Promises.domain(c), Terminal: f.Terminal.domain(c), Prices: f.Prices.domain(c),
	}
	last := map[collection.Fact]int{}
	for i, g := range f.Rungs {
		at := fmt.Sprintf("ruler.rungs[%d]", i)
		_, twice := r.Rung(g.Name)
		c.check(rungName.MatchString(g.Name) && !twice, at+".name must be unique and have 1 to 30 lower-case letters, digits and hyphens")
		rung := g.domain(c, at, r)
		before, later := last[rung.Fact]
		c.check(!later || g.Day > before, at+".day must be later than the rung before it")
		last[rung.Fact] = g.Day
		r.Rungs = append(r.Rungs, rung)
	}
	c.check(f.Terminal != nil || f.plain(), "ruler.terminal must say how the ruler ends")
	c.check(f.Terminal == nil || f.Terminal.Day > last[collection.FactDue],
		"ruler.terminal.day must be later than the last rung after the due date")
	return r
}

// plain reports whether a ruler uses nothing that the first form of the file did not have: such a ruler ends with its last rung.
func (f rulerFile) plain() bool {
	return f.Promises == nil && f.Prices == nil && !slices.ContainsFunc(f.Rungs, func(g rungFile) bool {
		return g.After != "" || len(g.Channels) > 0 || g.InsteadOf != "" || g.When != nil
	})
}

// domain reads a rung; before are the rungs that stand above it.
func (f rungFile) domain(c *checker, at string, before collection.Ruler) collection.Rung {
	r := collection.Rung{
		Name: f.Name, Fact: oneOf(c, at+".after", or(f.After, string(collection.FactDue)), collection.Facts()...), Day: f.Day,
		Channels: f.channels(c, at), Template: f.Template, Mandatory: f.Mandatory, When: f.When.domain(c, at+".when"), InsteadOf: f.InsteadOf,
	}
	least, most := days(r.Fact)
	c.between(at+".day", f.Day, least, most)
	templates := contract.ReminderTemplates()
	c.check(slices.Contains(templates, f.Template), at+".template must be one of "+strings.Join(templates, ", "))
	if f.InsteadOf != "" {
		other, there := before.Rung(f.InsteadOf)
		c.check(there && other.Fact == r.Fact && other.InsteadOf == "", at+".insteadOf must name a rung above it that counts from the same fact "+
			"and stands in for none")
	}
	return r
}

// channels reads either one channel, as the first form of the file had it, or several in order of preference.
func (f rungFile) channels(c *checker, at string) []collection.Channel {
	names := f.Channels
	if f.Channel != "" {
		names = []string{f.Channel}
	}
	c.check((f.Channel == "") != (len(f.Channels) == 0), at+" must have either channel or channels")
	sendable := slices.DeleteFunc(collection.Channels(), func(x collection.Channel) bool { return !x.Sendable() })
	var out []collection.Channel
	for _, name := range names {
		channel := oneOf(c, at+".channels", name, sendable...)
		c.check(!slices.Contains(out, channel), at+".channels must name each channel once")
		out = append(out, channel)
	}
	if len(out) == 0 {
		return sendable[:1] // refused above
	}
	return out
}

func (f *guardFile) domain(c *checker, at string) collection.Guard {
	if f == nil {
		return collection.Guard{}
	}
	g := collection.Guard{
		DaysLate: f.DaysLate.domain(c, at+".daysLate", maxTerminal), Amount: f.Amount.domain(c, at+".amountCentavos", 1e9),
		Score: f.Score.domain(c, at+".score", maxScore), Unscored: f.Unscored, Segments: f.Segments, Products: f.Products,
	}
	c.check(!f.Unscored || f.Score != nil, at+".unscored needs score")
	c.names(at+".segments", f.Segments)
	c.names(at+".products", f.Products)
	for _, s := range f.Standings {
		g.Standings = append(g.Standings, oneOf(c, at+".standings", s, collection.StandingActive, collection.StandingFormer))
	}
	for i, s := range f.Sent {
		here := fmt.Sprintf("%s.sent[%d]", at, i)
		most := -1
		if s.Most != nil {
			most = *s.Most
			c.between(here+".most", most, s.Least, maxRungs)
		}
		c.between(here+".least", s.Least, 0, maxRungs)
		g.Sent = append(g.Sent, collection.SentGuard{
			Channel: oneOf(c, here+".channel", s.Channel, collection.Channels()...), Least: s.Least, Most: most,
		})
	}
	asks := f.DaysLate != nil || f.Amount != nil || f.Score != nil || len(f.Segments)+len(f.Products)+len(f.Standings)+len(f.Sent) > 0
	c.check(asks, at+" must ask something")
	return g
}

// names holds a list of names to its form.
func (c *checker) names(at string, names []string) {
	c.between("number of "+at, len(names), 0, maxList)
	for _, name := range names {
		c.text(at, name, maxName)
	}
}

func (f *spanFile) domain(c *checker, at string, most int64) collection.Span {
	if f == nil {
		return collection.Span{}
	}
	c.check(f.From >= 0 && f.From <= most && (f.To == 0 || f.To >= f.From && f.To <= most) && (f.From > 0 || f.To > 0),
		fmt.Sprintf("%s must have from and to, or one of them, in order and at most %d", at, most))
	return collection.Span{From: f.From, To: f.To}
}

func (f *promisesFile) domain(c *checker) collection.PromiseRule {
	if f == nil {
		return collection.PromiseRule{MaxDays: promiseDays, GraceDays: promiseGrace}
	}
	c.between("ruler.promises.maxDays", f.MaxDays, 0, 90)
	c.between("ruler.promises.graceDays", f.GraceDays, 0, 15)
	return collection.PromiseRule{MaxDays: f.MaxDays, GraceDays: f.GraceDays}
}

func (f *terminalFile) domain(c *checker) collection.Terminal {
	if f == nil {
		return collection.Terminal{}
	}
	c.between("ruler.terminal.day", f.Day, 1, maxTerminal)
	return collection.Terminal{Day: f.Day, Action: oneOf(c, "ruler.terminal.action", f.Action,
		collection.TerminalAssign, collection.TerminalWriteOff, collection.TerminalStop)}
}

func (f *pricesFile) domain(c *checker) collection.Prices {
	if f == nil {
		return collection.Prices{}
	}
	on, err := calendar.ParseDate(f.On)
	c.check(err == nil, "ruler.prices.on must be a date")
	p := collection.Prices{On: on, Each: map[collection.Channel]money.Rate{}}
	c.between("number of ruler.prices.perMessage", len(f.PerMessage), 1, len(collection.Channels()))
	for _, name := range slices.Sorted(maps.Keys(f.PerMessage)) {
		channel := oneOf(c, "ruler.prices.perMessage", name, collection.Channels()...)
		p.Each[channel] = c.rate("ruler.prices.perMessage."+string(channel), f.PerMessage[name], "10")
	}
	return p
}
