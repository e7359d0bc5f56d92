package stepfunctions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fields reads the members of one JSON object of a definition. The first error sticks and the rest then reads as absent, so that a
// parser checks once, at its end.
type fields struct {
	raw map[string]json.RawMessage
	err error
}

// readFields reads an object that may have only the allowed fields, which are parted by spaces; "" leaves that to a later only.
func readFields(text json.RawMessage, allowed string) *fields {
	f := &fields{}
	if len(bytes.TrimSpace(text)) == 0 {
		f.fail("it is missing")
		return f
	}
	if _, err := decode(text); err != nil {
		f.fail("it is not JSON: %w", err)
		return f
	}
	if err := json.Unmarshal(text, &f.raw); err != nil || f.raw == nil {
		f.fail("it is not a JSON object")
		return f
	}
	if allowed != "" {
		f.only(allowed)
	}
	return f
}

// only refuses any field that is not among the allowed ones.
func (f *fields) only(allowed string) {
	for _, name := range f.names() {
		if !slices.Contains(strings.Fields(allowed), name) {
			f.fail("field %s is not supported here", name)
		}
	}
}

func (f *fields) names() []string { return slices.Sorted(maps.Keys(f.raw)) }

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
		f.raw = nil
	}
}

// check takes over the error of something read out of the field.
func (f *fields) check(name string, err error) {
	if err != nil {
		f.fail("field %s: %w", name, err)
	}
}

func (f *fields) has(name string) bool { return f.raw[name] != nil }

func (f *fields) isNull(name string) bool {
	return bytes.Equal(bytes.TrimSpace(f.raw[name]), []byte("null"))
}

// must reads a field that has to be there.
func (f *fields) must(name string, into any) {
	switch {
	case f.err != nil:
	case !f.has(name):
		f.fail("field %s is missing", name)
	case f.isNull(name):
		f.fail("field %s is null", name)
	default:
		f.check(name, json.Unmarshal(f.raw[name], into))
	}
}

// may reads a field if it is there.
func (f *fields) may(name string, into any) {
	if f.has(name) {
		f.must(name, into)
	}
}

// want refuses any other text than the one given; absent is fine.
func (f *fields) want(name, text string) {
	got := text
	if f.may(name, &got); got != text {
		f.fail("field %s: only %q is supported, not %q", name, text, got)
	}
}

// seconds reads whole seconds of at least least; 0 when absent.
func (f *fields) seconds(name string, least int64) int64 {
	var n int64
	if f.may(name, &n); f.has(name) && (n < least || n > maxSeconds) {
		f.fail("field %s: %d is outside %d to %d", name, n, least, maxSeconds)
	}
	return n
}

// path reads a path; nil when absent.
func (f *fields) path(name string) *path {
	if !f.has(name) {
		return nil
	}
	var text string
	f.must(name, &text)
	p, err := parsePath(text)
	f.check(name, err)
	return p
}

// flowPath reads InputPath, OutputPath or ResultPath: the whole when absent, nil when null.
func (f *fields) flowPath(name string) *path {
	if !f.has(name) {
		return &path{text: "$"}
	}
	if f.isNull(name) {
		return nil
	}
	return f.path(name)
}

// resultPath reads ResultPath, which cannot lead into the context object.
func (f *fields) resultPath() *path {
	p := f.flowPath("ResultPath")
	if p != nil && p.context {
		f.fail("field ResultPath: it cannot lead into the context object")
	}
	return p
}

// template reads a payload template; nil when absent. token says whether $$.Task has a meaning in it.
func (f *fields) template(name string, token bool) *template {
	if !f.has(name) {
		return nil
	}
	v, err := decode(f.raw[name])
	f.check(name, err)
	t, err := buildTemplate(v, token)
	f.check(name, err)
	return t
}

// each reads the elements of a list, telling the reader of each whether it is the last, and gives their number.
func (f *fields) each(name string, read func(raw json.RawMessage, last bool) error) int {
	var list []json.RawMessage
	f.may(name, &list)
	for i, raw := range list {
		f.check(fmt.Sprintf("%s[%d]", name, i), read(raw, i == len(list)-1))
	}
	return len(list)
}

// some is each for a list that must not be empty.
func (f *fields) some(name string, read func(raw json.RawMessage, last bool) error) {
	if f.each(name, read) == 0 {
		f.fail("field %s is missing or empty", name)
	}
}
