package dynamodb

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// structure is the members of CreateTable that say what a table is.
type structure struct {
	TableName              string
	AttributeDefinitions   []keyAttribute
	KeySchema              []keyElement
	GlobalSecondaryIndexes []indexDefinition `json:",omitempty"`
}

// definition is what is kept of a table.
type definition struct {
	structure
	CreatedAt  int64  // Unix seconds
	TimeToLive string `json:",omitempty"` // the attribute; empty means off
}

type keyElement struct{ AttributeName, KeyType string }

type indexDefinition struct {
	IndexName  string
	KeySchema  []keyElement
	Projection struct {
		ProjectionType   string
		NonKeyAttributes []string `json:",omitempty"`
	}
}

type createTableRequest struct {
	structure
	BillingMode string
	// What follows changes nothing that can be seen here.
	SSESpecification          json.RawMessage
	Tags                      json.RawMessage
	TableClass                json.RawMessage
	DeletionProtectionEnabled json.RawMessage
}

var nameForm = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)

func validName(name string) error {
	return refuse(!nameForm.MatchString(name), "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, "+
		"and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'")
}

// newTable checks a definition, in the words of DynamoDB Local, and gives the empty table.
func newTable(def definition) (*table, error) {
	defined, used := def.AttributeDefinitions, map[string]bool{}
	err := cmp.Or(validName(def.TableName), refuse(len(defined) == 0, "No Attribute Schema Defined"),
		refuse(def.GlobalSecondaryIndexes != nil && len(def.GlobalSecondaryIndexes) == 0, "GSI list is empty/invalid"))
	for _, a := range defined {
		err = cmp.Or(err, refuse(!slices.Contains(ordered, a.AttributeType), "Member must satisfy enum value set: [B, N, S]"))
	}
	t := &table{def: def, index: &index{}}
	t.indexes = append(t.indexes, t.index)
	key := func(elements []keyElement) schema {
		s, wrong := newSchema(elements, defined)
		for _, a := range s {
			used[a.AttributeName] = true
		}
		err = cmp.Or(err, wrong)
		return s
	}
	t.key = key(def.KeySchema)
	for _, d := range def.GlobalSecondaryIndexes {
		err = cmp.Or(err, validName(d.IndexName), refuse(t.named(d.IndexName) != nil, parameter+"Duplicate index name: %s", d.IndexName))
		x := &index{name: d.IndexName, key: key(d.KeySchema)}
		err = cmp.Or(err, d.check())
		if d.Projection.ProjectionType != "ALL" {
			x.project = slices.Clone(d.Projection.NonKeyAttributes)
			for _, a := range slices.Concat(t.key, x.key) {
				x.project = append(x.project, a.AttributeName)
			}
		}
		t.indexes = append(t.indexes, x)
	}
	err = cmp.Or(err, refuse(len(used) != len(defined),
		"The number of attributes in key schema must match the number of attributes defined in attribute definitions."))
	if err != nil {
		return nil, err
	}
	t.setExpiry(def.TimeToLive)
	return t, nil
}

// newSchema reads a key of attributes that are defined.
func newSchema(elements []keyElement, defined []keyAttribute) (s schema, err error) {
	err = refuse(len(elements) == 0, "No defined key schema.  A key schema containing at least a hash key must be defined for all tables")
	for i, e := range elements {
		at := slices.IndexFunc(defined, func(a keyAttribute) bool { return a.AttributeName == e.AttributeName })
		wrong := i > 1 || e.KeyType != []string{"HASH", "RANGE"}[i]
		err = cmp.Or(err, refuse(wrong, "Invalid KeySchema: one HASH key element and at most one RANGE key element, in this order"),
			refuse(at < 0, "%s Key not specified in Attribute Definitions.  Type unknown.", map[int]string{0: "Hash", 1: "Range"}[i]),
			refuse(i == 1 && e.AttributeName == elements[0].AttributeName, "Two keys can not have the same name"))
		if err != nil {
			return nil, err
		}
		s = append(s, defined[at])
	}
	return s, err
}

// check checks what an index holds.
func (d indexDefinition) check() error {
	p := d.Projection
	include := p.ProjectionType == "INCLUDE"
	return cmp.Or(
		refuse(!slices.Contains([]string{"INCLUDE", "ALL", "KEYS_ONLY"}, p.ProjectionType), "Projection type must be INCLUDE, ALL, or KEYS_ONLY"),
		refuse(include && len(p.NonKeyAttributes) == 0, "If Projection type INCLUDE is specified, some non-key attributes to include in the "+
			"projection must be specified as well"),
		refuse(!include && len(p.NonKeyAttributes) > 0, parameter+"ProjectionType is %s, but NonKeyAttributes is specified", p.ProjectionType))
}

