package compliance

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance/pack202611"
	"github.com/regua/regua/shared/strictjson"
)

// inputForm is the canonical form of an input: these members in this order, without white space, and
// without those that are empty.
type inputForm struct {
	Pack             string   `json:"pack"`
	Now              string   `json:"now"`
	HandOver         bool     `json:"handOver"`
	Channel          string   `json:"channel"`
	Purpose          string   `json:"purpose"`
	UF               string   `json:"uf"`
	Municipality     string   `json:"municipality"`
	AreaCode         string   `json:"areaCode"`
	Zones            []string `json:"zones"`
	Closed           []string `json:"closed"`
	Stated           []int    `json:"stated"`
	Role             string   `json:"role"`
	Regulator        string   `json:"regulator"`
	Facts            []string `json:"facts"`
	Due              string   `json:"due"`
	Limitation       string   `json:"limitation"`
	RegistryListed   string   `json:"registryListed"`
	RegistrySnapshot string   `json:"registrySnapshot"`
	NumberChecked    string   `json:"numberChecked"`
	FirstContact     string   `json:"firstContact"`
	ValidationSent   string   `json:"validationSent"`
	CallConsent      string   `json:"callConsent"`
	LastInbound      string   `json:"lastInbound"`
	History          []string `json:"history"`
}

// maxInputs bounds the canonical inputs that Reevaluate reads.
const maxInputs = 64 << 10

var errForm = errors.New("not in canonical form")

// Reevaluate works a stored verdict out again from its stored inputs, by the packs that made it: those of this package, or br-2026-11, by
// which the first contacts were judged. Inputs that are not in canonical form, or of another pack, are collection.ErrInvalid.
func Reevaluate(inputs string) (collection.Verdict, error) {
	var head struct {
		Pack string `json:"pack"`
	}
	if len(inputs) > maxInputs || json.Unmarshal([]byte(inputs), &head) != nil {
		return collection.Verdict{}, fmt.Errorf("%w: inputs of a verdict are %w", collection.ErrInvalid, errForm)
	}
	if head.Pack == pack202611.PackVersion {
		return pack202611.Reevaluate(inputs)
	}
	law, err := versioned(head.Pack)
	if err != nil {
		return collection.Verdict{}, err
	}
	form, err := strictjson.Decode[inputForm]([]byte(inputs))
	if err != nil {
		return collection.Verdict{}, fmt.Errorf("%w: read inputs of a verdict: %w", collection.ErrInvalid, err)
	}
	in, err := form.input()
	if err != nil {
		return collection.Verdict{}, fmt.Errorf("%w: read inputs of a verdict: %w", collection.ErrInvalid, err)
	}
	v := Evaluate(law, in)
	if v.Inputs != inputs {
		return collection.Verdict{}, fmt.Errorf("%w: inputs of a verdict are %w", collection.ErrInvalid, errForm)
	}
	return v, nil
}

// versioned finds the law that has a version.
func versioned(version string) (*Law, error) {
	for _, names := range [][]string{{NameBrazil}, {NameUnitedStates}, {NameBrazil, NameUnitedStates}} {
		law, err := Of(names)
		if err != nil {
			return nil, err
		}
		if law.version == version {
			return law, nil
		}
	}
	return nil, fmt.Errorf("%w: inputs of rule pack %.40q, which is not known", collection.ErrInvalid, version)
}

func (f inputForm) input() (Input, error) {
	in := Input{
		HandOver: f.HandOver, Channel: Channel(f.Channel), Purpose: Purpose(f.Purpose), UF: f.UF, Municipality: f.Municipality,
		AreaCode: f.AreaCode, Zones: f.Zones, Role: Role(f.Role), Regulator: f.Regulator,
	}
	var err error
	if in.Now, err = time.Parse(time.RFC3339Nano, f.Now); err != nil {
		return in, errForm
	}
	if f.LastInbound != "" {
		if in.LastInbound, err = time.Parse(time.RFC3339, f.LastInbound); err != nil {
			return in, errForm
		}
	}
	switch len(f.Stated) {
	case 0:
	case 2:
		in.Stated = Span{f.Stated[0], f.Stated[1]}
	default:
		return in, errForm
	}
	for _, name := range f.Facts {
		fact, ok := FactNamed(name)
		if !ok {
			return in, errForm
		}
		in.Facts |= fact
	}
	texts := [...]string{
		f.Due, f.Limitation, f.RegistryListed, f.RegistrySnapshot, f.NumberChecked, f.FirstContact, f.ValidationSent, f.CallConsent,
	}
	for i, d := range in.dates() {
		if texts[i] == "" {
			continue
		}
		if *d.at, err = calendar.ParseDate(texts[i]); err != nil {
			return in, err
		}
	}
	for _, text := range f.Closed {
		d, err := calendar.ParseDate(text)
		if err != nil {
			return in, err
		}
		in.Closed = append(in.Closed, d)
	}
	for _, text := range f.History {
		p, err := parsePast(text)
		if err != nil {
			return in, err
		}
		in.History = append(in.History, p)
	}
	return in, nil
}

// parsePast reads "2026-11-18 email inbound".
func parsePast(text string) (Past, error) {
	words := strings.Split(text, " ")
	day, err := calendar.ParseDate(words[0])
	if err != nil || len(words) == 1 {
		return Past{}, errForm
	}
	p := Past{On: day, Channel: Channel(words[1])}
	if words[1] == anyChannel {
		p.Channel = ""
	}
	for _, word := range words[2:] {
		i := slices.Index(markNames[:], word)
		if i < 0 {
			return Past{}, errForm
		}
		p.Marks |= 1 << i
	}
	return p, nil
}
