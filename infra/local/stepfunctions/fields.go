package stepfunctions

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fields reads the members of one JSON object of a definition. The first error sticks and the rest then reads as absent, so that a
// parser checks once, at its end.
type fields struct {
	object map[string]any
	err    error
}

// readFields takes an object that may have only the allowed fields, which are parted by spaces; "" leaves that to a later only.
func readFields(v any, allowed string) *fields {
	object, ok := v.(map[string]any)
	f := &fields{object: object}
	if !ok {
		f.fail("it is missing or not a JSON object")
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

func (f *fields) names() []string { return slices.Sorted(maps.Keys(f.object)) }

func (f *fields) fail(format string, args ...any) {
	if f.err == nil {
		f.err, f.object = fmt.Errorf(format, args...), nil
	}
}

// check takes over the error of something read out of the field.
func (f *fields) check(name string, err error) {
	if err != nil {
		f.fail("field %s: %w", name, err)
	}
}

func (f *fields) has(name string) bool {
	_, given := f.object[name]
	return given
}

// may reads a field of a type; absent when it is not there.
func may[T any](f *fields, name string, absent T) T {
	v, given := f.object[name]
	if !given {
		return absent
	}
	got, ok := v.(T)
	if !ok {
		f.fail("field %s is %.80s, which is of another type", name, encode(v))
	}
	return got
}

// must reads a field that has to be there.
func must[T any](f *fields, name string) T {
	var none T
	if !f.has(name) {
		f.fail("field %s is missing", name)
	}
	return may(f, name, none)
}

// want refuses any other text than the given ones, of which the first is taken when there is none.
func (f *fields) want(name string, texts ...string) string {
	got := may(f, name, texts[0])
	if f.err == nil && !slices.Contains(texts, got) {
		f.fail("field %s: %q is not supported, only %q", name, got, texts)
	}
	return got
}

// whole reads a whole number from least to most; absent when it is not there.
func (f *fields) whole(name string, absent, least, most int64) int64 {
	text := may(f, name, json.Number(strconv.FormatInt(absent, 10)))
	n, err := text.Int64()
	if f.has(name) && (err != nil || n < least || n > most) {
		f.fail("field %s: %s is not a whole number from %d to %d", name, text, least, most)
	}
	return n
}

// period is a number of seconds that the definition gives or a path finds.
type period struct {
	fixed int64 // 0 when it is not given
	field string
	path  *path
}

// period reads a number of seconds of at least least from the field or from the one of its name followed by Path.
func (f *fields) period(name string, least int64) period {
	p := period{f.whole(name, 0, least, maxSeconds), name + "Path", f.path(name + "Path")}
	if p.path != nil && f.has(name) {
		f.fail("field %s: %s is given too", p.field, name)
	}
	return p
}

// path reads a path; nil when absent.
func (f *fields) path(name string) *path {
	if !f.has(name) {
		return nil
	}
	p, err := parsePath(must[string](f, name))
	f.check(name, err)
	return p
}

// flowPath reads InputPath, OutputPath or ResultPath: the whole when absent, nil when null.
func (f *fields) flowPath(name string) *path {
	switch v, given := f.object[name]; {
	case !given:
		return &path{text: "$"}
	case v == nil:
		return nil
	}
	p := f.path(name)
	if p != nil && p.context && name == "ResultPath" {
		f.fail("field ResultPath: it cannot lead into the context object")
	}
	return p
}

// payload reads a payload template; nil when absent. token says whether $$.Task has a meaning in it.
func (f *fields) payload(name string, token bool) expression {
	if !f.has(name) {
		return nil
	}
	inner := &fields{}
	t := inner.template(f.object[name], token)
	f.check(name, inner.err)
	return t
}

// each reads the elements of a list, of which there must be least, telling the reader of each whether it is the last.
func (f *fields) each(name string, least int, read func(v any, last bool) error) {
	list := may[[]any](f, name, nil)
	for i, v := range list {
		f.check(fmt.Sprintf("%s[%d]", name, i), read(v, i == len(list)-1))
	}
	if len(list) < least {
		f.fail("field %s is missing or empty", name)
	}
}
