package dynamodb

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/regua/regua/infra/local/wire"
)

// kind is the data type of an attribute value, named as on the wire.
type kind string

const (
	kindS    kind = "S"
	kindN    kind = "N"
	kindB    kind = "B"
	kindBOOL kind = "BOOL"
	kindNULL kind = "NULL"
	kindSS   kind = "SS"
	kindNS   kind = "NS"
	kindBS   kind = "BS"
	kindL    kind = "L"
	kindM    kind = "M"
)

// maxDepth is how many levels an attribute has at most, a value without members being one (service quota; counted as DynamoDB Local does).
const maxDepth = 32

// value is one attribute value. It is never changed once made, so items, records and answers may share it.
type value struct {
	kind    kind
	s       string // S; N in its ordered form (number.go); B as raw bytes; BOOL and NULL as JSON has them
	members item   // of M; of L and of sets, which are sorted, without names
}

// item is the attributes of one item, or the members of a map, in order of their names. Like value, it is never changed once made.
type item []field

type field struct {
	name string
	value
}

// search gives where a name is, or where it belongs when it is not there.
func (it item) search(name string) (int, bool) {
	return sort.Find(len(it), func(i int) int { return strings.Compare(name, it[i].name) })
}

func (it item) get(name string) (v value, ok bool) {
	i, ok := it.search(name)
	if ok {
		v = it[i].value
	}
	return v, ok
}

// text is a string as it is, and a number as decimal.
func (v value) text() string {
	if v.kind == kindN {
		return string(appendNumber(nil, v.s))
	}
	return v.s
}

func (it item) equal(other item) bool {
	return slices.EqualFunc(it, other, func(a, b field) bool { return a.name == b.name && equal(a.value, b.value) })
}

func equal(a, b value) bool { return a.kind == b.kind && a.s == b.s && a.members.equal(b.members) }

// compare orders two values of one ordered type; ok is false for any others.
func compare(a, b value) (order int, ok bool) {
	return strings.Compare(a.s, b.s), a.kind == b.kind && slices.Contains(ordered, a.kind)
}

// size is the stored size in bytes, by the rules of the developer guide's "Item sizes and formats".
func (v value) size() int {
	switch v.kind {
	case kindS, kindB:
		return len(v.s)
	case kindN:
		return numberSize(v.s)
	case kindSS, kindBS, kindNS:
		return v.members.size()
	case kindL, kindM:
		return 3 + len(v.members) + v.members.size()
	}
	return 1
}

func (it item) size() int {
	n := 0
	for i := range it {
		n += len(it[i].name) + it[i].value.size()
	}
	return n
}

// length is what the size() function of expressions gives, in UTF-16 code units as in the service; ok is false for types that have none.
func (v value) length() (n int, ok bool) {
	switch v.kind {
	case kindS:
		return len(utf16.Encode([]rune(v.s))), true
	case kindB:
		return len(v.s), true
	}
	return len(v.members), slices.Contains(sized, v.kind)
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("ValidationException", format, args...)
}

const parameter = "One or more parameter values were invalid: "

func invalidParameter(format string, args ...any) *wire.Error {
	return invalid(parameter+format, args...)
}

// refuse gives an error when something is wrong.
func refuse(wrong bool, format string, args ...any) error {
	if wrong {
		return invalid(format, args...)
	}
	return nil
}

const atLeastOne = "have length greater than or equal to 1"

// unmet refuses a member that fails a constraint of the service's model.
func unmet(given, member, constraint string) *wire.Error {
	return invalid("1 validation error detected: Value%s at '%s' failed to satisfy constraint: Member must %s", given, member, constraint)
}

// checkEnum refuses a member that is there and none of the values that it may have.
func checkEnum(got, member string, allowed ...string) error {
	if got == "" || slices.Contains(allowed, got) {
		return nil
	}
	return unmet(" '"+got+"'", member, "satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
}

// step goes into a map by name, or into a list by index when the name is empty.
type step struct {
	name  string
	index int
}

// path is a document path: at least one step, the first of which is an attribute name.
type path []step

// String is the form in which AWS names paths in its messages.
func (p path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = s.name
		if s.name == "" {
			parts[i] = "[" + strconv.Itoa(s.index) + "]"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// meets says how two paths cannot stand in one expression: one leads into the other, or they take one value for a map and for a list.
func (p path) meets(other path) string {
	common := 0
	for common < min(len(p), len(other)) && p[common] == other[common] {
		common++
	}
	switch {
	case common == min(len(p), len(other)):
		return "overlap"
	case (p[common].name == "") != (other[common].name == ""):
		return "conflict"
	}
	return ""
}

// locate gives which member of a map or list a step leads to, or where that would be when it is not there.
func (v value) locate(s step) (i int, ok bool) {
	switch {
	case s.name != "" && v.kind == kindM:
		return v.members.search(s.name)
	case s.name == "" && v.kind == kindL:
		return min(s.index, len(v.members)), s.index < len(v.members)
	}
	return 0, false
}

func (p path) find(it item) (value, bool) {
	v := value{kind: kindM, members: it}
	for _, s := range p {
		i, ok := v.locate(s)
		if !ok {
			return value{}, false
		}
		v = v.members[i].value
	}
	return v, true
}

// fits reports whether there is a map or a list in the item for the path's last step to go into.
func (p path) fits(it item) bool {
	last := p[len(p)-1]
	parent, ok := p[:len(p)-1].find(it)
	return ok && (last.name != "" && parent.kind == kindM || last.name == "" && parent.kind == kindL)
}

// with gives the value with what stands at a path that fits it replaced, or removed when the replacement is nil.
func (v value) with(at path, replacement *value) value {
	i, exists := v.locate(at[0])
	if len(at) > 1 {
		child := v.members[i].with(at[1:], replacement)
		replacement = &child
	}
	v.members = slices.Clone(v.members)
	switch {
	case replacement != nil && exists:
		v.members[i].value = *replacement
	case replacement != nil:
		v.members = slices.Insert(v.members, i, field{at[0].name, *replacement})
	case exists:
		v.members = slices.Delete(v.members, i, i+1)
	}
	return v
}

// project picks the paths, of which none meets another, out of an item; nil picks all.
func project(paths []path, it item) item {
	if paths == nil {
		return it
	}
	picked, _ := pick(paths, 0, value{kind: kindM, members: it})
	return picked.members
}

// pick gives what the paths, which lead here by their first depth steps, pick of a value; ok is false when that is nothing.
func pick(paths []path, depth int, v value) (picked value, ok bool) {
	if len(paths) > 0 && len(paths[0]) == depth {
		return v, true
	}
	picked.kind = v.kind
	for i, f := range v.members {
		var further []path
		for _, p := range paths {
			if at, ok := v.locate(p[depth]); ok && at == i {
				further = append(further, p)
			}
		}
		if further == nil {
			continue
		}
		if part, ok := pick(further, depth+1, f.value); ok {
			picked.members = append(picked.members, field{f.name, part})
		}
	}
	return picked, len(picked.members) > 0
}
