package dynamodb

import (
	"encoding/json"
	"fmt"

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

// table is a table in memory: its items and its indexes, all ordered.
type table struct {
	def     definition
	key     schema
	items   btree.Map[string, *record]
	indexes []*index
	expiry  *index // items by time to live; nil when it is off
	bytes   int
}

// index is a sparse ordered index. Its keys end in the table's, so that entries with equal index keys are kept apart.
type index struct {
	name    string
	key     schema
	project map[string]bool // the attributes it holds; nil means all
	entries btree.Map[string, *record]
}

// entryKey is where the item stands in the index, or "" when it lacks one of the index's attributes.
func (x *index) entryKey(r *record) string {
	if r == nil {
		return ""
	}
	for _, a := range x.key.attributes() {
		if v, ok := r.item[a.name]; !ok || v.kind != a.kind {
			return ""
		}
	}
	return x.key.encode(r.item) + r.key
}

// view is what the index holds of an item.
func (x *index) view(r *record) *record {
	if x.project == nil {
		return r
	}
	projected := item{}
	for name, v := range r.item {
		if x.project[name] {
			projected[name] = v
		}
	}
	return newRecord(r.key, projected)
}

func (x *index) apply(old, next *record) {
	before, now := x.entryKey(old), x.entryKey(next)
	if before != "" && before != now {
		x.entries.Delete(before)
	}
	if now != "" {
		x.entries.Set(now, x.view(next))
	}
}

func (t *table) index(name string) *index {
	for _, x := range t.indexes {
		if x.name == name {
			return x
		}
	}
	return nil
}

// checkItem checks a whole item that is to be stored; how says by what an index key got its value.
func (t *table) checkItem(it item, how string) error {
	if err := t.key.checkItem(it); err != nil {
		return err
	}
	for _, x := range t.indexes {
		for _, a := range x.key.attributes() {
			v, ok := it[a.name]
			switch {
			case !ok || v.kind == kindN && a.kind == kindN:
			case v.kind != a.kind:
				return invalidParameter("Type mismatch for Index Key %s Expected: %s Actual: %s IndexName: %s",
					a.name, a.kind, v.kind, x.name)
			case v.s == "":
				return invalid("One or more parameter values are not valid. %s is not supported. "+
					"The AttributeValue for a key attribute cannot contain an empty %s value. IndexName: %s, IndexKey: %s",
					how, contentName(v), x.name, a.name)
			case a == x.key.hash && len(v.s) > maxHashKey, a == x.key.sort && len(v.s) > maxSortKey:
				return invalidParameter("Size of an index key has exceeded the limit. IndexName: %s, IndexKey: %s",
					x.name, a.name)
			}
		}
	}
	return nil
}

// checkScalars refuses paths that go into a key attribute.
func (t *table) checkScalars(nested map[string]bool) error {
	const message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: "
	for _, a := range t.key.attributes() {
		if nested[a.name] {
			return invalid(message+"Key: %s", a.name)
		}
	}
	for _, x := range t.indexes {
		for _, a := range x.key.attributes() {
			if nested[a.name] {
				return invalid(message+"IndexKey: %s", a.name)
			}
		}
	}
	return nil
}

// change is one write that has been decided: old gives way to next (nil: no item). A change that keeps its record checks only.
type change struct {
	t         *table
	key       string
	old, next *record
}

func (c change) op() store.Op {
	op := store.Op{Bucket: itemsBucket + c.t.def.TableName, Key: c.key}
	if c.next != nil {
		op.Value = appendItem(nil, c.next.item)
	}
	return op
}

func (t *table) apply(c change) {
	if c.old != nil {
		t.bytes -= c.old.size
	}
	if c.next == nil {
		t.items.Delete(c.key)
	} else {
		t.items.Set(c.key, c.next)
		t.bytes += c.next.size
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
	t.expiry = &index{key: schema{hash: keyAttribute{name: attribute, kind: kindN}}, project: map[string]bool{}}
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
		if err := json.Unmarshal(stored, &attrs); err != nil {
			return fmt.Errorf("read item of %s: %w", def.TableName, err)
		}
		it, err := decodeItem(attrs)
		if err != nil {
			return fmt.Errorf("read item of %s: %w", def.TableName, err)
		}
		t.apply(change{t: t, key: key, next: newRecord(key, it)})
		return nil
	})
	return t, err
}
