package stepfunctions

import (
	"encoding/json"
	"strconv"
	"time"
)

// maxPayload is the service's bound of a state's input or output in bytes.
const maxPayload = 262144

// data is what the paths of the branch's state read before InputPath.
func (b *branch) data(token string) *data {
	return &data{value: decoded(b.input), context: func() map[string]any { return b.context(token) }}
}

// read gives the state's effective input: InputPath and Parameters applied.
func (b *branch) read(token string) *data {
	d := b.data(token)
	d.value = b.state.inputPath.eval(d)
	if b.state.parameters != nil {
		d.value = b.state.parameters.eval(d)
	}
	return d
}

// pass gives what the state passes on when its work had the result.
func (b *branch) pass(result any) (string, *failure) {
	s := b.state
	if s.untouched() {
		return b.input, nil
	}
	d := b.data("")
	if s.passes() {
		result = s.inputPath.eval(d)
	} else if s.selector != nil {
		raw := d.value
		d.value = result
		result = s.selector.eval(d)
		d.value = raw
	}
	d.value = s.resultPath.put(d, result)
	d.value = s.outputPath.eval(d)
	return d.pack(d.value, s.name), d.failed
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
func (d *data) pack(v any, stateName string) string {
	text := encode(v)
	if len(text) > maxPayload {
		d.fail(errDataLimit, "The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", stateName)
	}
	return text
}

// wakeTime gives the end, in Unix milliseconds, of the Wait that the branch enters.
func (b *branch) wakeTime() (int64, *failure) {
	d, at := b.read(""), b.state.timestamp
	if p := b.state.timestampPath; p != nil {
		v, ok := p.eval(d), false
		if at, ok = instant(v); !ok {
			d.fail(errRuntime, "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: %s == %v",
				p.text, v)
		}
	}
	if !at.IsZero() {
		return at.Add(time.Millisecond - 1).UnixMilli(), d.failed // rounded up, so that a wait never ends early
	}
	seconds := b.state.seconds.find(d, 0)
	return b.entered + seconds*1000, d.failed
}

// find gives the number of seconds, of at least least when it is found by path; 0 when none is given.
func (p period) find(d *data, least int64) int64 {
	if p.path == nil {
		return p.fixed
	}
	v := p.path.eval(d)
	n, _ := v.(json.Number)
	seconds, err := n.Int64()
	switch {
	case err != nil || seconds > maxSeconds:
		d.fail(errRuntime, "The %s parameter cannot be parsed as a long value: %s == %s", p.field, p.path.text, encode(v))
	case seconds < 0:
		d.fail(errRuntime, "The %s parameter references a negative value: %s == %d", p.field, p.path.text, seconds)
	case seconds < least:
		d.fail(errRuntime, "The %s parameter references no positive value: %s", p.field, p.path.text)
	}
	return seconds
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }
