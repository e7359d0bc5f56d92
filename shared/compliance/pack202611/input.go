package pack202611

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/strictjson"
)

// inputForm is the canonical form of an input: the fields in this order, no white space, the instant in UTC, the days sorted.
type inputForm struct {
	Pack          string    `json:"pack"`
	Now           time.Time `json:"now"`
	Channel       string    `json:"channel"`
	Purpose       string    `json:"purpose"`
	UF            string    `json:"uf"`
	Address       bool      `json:"address"`
	OpenDebt      bool      `json:"openDebt"`
	AgreementLive bool      `json:"agreementLive"`
	Days          []string  `json:"days"`
}

// canonical drops what cannot change the verdict: the zone of Now, texts that the pack does not know, the order of days and those too
// old to count.
func (in Input) canonical() Input {
	in.Now = in.Now.UTC().Round(0)
	if _, ok := calendar.Zone(in.UF); !ok {
		in.UF = ""
	}
	if !knownChannel(in.Channel) {
		in.Channel = ""
	}
	switch in.Purpose {
	case collection.PurposeReminder, collection.PurposeInstalment, collection.PurposeNotice, collection.PurposeReceipt, collection.PurposeCode:
	default:
		in.Purpose = ""
	}
	first := Day(in.UF, in.Now).AddDays(1 - capDays)
	in.Days = slices.DeleteFunc(slices.Clone(in.Days), func(d calendar.Date) bool { return d.Before(first) })
	slices.SortFunc(in.Days, calendar.Date.Compare)
	return in
}

// encode writes a canonical input. A year outside 0 to 9999, which JSON cannot write, becomes an empty text that no rule pack reads back.
func (in Input) encode() string {
	form := inputForm{
		Pack: PackVersion, Now: in.Now, Channel: string(in.Channel), Purpose: string(in.Purpose), UF: in.UF, Address: in.HasAddress,
		OpenDebt: in.OpenDebt, AgreementLive: in.AgreementLive, Days: make([]string, 0, len(in.Days)),
	}
	for _, d := range in.Days {
		form.Days = append(form.Days, d.String())
	}
	text, err := json.Marshal(form)
	if err != nil {
		return ""
	}
	return string(text)
}

// Reevaluate works a stored verdict out again from its stored inputs. Inputs that are not in canonical form, or of another rule pack, are
// collection.ErrInvalid.
func Reevaluate(inputs string) (collection.Verdict, error) {
	form, err := strictjson.Decode[inputForm]([]byte(inputs))
	if err != nil {
		return collection.Verdict{}, fmt.Errorf("%w: read inputs of a verdict: %w", collection.ErrInvalid, err)
	}
	if form.Pack != PackVersion {
		return collection.Verdict{}, fmt.Errorf("%w: inputs of rule pack %.40q, this is %s", collection.ErrInvalid, form.Pack, PackVersion)
	}
	in := Input{
		Now: form.Now, Channel: collection.Channel(form.Channel), Purpose: collection.Purpose(form.Purpose), UF: form.UF,
		HasAddress: form.Address, OpenDebt: form.OpenDebt, AgreementLive: form.AgreementLive,
	}
	for _, text := range form.Days {
		day, err := calendar.ParseDate(text)
		if err != nil {
			return collection.Verdict{}, fmt.Errorf("%w: read inputs of a verdict: %w", collection.ErrInvalid, err)
		}
		in.Days = append(in.Days, day)
	}
	v := Evaluate(in)
	if v.Inputs != inputs {
		return collection.Verdict{}, fmt.Errorf("%w: inputs of a verdict are not in canonical form", collection.ErrInvalid)
	}
	return v, nil
}
