package dynamodb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxPage is how many bytes of items one Query or Scan reads.
const maxPage = 1 << 20

// page are the members that Query and Scan share.
type page struct {
	TableName                 string
	IndexName                 string
	FilterExpression          *string
	ProjectionExpression      *string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues map[string]attr
	ExclusiveStartKey         map[string]attr
	Limit                     *int
	Select                    string
	ConsistentRead            bool
	charged
}

type queryRequest struct {
	page
	KeyConditionExpression *string
	ScanIndexForward       *bool
}

// search is a Query or Scan: the request, parsed and bound to its table, and what it finds.
type search struct {
	*page
	table      *table
	index      *index // nil for the table itself
	schema     schema
	keys       keyRange
	backward   bool
	condition  *node // nil for a Scan
	filter     *node
	projection *tree
	start      item
	nested     map[string]bool // the attributes into which a path goes
	conditions map[string]keyCondition

	items                []item
	count, scanned, size int
	last                 *record // set when the page ended before the range did
}

func (e *Engine) query(q *queryRequest) (*object, error) {
	switch {
	case q.KeyConditionExpression != nil:
		return e.search(&q.page, q.KeyConditionExpression, q.ScanIndexForward != nil && !*q.ScanIndexForward)
	case q.FilterExpression == nil && q.ExpressionAttributeValues != nil:
		return nil, bare(nil, q.ExpressionAttributeValues, "FilterExpression and KeyConditionExpression are")
	}
	return nil, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
}

func (e *Engine) scan(q *page) (*object, error) {
	names, values := q.ExpressionAttributeNames, q.ExpressionAttributeValues
	if q.ProjectionExpression != nil {
		names = nil
	}
	if q.FilterExpression == nil && (names != nil || values != nil) {
		return nil, bare(names, values, "FilterExpression is")
	}
	return e.search(q, nil, false)
}

// search runs a Query, or a Scan when there is no key condition.
func (e *Engine) search(q *page, condition *string, backward bool) (*object, error) {
	s := &search{page: q, backward: backward}
	if err := s.parse(condition); err != nil {
		return nil, err
	}
	if err := s.bind(e); err != nil {
		return nil, err
	}
	entries := &s.table.items
	if s.index != nil {
		entries = &s.index.entries
	}
	s.keys.visit(entries, s.backward, s.take)
	o := newObject()
	o.json("Count", s.count)
	o.json("ScannedCount", s.scanned)
	if s.Select != "COUNT" {
		o.items("Items", s.items)
	}
	if s.last != nil {
		o.item("LastEvaluatedKey", s.pageKey(s.last.item))
	}
	q.read(s.table, q.IndexName, s.size, q.ConsistentRead)
	q.single(o)
	return o, nil
}

func (s *search) parse(condition *string) error {
	subs := newSubstitutes(s.ExpressionAttributeNames, s.ExpressionAttributeValues)
	s.condition = parse(subs, "KeyConditionExpression", condition, (*parser).condition)
	s.filter = parse(subs, "FilterExpression", s.FilterExpression, (*parser).condition)
	s.projection = parse(subs, "ProjectionExpression", s.ProjectionExpression, (*parser).projection)
	s.nested = subs.nested
	if err := subs.done(); err != nil {
		return err
	}
	if s.Limit != nil && *s.Limit < 1 {
		return unmet(fmt.Sprintf(" '%d'", *s.Limit), "limit", "have value greater than or equal to 1")
	}
	if s.ExclusiveStartKey != nil {
		var err error
		if s.start, err = decodeItem(s.ExclusiveStartKey); err != nil {
			return err
		}
	}
	return s.checkSelect()
}

func (s *search) checkSelect() error {
	if err := checkEnum(s.Select, "select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"); err != nil {
		return err
	}
	switch {
	case s.projection != nil && s.Select == "COUNT":
		return invalid("Cannot specify the ProjectionExpression when choosing to get only the Count")
	case s.projection != nil && s.Select != "" && s.Select != "SPECIFIC_ATTRIBUTES":
		return invalid("Cannot specify the ProjectionExpression when choosing to get %s", s.Select)
	case s.projection == nil && s.Select == "SPECIFIC_ATTRIBUTES":
		return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case s.Select == "ALL_PROJECTED_ATTRIBUTES" && s.IndexName == "":
		return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	}
	return nil
}

