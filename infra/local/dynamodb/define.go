package dynamodb

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// tableARN names tables as AWS would, in an account and region that do not exist.
const tableARN = "arn:aws:dynamodb:sa-east-1:000000000000:table/"

// definition is what a table is: the members of CreateTable that it keeps, and its time to live.
type definition struct {
	TableName              string
	AttributeDefinitions   []attributeDefinition
	KeySchema              []keyElement
	GlobalSecondaryIndexes []indexDefinition `json:",omitempty"`
	CreatedAt              int64             // Unix seconds
	TimeToLive             string            `json:",omitempty"` // the attribute; empty means off
}

type attributeDefinition struct {
	AttributeName string
	AttributeType kind
}

type keyElement struct{ AttributeName, KeyType string }

type indexDefinition struct {
	IndexName  string
	KeySchema  []keyElement
	Projection projectionDefinition
}

type projectionDefinition struct {
	ProjectionType   string
	NonKeyAttributes []string `json:",omitempty"`
}

type createTableRequest struct {
	TableName              string
	AttributeDefinitions   []attributeDefinition
	KeySchema              []keyElement
	GlobalSecondaryIndexes []indexDefinition
	BillingMode            string
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

// newTable checks a definition and gives the empty table.
func newTable(def definition) (*table, error) {
	if err := validName(def.TableName); err != nil {
		return nil, err
	}
	kinds := map[string]kind{}
	for _, a := range def.AttributeDefinitions {
		if a.AttributeType != kindS && a.AttributeType != kindN && a.AttributeType != kindB {
			return nil, invalid("Member must satisfy enum value set: [B, N, S]: attribute %s has type %q", a.AttributeName, a.AttributeType)
		}
		kinds[a.AttributeName] = a.AttributeType
	}
	used := map[string]bool{}
	t := &table{def: def}
	var err error
	if t.key, err = newSchema(def.KeySchema, kinds, used); err != nil {
		return nil, err
	}
	for _, d := range def.GlobalSecondaryIndexes {
		if t.index(d.IndexName) != nil {
			return nil, invalidParameter("Duplicate index name: %s", d.IndexName)
		}
		x, err := t.newIndex(d, kinds, used)
		if err != nil {
			return nil, err
		}
		t.indexes = append(t.indexes, x)
	}
	if len(used) != len(def.AttributeDefinitions) {
		return nil, invalidParameter("Some AttributeDefinitions are not used. AttributeDefinitions: %d, keys used: %d",
			len(def.AttributeDefinitions), len(used))
	}
	t.setExpiry(def.TimeToLive)
	return t, nil
}

func newSchema(elements []keyElement, kinds map[string]kind, used map[string]bool) (schema, error) {
	if len(elements) == 0 || len(elements) > 2 || elements[0].KeyType != "HASH" || len(elements) == 2 && elements[1].KeyType != "RANGE" {
		return schema{}, invalid("Invalid KeySchema: one HASH key element and at most one RANGE key element, in this order")
	}
	var attributes [2]keyAttribute
	for i, e := range elements {
		k, ok := kinds[e.AttributeName]
		if !ok {
			return schema{}, invalidParameter("Some index key attributes are not defined in AttributeDefinitions. "+
				"Key: %s", e.AttributeName)
		}
		attributes[i] = keyAttribute{name: e.AttributeName, kind: k}
		used[e.AttributeName] = true
	}
	if attributes[0] == attributes[1] {
		return schema{}, invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
	}
	return schema{hash: attributes[0], sort: attributes[1]}, nil
}

func (t *table) newIndex(d indexDefinition, kinds map[string]kind, used map[string]bool) (*index, error) {
	if err := validName(d.IndexName); err != nil {
		return nil, err
	}
	key, err := newSchema(d.KeySchema, kinds, used)
	if err != nil {
		return nil, err
	}
	x := &index{name: d.IndexName, key: key}
	switch p := d.Projection; {
	case p.ProjectionType == "ALL" && len(p.NonKeyAttributes) == 0:
		return x, nil
	case p.ProjectionType == "KEYS_ONLY" && len(p.NonKeyAttributes) == 0, p.ProjectionType == "INCLUDE" && len(p.NonKeyAttributes) > 0:
	default:
		return nil, invalidParameter("ProjectionType %q with %d NonKeyAttributes is not valid for index %s",
			p.ProjectionType, len(p.NonKeyAttributes), d.IndexName)
	}
	x.project = map[string]bool{}
	for _, a := range append(t.key.attributes(), key.attributes()...) {
		x.project[a.name] = true
	}
	for _, name := range d.Projection.NonKeyAttributes {
		x.project[name] = true
	}
	return x, nil
}

func (e *Engine) createTable(r *createTableRequest) (*object, error) {
	if r.BillingMode != "PAY_PER_REQUEST" {
		return nil, invalid("the local cloud has on-demand tables only: BillingMode must be PAY_PER_REQUEST, not %q", r.BillingMode)
	}
	t, err := newTable(definition{
		TableName: r.TableName, AttributeDefinitions: r.AttributeDefinitions, KeySchema: r.KeySchema,
		GlobalSecondaryIndexes: r.GlobalSecondaryIndexes, CreatedAt: e.clock.Now().Unix(),
	})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.tables[r.TableName] != nil {
		return nil, wire.Errorf("ResourceInUseException", "Table already exists: %s", r.TableName)
	}
	if err := e.saveDefinition(t.def); err != nil {
		return nil, err
	}
	e.tables[r.TableName] = t
	return t.describe("TableDescription")
}

func (e *Engine) saveDefinition(def definition) error {
	stored, err := json.Marshal(def)
	if err != nil {
		return fmt.Errorf("encode table definition: %w", err)
	}
	if err := e.store.Write(store.Op{Bucket: tablesBucket, Key: def.TableName, Value: stored}); err != nil {
		return fmt.Errorf("store definition of %s: %w", def.TableName, err)
	}
	return nil
}

type tableRequest struct{ TableName string }

func (e *Engine) describeTable(r *tableRequest) (*object, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	t := e.tables[r.TableName]
	if t == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "Requested resource not found: Table: %s not found", r.TableName)
	}
	return t.describe("Table")
}

