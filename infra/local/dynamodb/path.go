package dynamodb

import (
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

// child is what a step leads to.
func (v value) child(s step) (value, bool) {
	if s.name != "" {
		field, ok := v.fields[s.name]
		return field, ok
	}
	if s.index < len(v.list) {
		return v.list[s.index], true
	}
	return value{}, false
}

func (p path) find(it item) (value, bool) {
	v := value{kind: kindM, fields: it}
	for _, s := range p {
		child, ok := v.child(s)
		if !ok {
			return value{}, false
		}
		v = child
	}
	return v, true
}

// fits reports whether there is a map or a list in the item for the path's last step to go into.
func (p path) fits(it item) bool {
	last := p[len(p)-1]
	parent, ok := p[:len(p)-1].find(it)
	return ok && (last.name != "" && parent.kind == kindM || last.name == "" && parent.kind == kindL)
}

// tree is a set of paths of which none contains another: the paths of a projection or of an update.
type tree struct {
	leaf     path // set when a path ends here
	children map[step]*tree
}

// add takes a path in. When it meets one that is there, that one and how they meet are given instead.
func (t *tree) add(p path) (other path, how string) {
	at := t
	for _, s := range p {
		if at.leaf != nil {
			return at.leaf, "overlap"
		}
		for child := range at.children {
			if (child.name == "") != (s.name == "") {
				return at.any(), "conflict"
			}
		}
		if at.children == nil {
			at.children = map[step]*tree{}
		}
		if at.children[s] == nil {
			at.children[s] = &tree{}
		}
		at = at.children[s]
	}
	if at.leaf != nil || at.children != nil {
		return at.any(), "overlap"
	}
	at.leaf = p
	return nil, ""
}

// any gives one of the paths in the tree.
func (t *tree) any() path {
	for _, child := range t.children {
		return child.any()
	}
	return t.leaf
}

// project picks the tree's paths out of an item; no tree picks all.
func (t *tree) project(it item) item {
	if t == nil {
		return it
	}
	picked, _ := t.pick(value{kind: kindM, fields: it})
	return picked.fields
}

// pick gives what the tree's paths lead to; ok is false when that is nothing.
func (t *tree) pick(v value) (picked value, ok bool) {
	if t.leaf != nil {
		return v, true
	}
	picked = value{kind: v.kind, fields: item{}}
	for s, child := range t.children {
		if part, ok := v.child(s); ok && s.name != "" {
			if part, ok = child.pick(part); ok {
				picked.fields[s.name] = part
			}
		}
	}
	for i, element := range v.list {
		if child := t.children[step{index: i}]; child != nil {
			if element, ok := child.pick(element); ok {
				picked.list = append(picked.list, element)
			}
		}
	}
	return picked, len(picked.fields)+len(picked.list) > 0
}
