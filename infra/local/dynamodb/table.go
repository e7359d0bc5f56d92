package dynamodb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/regua/regua/infra/local/store"
	"github.com/tidwall/btree"
)

// maxItemSize is the largest item in bytes, names included.
const maxItemSize = 400 << 10

// The buckets of the store: table definitions by name, and each table's items by ordered key.
const (
	tablesBucket = "dynamodb"
	itemsBucket  = "dynamodb/"
)

// record is a stored item, or the projection of one in an index. It is never changed once made.
type record struct {
	key  string // the ordered key in the table
	item item
	size int
}

func newRecord(key string, it item) *record { return &record{key: key, item: it, size: itemSize(it)} }

// bytes is the size of an item, 0 when there is none.
func (r *record) bytes() int {
	if r == nil {
		return 0
	}
	return r.size
}

// table is a table in memory: its items and its indexes, all ordered.
type table struct {
	def     definition
	key     schema
	items   btree.Map[string, *record]
	indexes []*index
	expiry  *index // items by time to live; nil when it is off
}

// index is a sparse ordered index. Its keys end in the table's, so that entries with equal index keys are kept apart.
type index struct {
	name    string
	key     schema
	project []string // the attributes it holds; nil means all
	entries btree.Map[string, *record]
}

// entry gives where an item stands in the index and what the index holds of it, nothing when it lacks one of the index's attributes.
func (x *index) entry(r *record) (string, *record) {
	if r == nil {
		return "", nil
	}
	for _, a := range x.key.attributes() {
		if r.item[a.name].kind != a.kind {
			return "", nil
		}
	}
	key := x.key.encode(r.item) + r.key
	if x.project == nil {
		return key, r
	}
	projected := item{}
	for _, name := range x.project {
		if v, ok := r.item[name]; ok {
			projected[name] = v
		}
	}
	return key, newRecord(r.key, projected)
}

func (x *index) apply(old, next *record) {
	before, _ := x.entry(old)
	now, projected := x.entry(next)
	if before != now {
		x.entries.Delete(before)
	}
	if projected != nil {
		x.entries.Set(now, projected)
	}
}

func (t *table) index(name string) *index {
	if i := slices.IndexFunc(t.indexes, func(x *index) bool { return x.name == name }); i >= 0 {
		return t.indexes[i]
	}
	return nil
}

// checkIndexKeys checks the attributes of an item that are keys of indexes; how says by what they got their values.
func (t *table) checkIndexKeys(it item, how string) error {
	for _, x := range t.indexes {
		for _, a := range x.key.attributes() {
			v, ok := it[a.name]
			if !ok {
				continue
			}
			if v.kind != a.kind {
				return invalidParameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s", a.name, a.kind, v.kind, x.name)
			}
			named := "IndexName: " + x.name + ", IndexKey: " + a.name
			if err := x.key.checkContent(a, v, how+" is not supported. ", named); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkScalars refuses paths that go into a key attribute.
func (t *table) checkScalars(nested map[string]bool) error {
	check := func(s schema, what string) (err error) {
		for _, a := range s.attributes() {
			if nested[a.name] {
				err = invalid("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: %s: %s", what, a.name)
			}
		}
		return err
	}
	err := check(t.key, "Key")
	for _, x := range t.indexes {
		err = cmp.Or(err, check(x.key, "IndexKey"))
	}
	return err
}

// change is one write that has been decided: old gives way to next (nil: no item). A change that keeps its record checks only.
type change struct {
	t         *table
	key       string
	old, next *record
}

func (t *table) apply(c change) {
	if c.next == nil {
		t.items.Delete(c.key)
	} else {
		t.items.Set(c.key, c.next)
	}
	for _, x := range t.indexes {
		x.apply(c.old, c.next)
	}
	if t.expiry != nil {
		t.expiry.apply(c.old, c.next)
	}
}

// setExpiry builds the order of expiry by the attribute that holds the time to live, or drops it when the name is empty.
func (t *table) setExpiry(attribute string) {
	t.def.TimeToLive, t.expiry = attribute, nil
	if attribute == "" {
		return
	}
	t.expiry = &index{key: schema{hash: keyAttribute{name: attribute, kind: kindN}}, project: []string{}}
	t.items.Scan(func(_ string, r *record) bool {
		t.expiry.apply(nil, r)
		return true
	})
}

// loadTable makes a table from its stored definition and items.
func loadTable(st *store.Store, stored []byte) (*table, error) {
	var def definition
	if err := json.Unmarshal(stored, &def); err != nil {
		return nil, fmt.Errorf("read table definition: %w", err)
	}
	t, err := newTable(def)
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", def.TableName, err)
	}
	err = st.Each(itemsBucket+def.TableName, func(key string, stored []byte) error {
		var attrs map[string]attr
		err := json.Unmarshal(stored, &attrs)
		it, refused := decodeItem(attrs)
		if err = cmp.Or(err, refused); err != nil {
			return fmt.Errorf("read item of %s: %w", def.TableName, err)
		}
		t.apply(change{t: t, key: key, next: newRecord(key, it)})
		return nil
	})
	return t, err
}
