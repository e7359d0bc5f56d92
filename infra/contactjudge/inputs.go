package contactjudge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// inputs are the canonical inputs of a verdict, as docs/contact-law.md lists them.
type inputs struct {
	Pack             string   `json:"pack"`
	Now              string   `json:"now"`
	HandOver         bool     `json:"handOver,omitempty"`
	Channel          string   `json:"channel,omitempty"`
	Purpose          string   `json:"purpose,omitempty"`
	UF               string   `json:"uf,omitempty"`
	Municipality     string   `json:"municipality,omitempty"`
	AreaCode         string   `json:"areaCode,omitempty"`
	Zones            []string `json:"zones,omitempty"`
	Closed           []string `json:"closed,omitempty"`
	Stated           []int    `json:"stated,omitempty"`
	Role             string   `json:"role,omitempty"`
	Regulator        string   `json:"regulator,omitempty"`
	Facts            []string `json:"facts,omitempty"`
	Due              string   `json:"due,omitempty"`
	Limitation       string   `json:"limitation,omitempty"`
	RegistryListed   string   `json:"registryListed,omitempty"`
	RegistrySnapshot string   `json:"registrySnapshot,omitempty"`
	NumberChecked    string   `json:"numberChecked,omitempty"`
	FirstContact     string   `json:"firstContact,omitempty"`
	ValidationSent   string   `json:"validationSent,omitempty"`
	CallConsent      string   `json:"callConsent,omitempty"`
	LastInbound      string   `json:"lastInbound,omitempty"`
	History          []string `json:"history,omitempty"`

	now, lastInbound time.Time
	history          []past
}

// past is one contact of a history.
type past struct {
	on      day
	channel string
	marks   []string
}

const (
	maxInputs  = 64 << 10
	maxHistory = 512
	maxZones   = 8
	maxClosed  = 64
)

var (
	channels = []string{"email", "sms", "whatsapp", "push", "phone", "letter"}
	marks    = []string{"inbound", "spoken", "other_debt", "work"}

	factOrder = strings.Fields(`address suppressed opt_out opt_out_all revoked_all open_debt agreement_live disputed verification_sent paused
		deceased whatsapp_opt_in template_approved opt_out_slot supplier_identity supplier_link breakdown breakdown_link breakdown_wrong
		amount_differs forbidden_phrase urgency legal_wording third_party misdirected public_content work_address work_unknown consumer_used
		address_procedure bought_address registered_contact recorded cease final_notice_sent attorney attorney_silent attorney_elsewhere
		excess_reason validation_included validation_planned overshadows disclosed limitation_unknown over_indebted summons`)
)

// errForm says that inputs are not in canonical form.
var errForm = errors.New("the inputs are not in canonical form")

// readInputs reads canonical inputs and refuses what is not written as the document says.
func (j *Judge) readInputs(text string) (inputs, error) {
	var in inputs
	if err := strictly(text, &in); err != nil {
		return in, err
	}
	var err error
	if in.now, err = instant(in.Now, time.RFC3339Nano); err != nil {
		return in, err
	}
	if in.LastInbound != "" {
		if in.lastInbound, err = instant(in.LastInbound, time.RFC3339); err != nil {
			return in, err
		}
	}
	if err := j.vocabulary(in); err != nil {
		return in, err
	}
	for _, d := range []string{
		in.Due, in.Limitation, in.RegistryListed, in.RegistrySnapshot, in.NumberChecked, in.FirstContact, in.ValidationSent, in.CallConsent,
	} {
		if _, ok := parseDay(d); d != "" && !ok {
			return in, fmt.Errorf("%w: %.20q is no date", errForm, d)
		}
	}
	in.history, err = readHistory(in.History)
	return in, err
}