// bind resolves the table, the index and the range of keys, and checks what depends on them.
func (s *search) bind(e *Engine) (err error) {
	if s.table, err = e.table(s.TableName); err != nil {
		return err
	}
	s.schema, s.conditions = s.table.key, map[string]keyCondition{}
	err = s.table.checkScalars(s.nested)
	if s.condition != nil {
		err = cmp.Or(err, collect(s.condition, s.conditions))
	}
	if err != nil {
		return err
	}
	if s.IndexName != "" {
		if err := s.bindIndex(); err != nil {
			return err
		}
	}
	if s.condition != nil {
		s.keys, err = s.schema.keyRange(s.conditions)
		if err := cmp.Or(err, s.checkFilter(s.filter)); err != nil {
			return err
		}
	}
	if s.start != nil {
		return s.resume()
	}
	return nil
}

func (s *search) bindIndex() error {
	if s.index = s.table.index(s.IndexName); s.index == nil {
		return invalid("The table does not have the specified index: %s", s.IndexName)
	}
	s.schema = s.index.key
	switch {
	case s.ConsistentRead:
		return invalid("Consistent reads are not supported on global secondary indexes")
	case s.index.project == nil:
		return nil
	case s.Select == "ALL_ATTRIBUTES":
		return invalidParameter("Select type ALL_ATTRIBUTES is not supported for global secondary index %s "+
			"because its projection type is not ALL", s.IndexName)
	case s.projection == nil:
		return nil
	}
	var missing []string
	for asked := range s.projection.children {
		if !slices.Contains(s.index.project, asked.name) {
			missing = append(missing, asked.name)
		}
	}
	if slices.Sort(missing); missing == nil {
		return nil
	}
	return invalidParameter("Global secondary index %s does not project [%s]", s.IndexName, strings.Join(missing, ", "))
}

// pageKey is the key that a page ends on: the table's, and the index's in an index.
func (s *search) pageKey(it item) item {
	key := item{}
	for _, a := range append(s.table.key.attributes(), s.schema.attributes()...) {
		key[a.name] = it[a.name]
	}
	return key
}

// take adds one entry to the page and reports whether the page goes on.
func (s *search) take(r *record) bool {
	s.scanned++
	s.size += r.size
	if s.filter.holds(r.item) {
		s.count++
		if s.Select != "COUNT" {
			s.items = append(s.items, s.projection.project(r.item))
		}
	}
	if s.Limit != nil && s.scanned == *s.Limit || s.size > maxPage {
		s.last = r
		return false
	}
	return true
}

// resume narrows the range to what follows the start key.
func (s *search) resume() error {
	want := s.pageKey(s.start)
	if len(want) != len(s.start) || s.table.key.check(s.start, true) != nil || s.schema.check(s.start, true) != nil {
		return invalid("The provided starting key is invalid")
	}
	key := s.table.key.encode(s.start)
	if s.index != nil {
		key = s.schema.encode(s.start) + key
	}
	if sort, ok := s.conditions[s.schema.sort.name]; ok {
		if hash := string(appendKey(nil, s.start[s.schema.hash.name])); !sort.within(hash).contains(key) {
			return invalid("The provided starting key does not match the range key predicate")
		}
	}
	if !s.keys.contains(key) {
		return invalid("The provided starting key is outside query boundaries based on provided conditions")
	}
	if s.backward {
		s.keys.to = key
	} else {
		s.keys.from = key + "\x00"
	}
	return nil
}

// checkFilter refuses key attributes in a query's filter.
func (s *search) checkFilter(n *node) error {
	if n == nil {
		return nil
	}
	for _, a := range s.schema.attributes() {
		if n.op == "path" && n.path[0].name == a.name {
			return invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", a.name)
		}
	}
	for _, arg := range n.args {
		if err := s.checkFilter(arg); err != nil {
			return err
		}
	}
	return nil
}
