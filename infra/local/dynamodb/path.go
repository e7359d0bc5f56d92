package dynamodb

import (
	"strconv"
	"strings"

	"github.com/regua/regua/infra/local/wire"
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

func (p path) find(it item) (value, bool) {
	v, ok := it[p[0].name]
	for _, s := range p[1:] {
		switch {
		case !ok:
			return value{}, false
		case s.name != "":
			v, ok = v.fields[s.name]
		case s.index < len(v.list):
			v = v.list[s.index]
		default:
			return value{}, false
		}
	}
	return v, ok
}

// fits reports whether there is a map or a list in the item for the path's last step to go into.
func (p path) fits(it item) bool {
	last := p[len(p)-1]
	if len(p) == 1 {
		return true
	}
	parent, ok := p[:len(p)-1].find(it)
	return ok && (last.name != "" && parent.kind == kindM || last.name == "" && parent.kind == kindL)
}

// tree is a set of paths of which none contains another: the paths of a projection or of an update.
type tree struct {
	leaf    path // set when a path ends here
	names   map[string]*tree
	indexes []indexed // in order of index
}

type indexed struct {
	index int
	tree  *tree
}

func (t *tree) add(p path) *wire.Error {
	at := t
	for _, s := range p {
		switch {
		case at.leaf != nil:
			return overlap("overlap", at.leaf, p)
		case s.name == "" && at.names != nil, s.name != "" && at.indexes != nil:
			return overlap("conflict", at.any(), p)
		}
		at = at.child(s)
	}
	if at.leaf != nil || at.names != nil || at.indexes != nil {
		return overlap("overlap", at.any(), p)
	}
	at.leaf = p
	return nil
}

func overlap(how string, one, two path) *wire.Error {
	return invalid("Two document paths %s with each other; must remove or rewrite one of these paths; path one: %s, path two: %s",
		how, one, two)
}

func (t *tree) child(s step) *tree {
	if s.name != "" {
		if t.names == nil {
			t.names = map[string]*tree{}
		}
		if t.names[s.name] == nil {
			t.names[s.name] = &tree{}
		}
		return t.names[s.name]
	}
	i := 0
	for i < len(t.indexes) && t.indexes[i].index < s.index {
		i++
	}
	if i == len(t.indexes) || t.indexes[i].index != s.index {
		t.indexes = append(t.indexes[:i], append([]indexed{{s.index, &tree{}}}, t.indexes[i:]...)...)
	}
	return t.indexes[i].tree
}

// any gives one of the paths in the tree.
func (t *tree) any() path {
	for _, child := range t.names {
		return child.any()
	}
	for _, child := range t.indexes {
		return child.tree.any()
	}
	return t.leaf
}

// project picks the tree's paths out of an item.
func (t *tree) project(it item) item {
	picked := item{}
	for name, child := range t.names {
		if v, ok := it[name]; ok {
			if v, ok = child.pick(v); ok {
				picked[name] = v
			}
		}
	}
	return picked
}

func (t *tree) pick(v value) (value, bool) {
	switch {
	case t.leaf != nil:
		return v, true
	case t.names != nil && v.kind == kindM:
		fields := t.project(v.fields)
		return value{kind: kindM, fields: fields}, len(fields) > 0
	case t.indexes != nil && v.kind == kindL:
		var list []value
		for _, child := range t.indexes {
			if child.index < len(v.list) {
				if element, ok := child.tree.pick(v.list[child.index]); ok {
					list = append(list, element)
				}
			}
		}
		return value{kind: kindL, list: list}, len(list) > 0
	}
	return value{}, false
}