func (e *Engine) createTable(r *createTableRequest, o *object) error {
	const billing = "the local cloud has on-demand tables only: BillingMode must be PAY_PER_REQUEST, not %q"
	if err := refuse(r.BillingMode != "PAY_PER_REQUEST", billing, r.BillingMode); err != nil {
		return err
	}
	t, err := newTable(definition{structure: r.structure, CreatedAt: e.clock.Now().Unix()})
	if err != nil {
		return err
	}
	if e.tables[r.TableName] != nil {
		return wire.Errorf("ResourceInUseException", "Table already exists: %s", r.TableName)
	}
	if err := e.saveDefinition(t.def); err != nil {
		return err
	}
	e.tables[r.TableName] = t
	t.describe(o, "TableDescription")
	return nil
}

func (e *Engine) saveDefinition(def definition) error {
	if err := e.store.Write(store.Op{Bucket: tablesBucket, Key: def.TableName, Value: def}); err != nil {
		return fmt.Errorf("store definition of %s: %w", def.TableName, err)
	}
	return nil
}

type tableRequest struct{ TableName string }

func (e *Engine) describeTable(r *tableRequest, o *object) error {
	t := e.tables[r.TableName]
	if t == nil {
		return wire.Errorf("ResourceNotFoundException", "Requested resource not found: Table: %s not found", r.TableName)
	}
	t.describe(o, "Table")
	return nil
}

func (t *table) describe(o *object, member string) {
	type indexDescription struct {
		indexDefinition
		IndexStatus string
		ItemCount   int
	}
	var description struct {
		structure
		TableStatus            string
		CreationDateTime       int64
		ItemCount              int
		BillingModeSummary     struct{ BillingMode string }
		GlobalSecondaryIndexes []indexDescription `json:",omitempty"`
	}
	description.structure, description.TableStatus, description.CreationDateTime = t.def.structure, "ACTIVE", t.def.CreatedAt
	description.ItemCount, description.BillingModeSummary.BillingMode = t.entries.Len(), "PAY_PER_REQUEST"
	for i, x := range t.def.GlobalSecondaryIndexes {
		index := indexDescription{x, "ACTIVE", t.indexes[i+1].entries.Len()}
		description.GlobalSecondaryIndexes = append(description.GlobalSecondaryIndexes, index)
	}
	o.json(member, description)
}

type updateTimeToLiveRequest struct {
	TableName               string
	TimeToLiveSpecification struct {
		AttributeName string
		Enabled       bool
	}
}

func (e *Engine) updateTimeToLive(r *updateTimeToLiveRequest, o *object) error {
	spec := r.TimeToLiveSpecification
	const length = "TimeToLiveSpecification: AttributeName must have 1 to 255 characters"
	t, err := e.table(r.TableName)
	if err = cmp.Or(refuse(spec.AttributeName == "" || len(spec.AttributeName) > 255, length), err); err != nil {
		return err
	}
	def := t.def
	isOn, other := def.TimeToLive != "", def.TimeToLive != spec.AttributeName
	if err := cmp.Or(refuse(!isOn && !spec.Enabled, "TimeToLive is already disabled"),
		refuse(isOn && other, "TimeToLive is active on a different AttributeName: current AttributeName is %s", def.TimeToLive),
		refuse(isOn && spec.Enabled, "TimeToLive is already enabled")); err != nil {
		return err
	}
	if def.TimeToLive = spec.AttributeName; !spec.Enabled {
		def.TimeToLive = ""
	}
	if err := e.saveDefinition(def); err != nil {
		return err
	}
	t.setExpiry(def.TimeToLive)
	o.json("TimeToLiveSpecification", spec)
	return nil
}

func (e *Engine) describeTimeToLive(r *tableRequest, o *object) error {
	t, err := e.table(r.TableName)
	if err != nil {
		return err
	}
	description := map[string]string{"TimeToLiveStatus": "DISABLED"}
	if t.expiry != nil {
		description = map[string]string{"TimeToLiveStatus": "ENABLED", "AttributeName": t.def.TimeToLive}
	}
	o.json("TimeToLiveDescription", description)
	return nil
}
