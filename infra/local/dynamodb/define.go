package dynamodb

import (
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
	AttributeDefinitions   []attributeDefinition
	KeySchema              []keyElement
	GlobalSecondaryIndexes []indexDefinition `json:",omitempty"`
}

// definition is what is kept of a table.
type definition struct {
	structure
	CreatedAt  int64  // Unix seconds
	TimeToLive string `json:",omitempty"` // the attribute; empty means off
}

type attributeDefinition struct {
	AttributeName string
	AttributeType kind
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

func validName(name string) error {
	if !regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`).MatchString(name) {
		return invalid("Invalid table/index name.  Table/index names must be between 3 and 255 characters long, " +
			"and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'")
	}
	return nil
}

// newTable checks a definition, in the words of DynamoDB Local, and gives the empty table.
func newTable(def definition) (*table, error) {
	if err := validName(def.TableName); err != nil {
		return nil, err
	}
	switch {
	case len(def.AttributeDefinitions) == 0:
		return nil, invalid("No Attribute Schema Defined")
	case def.GlobalSecondaryIndexes != nil && len(def.GlobalSecondaryIndexes) == 0:
		return nil, invalid("GSI list is empty/invalid")
	}
	kinds, used := map[string]kind{}, map[string]bool{}
	for _, a := range def.AttributeDefinitions {
		if a.AttributeType != kindS && a.AttributeType != kindN && a.AttributeType != kindB {
			return nil, invalid("Member must satisfy enum value set: [B, N, S]")
		}
		kinds[a.AttributeName] = a.AttributeType
	}
	t := &table{def: def}
	var err error
	if t.key, err = newSchema(def.KeySchema, kinds, used); err != nil {
		return nil, err
	}
	for _, d := range def.GlobalSecondaryIndexes {
		if t.index(d.IndexName) != nil {
			return nil, invalidParameter("Duplicate index name: %s", d.IndexName)
		}
		x := &index{name: d.IndexName}
		if x.key, err = newSchema(d.KeySchema, kinds, used); err != nil {
			return nil, err
		}
		if x.project, err = d.projected(slices.Concat(t.key, x.key)); err != nil {
			return nil, err
		}
		t.indexes = append(t.indexes, x)
	}
	if len(used) != len(def.AttributeDefinitions) {
		return nil, invalid("The number of attributes in key schema must match the number of attributes defined in attribute definitions.")
	}
	t.setExpiry(def.TimeToLive)
	return t, nil
}

// newSchema reads a key, and notes the attributes that it uses.
func newSchema(elements []keyElement, kinds map[string]kind, used map[string]bool) (schema, error) {
	var s schema
	for i, e := range elements {
		if i > 1 || e.KeyType != []string{"HASH", "RANGE"}[i] {
			return nil, invalid("Invalid KeySchema: one HASH key element and at most one RANGE key element, in this order")
		}
		a := keyAttribute{e.AttributeName, kinds[e.AttributeName]}
		switch {
		case a.kind == "":
			return nil, invalid("%s Key not specified in Attribute Definitions.  Type unknown.", []string{"Hash", "Range"}[i])
		case i == 1 && s[0] == a:
			return nil, invalid("Two keys can not have the same name")
		}
		s, used[a.name] = append(s, a), true
	}
	if s == nil {
		return nil, invalid("No defined key schema.  A key schema containing at least a hash key must be defined for all tables")
	}
	return s, nil
}

// projected gives the attributes that the index holds, nil for all.
func (d indexDefinition) projected(keys schema) ([]string, error) {
	if err := validName(d.IndexName); err != nil {
		return nil, err
	}
	p := d.Projection
	include, all := p.ProjectionType == "INCLUDE", p.ProjectionType == "ALL"
	switch {
	case !include && !all && p.ProjectionType != "KEYS_ONLY":
		return nil, invalid("Projection type must be INCLUDE, ALL, or KEYS_ONLY")
	case include && len(p.NonKeyAttributes) == 0:
		return nil, invalid("If Projection type INCLUDE is specified, some non-key attributes to include in the projection " +
			"must be specified as well")
	case !include && len(p.NonKeyAttributes) > 0:
		return nil, invalidParameter("ProjectionType is %s, but NonKeyAttributes is specified", p.ProjectionType)
	case all:
		return nil, nil
	}
	names := slices.Clone(p.NonKeyAttributes)
	for _, a := range keys {
		names = append(names, a.name)
	}
	return names, nil
}

func (e *Engine) createTable(r *createTableRequest) (*object, error) {
	if r.BillingMode != "PAY_PER_REQUEST" {
		return nil, invalid("the local cloud has on-demand tables only: BillingMode must be PAY_PER_REQUEST, not %q", r.BillingMode)
	}
	t, err := newTable(definition{structure: r.structure, CreatedAt: e.clock.Now().Unix()})
	if err != nil {
		return nil, err
	}
	if e.tables[r.TableName] != nil {
		return nil, wire.Errorf("ResourceInUseException", "Table already exists: %s", r.TableName)
	}
	if err := e.saveDefinition(t.def); err != nil {
		return nil, err
	}
	e.tables[r.TableName] = t
	return t.describe("TableDescription"), nil
}

func (e *Engine) saveDefinition(def definition) error {
	stored, err := json.Marshal(def)
	if err == nil {
		err = e.store.Write(store.Op{Bucket: tablesBucket, Key: def.TableName, Value: stored})
	}
	if err != nil {
		return fmt.Errorf("store definition of %s: %w", def.TableName, err)
	}
	return nil
}

type tableRequest struct{ TableName string }

func (e *Engine) describeTable(r *tableRequest) (*object, error) {
	t := e.tables[r.TableName]
	if t == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "Requested resource not found: Table: %s not found", r.TableName)
	}
	return t.describe("Table"), nil
}

type indexDescription struct {
	indexDefinition
	IndexStatus string
	ItemCount   int
}

func (t *table) describe(member string) *object {
	description := map[string]any{
		"TableName": t.def.TableName, "TableStatus": "ACTIVE", "CreationDateTime": t.def.CreatedAt,
		"AttributeDefinitions": t.def.AttributeDefinitions, "KeySchema": t.def.KeySchema,
		"ItemCount": t.items.Len(), "BillingModeSummary": map[string]string{"BillingMode": "PAY_PER_REQUEST"},
	}
	var indexes []indexDescription
	for i, x := range t.def.GlobalSecondaryIndexes {
		indexes = append(indexes, indexDescription{x, "ACTIVE", t.indexes[i].entries.Len()})
	}
	if indexes != nil {
		description["GlobalSecondaryIndexes"] = indexes
	}
	return answer(member, description)
}

type updateTimeToLiveRequest struct {
	TableName               string
	TimeToLiveSpecification struct {
		AttributeName string
		Enabled       bool
	}
}

func (e *Engine) updateTimeToLive(r *updateTimeToLiveRequest) (*object, error) {
	spec := r.TimeToLiveSpecification
	if spec.AttributeName == "" || len(spec.AttributeName) > 255 {
		return nil, invalid("TimeToLiveSpecification: AttributeName must have 1 to 255 characters")
	}
	t, err := e.table(r.TableName)
	if err != nil {
		return nil, err
	}
	def := t.def
	switch {
	case !spec.Enabled && def.TimeToLive == "":
		return nil, invalid("TimeToLive is already disabled")
	case def.TimeToLive != "" && def.TimeToLive != spec.AttributeName:
		return nil, invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", def.TimeToLive)
	case spec.Enabled && def.TimeToLive != "":
		return nil, invalid("TimeToLive is already enabled")
	}
	if def.TimeToLive = spec.AttributeName; !spec.Enabled {
		def.TimeToLive = ""
	}
	if err := e.saveDefinition(def); err != nil {
		return nil, err
	}
	t.setExpiry(def.TimeToLive)
	return answer("TimeToLiveSpecification", spec), nil
}

func (e *Engine) describeTimeToLive(r *tableRequest) (*object, error) {
	t, err := e.table(r.TableName)
	if err != nil {
		return nil, err
	}
	description := map[string]string{"TimeToLiveStatus": "DISABLED"}
	if t.expiry != nil {
		description = map[string]string{"TimeToLiveStatus": "ENABLED", "AttributeName": t.def.TimeToLive}
	}
	return answer("TimeToLiveDescription", description), nil
}