func readHistory(lines []string) (out []past, err error) {
	for _, line := range lines {
		words := strings.Split(line, " ")
		on, ok := parseDay(words[0])
		if !ok || len(words) < 2 || words[1] != "any" && !slices.Contains(channels, words[1]) || !inOrder(words[2:], marks) {
			return nil, fmt.Errorf("%w: contact %.60q", errForm, line)
		}
		if n := len(out); n > 0 && on < out[n-1].on {
			return nil, fmt.Errorf("%w: the history is not sorted", errForm)
		}
		out = append(out, past{on, words[1], words[2:]})
	}
	return out, nil
}

// strictly reads one JSON value that is written exactly as it would be written again.
func strictly(text string, into any) error {
	if len(text) > maxInputs {
		return errForm
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errForm
	}
	again, err := json.Marshal(into)
	if err != nil || !bytes.Equal(again, []byte(text)) {
		return errForm
	}
	return nil
}

// instant reads a time in UTC that has one way to be written.
func instant(text, layout string) (time.Time, error) {
	at, err := time.Parse(layout, text)
	if err != nil || at.UTC().Format(layout) != text {
		return at, fmt.Errorf("%w: %.40q is no time in UTC", errForm, text)
	}
	return at.UTC(), nil
}

// vocabulary refuses words that the document does not have: whoever wrote them must have meant something that is not judged here.
func (j *Judge) vocabulary(in inputs) error {
	_, state := j.atlas.zones[in.UF]
	_, area := j.atlas.areas[in.AreaCode]
	digits := strings.Trim(in.Municipality, "0123456789")
	zone := func(name string) bool { return name != "?" && !slices.Contains(zoneOrder, name) }
	date := func(text string) bool { _, ok := parseDay(text); return !ok }
	for _, x := range []struct {
		wrong bool
		what  string
	}{
		{in.UF != "" && !state, "uf"},
		{in.AreaCode != "" && !area, "areaCode"},
		{in.Municipality != "" && (len(in.Municipality) != 7 || digits != ""), "municipality"},
		{in.Channel != "" && !slices.Contains(channels, in.Channel), "channel"},
		{in.Purpose != "" && !slices.Contains(slices.Concat(collecting, answering), in.Purpose), "purpose"},
		{slices.ContainsFunc(in.Zones, zone) || !rising(in.Zones), "zones"},
		{slices.ContainsFunc(in.Closed, date) || !rising(in.Closed), "closed"},
		{len(in.Stated) != 0 && len(in.Stated) != 2, "stated"},
		{!slices.Contains([]string{"", "creditor", "third_party"}, in.Role), "role"},
		{!slices.Contains([]string{"", "ans"}, in.Regulator), "regulator"},
		{!inOrder(in.Facts, factOrder), "facts"},
	} {
		if x.wrong {
			return fmt.Errorf("%w: %s", errForm, x.what)
		}
	}
	return nil
}

// rising reports whether texts are sorted, each once.
func rising(texts []string) bool {
	return slices.IsSorted(texts) && len(slices.Compact(slices.Clone(texts))) == len(texts)
}

// inOrder reports whether words are all of a list and in its order, each once.
func inOrder(words, order []string) bool {
	last := -1
	for _, w := range words {
		i := slices.Index(order, w)
		if i <= last {
			return false
		}
		last = i
	}
	return true
}

func (in inputs) has(fact string) bool { return slices.Contains(in.Facts, fact) }

// set puts a fact in or takes it out.
func (in *inputs) set(fact string, so bool) {
	in.Facts = slices.DeleteFunc(slices.Clone(in.Facts), func(x string) bool { return x == fact })
	if so {
		in.Facts = append(in.Facts, fact)
	}
}

// date is the one of a name; false when it is not known.
func (in inputs) date(name string) (day, bool) {
	return parseDay(map[string]string{
		"registryListed": in.RegistryListed, "registrySnapshot": in.RegistrySnapshot, "numberChecked": in.NumberChecked,
		"firstContact": in.FirstContact, "validationSent": in.ValidationSent, "callConsent": in.CallConsent,
	}[name])
}
