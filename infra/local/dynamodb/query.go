package dynamodb

import (
	"cmp"
	"maps"
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

// search is a Query or Scan, parsed and bound to its table.
type search struct {
	table      *table
	index      *index // nil for the table itself
	schema     schema
	keys       keyRange
	backward   bool
	filter     *node
	projection *tree
	start      item
	nested     map[string]bool         // the attributes into which a path goes
	conditions map[string]keyCondition // nil for a Scan
	limit      int                     // 0 means none
	countOnly  bool
}

func (e *Engine) query(q *queryRequest) (*object, error) {
	switch {
	case q.KeyConditionExpression != nil:
	case q.FilterExpression == nil && q.ExpressionAttributeValues != nil:
		return nil, invalid("ExpressionAttributeValues can only be specified when using expressions: " +
			"FilterExpression and KeyConditionExpression are null")
	default:
		return nil, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	return e.search(&q.page, q.KeyConditionExpression, q.ScanIndexForward != nil && !*q.ScanIndexForward)
}

func (e *Engine) scan(q *page) (*object, error) {
	switch {
	case q.FilterExpression != nil:
	case q.ExpressionAttributeValues != nil:
		return nil, invalid("ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null")
	case q.ProjectionExpression == nil && q.ExpressionAttributeNames != nil:
		return nil, invalid("ExpressionAttributeNames can only be specified when using expressions")
	}
	return e.search(q, nil, false)
}

// search runs a Query, or a Scan when there is no key condition.
func (e *Engine) search(q *page, condition *string, backward bool) (*object, error) {
	s := &search{backward: backward}
	if err := s.parse(q, condition); err != nil {
		return nil, err
	}
	if err := s.bind(e, q); err != nil {
		return nil, err
	}
	f := s.run()
	o := newObject()
	o.json("Count", f.count)
	o.json("ScannedCount", f.scanned)
	if !s.countOnly {
		o.items("Items", f.items)
	}
	if f.last != nil {
		o.item("LastEvaluatedKey", s.pageKey(f.last.item))
	}
	q.read(s.table, q.IndexName, f.size, q.ConsistentRead)
	q.single(o)
	return o, nil
}

func (s *search) parse(q *page, condition *string) error {
	subs, err := newSubstitutes(q.ExpressionAttributeNames, q.ExpressionAttributeValues)
	if err != nil {
		return err
	}
	s.nested = subs.nested
	keys, err := parse("KeyConditionExpression", condition, subs, (*parser).condition)
	if err != nil {
		return err
	}
	if s.filter, err = parse("FilterExpression", q.FilterExpression, subs, (*parser).condition); err != nil {
		return err
	}
	if s.projection, err = parse("ProjectionExpression", q.ProjectionExpression, subs, (*parser).projection); err != nil {
		return err
	}
	if err := subs.checkUsed(); err != nil {
		return err
	}
	if q.Limit != nil {
		if s.limit = *q.Limit; s.limit < 1 {
			return invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: "+
				"Member must have value greater than or equal to 1", s.limit)
		}
	}
	if q.ExclusiveStartKey != nil {
		if s.start, err = decodeItem(q.ExclusiveStartKey); err != nil {
			return err
		}
	}
	if keys != nil {
		s.conditions = map[string]keyCondition{}
		return cmp.Or(s.parseSelect(q), collect(keys, s.conditions))
	}
	return s.parseSelect(q)
}

func (s *search) parseSelect(q *page) error {
	if err := checkEnum(q.Select, "select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"); err != nil {
		return err
	}
	s.countOnly = q.Select == "COUNT"
	switch {
	case s.projection != nil && q.Select == "COUNT":
		return invalid("Cannot specify the ProjectionExpression when choosing to get only the Count")
	case s.projection != nil && q.Select != "" && q.Select != "SPECIFIC_ATTRIBUTES":
		return invalid("Cannot specify the ProjectionExpression when choosing to get %s", q.Select)
	case s.projection == nil && q.Select == "SPECIFIC_ATTRIBUTES":
		return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case q.Select == "ALL_PROJECTED_ATTRIBUTES" && q.IndexName == "":
		return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
	}
	return nil
}

// bind resolves the table, the index and the range of keys, and checks what depends on them.
func (s *search) bind(e *Engine, q *page) (err error) {
	if s.table, err = e.table(q.TableName); err != nil {
		return err
	}
	if err := s.table.checkScalars(s.nested); err != nil {
		return err
	}
	s.schema = s.table.key
	if q.IndexName != "" {
		if err := s.bindIndex(q); err != nil {
			return err
		}
	}
	if s.conditions != nil {
		if s.keys, err = s.schema.keyRange(s.conditions); err != nil {
			return err
		}
		if err := s.checkFilter(s.filter); err != nil {
			return err
		}
	}
	if s.start != nil {
		return s.resume()
	}
	return nil
}

func (s *search) bindIndex(q *page) error {
	if s.index = s.table.index(q.IndexName); s.index == nil {
		return invalid("The table does not have the specified index: %s", q.IndexName)
	}
	s.schema = s.index.key
	switch {
	case q.ConsistentRead:
		return invalid("Consistent reads are not supported on global secondary indexes")
	case s.index.project == nil:
		return nil
	case q.Select == "ALL_ATTRIBUTES":
		return invalidParameter("Select type ALL_ATTRIBUTES is not supported for global secondary index %s "+
			"because its projection type is not ALL", q.IndexName)
	case s.projection == nil:
		return nil
	}
	var missing []string
	for asked := range s.projection.children {
		if !s.index.project[asked.name] {
			missing = append(missing, asked.name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return invalidParameter("Global secondary index %s does not project [%s]", q.IndexName, strings.Join(missing, ", "))
}

// pageKey is the key that a page ends on: the table's, and the index's in an index.
func (s *search) pageKey(it item) item {
	key := s.table.key.of(it)
	if s.index != nil {
		maps.Copy(key, s.schema.of(it))
	}
	return key
}

type found struct {
	items                []item
	count, scanned, size int
	last                 *record // set when the page ended before the range did
}

func (s *search) run() *found {
	entries := &s.table.items
	if s.index != nil {
		entries = &s.index.entries
	}
	f := &found{}
	s.keys.visit(entries, s.backward, func(r *record) bool { return f.take(s, r) })
	return f
}

// take adds one entry to the page and reports whether the page goes on.
func (f *found) take(s *search, r *record) bool {
	f.scanned++
	f.size += r.size
	if s.filter.holds(r.item) {
		f.count++
		if !s.countOnly {
			f.items = append(f.items, s.projection.project(r.item))
		}
	}
	if f.scanned == s.limit || f.size > maxPage {
		f.last = r
		return false
	}
	return true
}

// resume narrows the range to what follows the start key.
func (s *search) resume() error {
	want := s.pageKey(s.start)
	if len(want) != len(s.start) || s.table.key.checkItem(s.start) != nil || s.schema.checkItem(s.start) != nil {
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
