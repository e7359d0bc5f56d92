package stepfunctions

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// maxPayload is the service's bound of a state's input or output in bytes.
const maxPayload = 262144

// data is what a state's paths read before InputPath, given its input.
func (t *turn) data(b *branch, s *state, input string, token string) (data, *failure) {
	v, err := decode([]byte(input))
	if err != nil {
		return data{}, runtimeFailure("The input of state '%s' is not JSON.", s.name)
	}
	entered := t.now
	if b.state == s {
		entered = b.entered
	}
	return data{value: v, context: func() any { return t.x.context(b, s.name, entered, token) }}, nil
}

// read gives the state's effective input: InputPath and Parameters applied.
func (t *turn) read(b *branch) (data, *failure) { return t.readWith(b, b.state, b.input, "") }

func (t *turn) readWith(b *branch, s *state, input, token string) (data, *failure) {
	d, f := t.data(b, s, input, token)
	if f != nil {
		return d, f
	}
	if d.value, f = through(s.inputPath, d); f != nil {
		return d, f
	}
	if s.parameters != nil {
		d.value, f = s.parameters.fill(d)
	}
	return d, f
}

// through applies InputPath or OutputPath.
func through(p *path, d data) (any, *failure) {
	if p == nil {
		return map[string]any{}, nil
	}
	v, f := p.eval(d)
	if f != nil {
		return nil, runtimeFailure("Invalid path '%s' : No results for path", p.text)
	}
	return v, nil
}

func (t *turn) output(b *branch, result any) (string, *failure) {
	s := b.state
	if s.untouched() {
		return b.input, nil
	}
	d, f := t.data(b, s, b.input, "")
	if f != nil {
		return "", f
	}
	switch s.kind {
	case kindWait, kindChoice, kindSucceed:
		d.value, f = through(s.inputPath, d)
	default:
		d.value, f = s.combine(d, result)
	}
	if f != nil {
		return "", f
	}
	if d.value, f = through(s.outputPath, d); f != nil {
		return "", f
	}
	return pack(d.value, s.name)
}

// untouched reports whether the state gives its input on as it came, to the letter.
func (s *state) untouched() bool {
	switch s.kind {
	case kindWait, kindChoice, kindSucceed:
		return s.inputPath.whole() && s.outputPath.whole()
	}
	return s.resultPath == nil && s.selector == nil && s.outputPath.whole()
}

// combine applies ResultSelector and ResultPath over the state's raw input.
func (s *state) combine(d data, result any) (any, *failure) {
	if s.selector != nil {
		var f *failure
		if result, f = s.selector.fill(data{value: result, context: d.context}); f != nil {
			return nil, f
		}
	}
	if s.resultPath == nil {
		return d.value, nil
	}
	v, err := s.resultPath.put(d.value, result)
	if err != nil {
		return nil, &failure{name: errResultPath, cause: err.Error()}
	}
	return v, nil
}

// pack encodes a value that goes from one state to another.
func pack(v any, stateName string) (string, *failure) {
	text, err := encode(v)
	if err != nil {
		return "", runtimeFailure("The output of state '%s' is not JSON.", stateName)
	}
	if len(text) > maxPayload {
		return "", tooLarge(stateName)
	}
	return text, nil
}

func tooLarge(stateName string) *failure {
	return &failure{name: errDataLimit, cause: fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", stateName)}
}

// wakeTime gives the end of a Wait that is entered now.
func (t *turn) wakeTime(b *branch, s *state, input string) (int64, *failure) {
	in, f := t.readWith(b, s, input, "")
	if f != nil {
		return 0, f
	}
	w := s.wait
	switch {
	case w.timestampPath != nil:
		v, f := w.timestampPath.eval(in)
		text, _ := v.(string)
		at, ok := parseTimestamp(text)
		if f != nil || !ok {
			return 0, runtimeFailure("The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "+
				"string: %s == %s", w.timestampPath.text, text)
		}
		return ceilMillis(at), nil
	case w.secondsPath != nil:
		n, f := wholeSeconds("SecondsPath", w.secondsPath, in)
		return t.now + n*1000, f
	case !w.timestamp.IsZero():
		return ceilMillis(w.timestamp), nil
	}
	return t.now + w.seconds*1000, nil
}

// ceilMillis rounds up, so that a wait never ends early.
func ceilMillis(at time.Time) int64 {
	return toMillis(at.Add(time.Millisecond - 1))
}

// wholeSeconds finds the whole number of seconds that a field's path leads to.
func wholeSeconds(field string, p *path, d data) (int64, *failure) {
	v, f := through(p, d)
	if f != nil {
		return 0, f
	}
	n, _ := v.(json.Number)
	seconds, err := strconv.ParseInt(n.String(), 10, 64)
	switch {
	case err != nil || seconds > maxSeconds:
		text, _ := encode(v)
		return 0, runtimeFailure("The %s parameter cannot be parsed as a long value: %s == %s", field, p.text, text)
	case seconds < 0:
		return 0, runtimeFailure("The %s parameter references a negative value: %s == %d", field, p.text, seconds)
	}
	return seconds, nil
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

func instant(ms int64) string { return fromMillis(ms).Format("2006-01-02T15:04:05.000Z") }