func (t *table) describe(member string) (*object, error) {
	arn := tableARN + t.def.TableName
	description := map[string]any{
		"TableName": t.def.TableName, "TableArn": arn, "TableStatus": "ACTIVE", "CreationDateTime": t.def.CreatedAt,
		"AttributeDefinitions": t.def.AttributeDefinitions, "KeySchema": t.def.KeySchema,
		"ItemCount": t.items.Len(), "TableSizeBytes": t.bytes,
		"BillingModeSummary": map[string]string{"BillingMode": "PAY_PER_REQUEST"},
	}
	var indexes []map[string]any
	for i, d := range t.def.GlobalSecondaryIndexes {
		indexes = append(indexes, map[string]any{
			"IndexName": d.IndexName, "IndexArn": arn + "/index/" + d.IndexName, "IndexStatus": "ACTIVE", "KeySchema": d.KeySchema,
			"Projection": d.Projection, "ItemCount": t.indexes[i].entries.Len(),
		})
	}
	if indexes != nil {
		description["GlobalSecondaryIndexes"] = indexes
	}
	encoded, err := json.Marshal(description)
	if err != nil {
		return nil, fmt.Errorf("encode table description: %w", err)
	}
	o := newObject()
	o.raw(member, encoded)
	return o, nil
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
	e.mu.Lock()
	defer e.mu.Unlock()
	t, err := e.table(r.TableName)
	if err != nil {
		return nil, err
	}
	switch {
	case !spec.Enabled && t.expiry == nil:
		return nil, invalid("TimeToLive is already disabled")
	case t.expiry != nil && t.def.TimeToLive != spec.AttributeName:
		return nil, invalid("TimeToLive is active on a different AttributeName: current AttributeName is %s", t.def.TimeToLive)
	case spec.Enabled && t.expiry != nil:
		return nil, invalid("TimeToLive is already enabled")
	}
	def := t.def
	if def.TimeToLive = spec.AttributeName; !spec.Enabled {
		def.TimeToLive = ""
	}
	if err := e.saveDefinition(def); err != nil {
		return nil, err
	}
	t.setExpiry(def.TimeToLive)
	encoded, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("encode time to live: %w", err)
	}
	o := newObject()
	o.raw("TimeToLiveSpecification", encoded)
	return o, nil
}

func (e *Engine) describeTimeToLive(r *tableRequest) (*object, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	t, err := e.table(r.TableName)
	if err != nil {
		return nil, err
	}
	description := newObject()
	if t.expiry == nil {
		description.raw("TimeToLiveStatus", []byte(`"DISABLED"`))
	} else {
		description.raw("TimeToLiveStatus", []byte(`"ENABLED"`))
		description.raw("AttributeName", appendText(nil, t.def.TimeToLive))
	}
	o := newObject()
	o.raw("TimeToLiveDescription", description.done())
	return o, nil
}
