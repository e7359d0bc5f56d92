package dynamodb

import (
	"slices"
	"strconv"
	"strings"
)

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
