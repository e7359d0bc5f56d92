package stepfunctions

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// maxPayload is the service's bound of a state's input or output in bytes.
const maxPayload = 262144

// data is what the paths of the branch's state read before InputPath.
func (b *branch) data(token string) data {
	return data{value: decoded(b.input), context: func() map[string]any { return b.context(token) }}
}

// read gives the state's effective input: InputPath and Parameters applied.
func (b *branch) read(token string) (d data, f *failure) {
	d = b.data(token)
	d.value, f = b.state.inputPath.eval(d)
	if f == nil && b.state.parameters != nil {
		d.value, f = b.state.parameters.eval(d)
	}
	return d, f
}

// pass gives what the state passes on when its work had the result.
func (b *branch) pass(result any) (string, *failure) {
	s := b.state
	if s.untouched() {
		return b.input, nil
	}
	d := b.data("")
	var f *failure
	if s.passes() {
		result, f = s.inputPath.eval(d)
	} else if s.selector != nil {
		result, f = s.selector.eval(data{result, d.context})
	}
	if f == nil {
		d.value, f = s.resultPath.put(d.value, result)
	}
	if f == nil {
		d.value, f = s.outputPath.eval(d)
	}
	if f != nil {
		return "", f
	}
	return pack(d.value, s.name)
}

// passes reports whether the state has no result of its own.
func (s *state) passes() bool {
	return s.kind == kindWait || s.kind == kindChoice || s.kind == kindSucceed
}

// untouched reports whether the state gives its input on as it came, to the letter.
func (s *state) untouched() bool {
	return s.outputPath.whole() && (s.passes() && s.inputPath.whole() || s.resultPath == nil && s.selector == nil)
}

// pack encodes a value that goes from one state to another.
func pack(v any, stateName string) (string, *failure) {
	text := encode(v)
	if len(text) > maxPayload {
		return "", &failure{errDataLimit, fmt.Sprintf(
			"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", stateName)}
	}
	return text, nil
}

// wakeTime gives the end, in Unix milliseconds, of the Wait that the branch enters.
func (b *branch) wakeTime() (int64, *failure) {
	in, f := b.read("")
	if f != nil {
		return 0, f
	}
	at := b.state.timestamp
	if p := b.state.timestampPath; p != nil {
		v, f := p.eval(in)
		var ok bool
		if at, ok = instant(v); f != nil || !ok {
			return 0, runtimeFailure("The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format "+
				"string: %s == %v", p.text, v)
		}
	}
	if !at.IsZero() {
		return at.Add(time.Millisecond - 1).UnixMilli(), nil // rounded up, so that a wait never ends early
	}
	seconds, f := b.state.seconds.find(in, 0)
	return b.entered + seconds*1000, f
}

// find gives the number of seconds, of at least least when it is found by path; 0 when none is given.
func (p period) find(d data, least int64) (int64, *failure) {
	if p.path == nil {
		return p.fixed, nil
	}
	v, f := p.path.eval(d)
	if f != nil {
		return 0, f
	}
	n, _ := v.(json.Number)
	seconds, err := strconv.ParseInt(n.String(), 10, 64)
	switch {
	case err != nil || seconds > maxSeconds:
		return 0, runtimeFailure("The %s parameter cannot be parsed as a long value: %s == %s", p.field, p.path.text, encode(v))
	case seconds < 0:
		return 0, runtimeFailure("The %s parameter references a negative value: %s == %d", p.field, p.path.text, seconds)
	case seconds < least:
		return 0, runtimeFailure("The %s parameter references no positive value: %s", p.field, p.path.text)
	}
	return seconds, nil
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }
