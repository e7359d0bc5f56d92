package dynamodb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxPage is how many bytes of items one Query or Scan reads.
const maxPage = 1 << 20

// search is a Query or Scan: the request, what it means for its table, and what it finds.
type search struct {
	TableName, IndexName                   string
	FilterExpression, ProjectionExpression *string
	ExclusiveStartKey                      attributes
	Limit                                  *int
	Select                                 string
	ConsistentRead                         bool
	expressions
	charged

	table      *table
	index      *index // nil for the table itself
	schema     schema
	keys       keyRange
	backward   bool
	condition  *node // nil for a Scan
	filter     *node
	projection []path
	conditions keyConditions
	start      item

	items                []item
	count, scanned, size int
	last                 *record // set when the page ended before the range did
}

type queryRequest struct {
	search
	KeyConditionExpression *string
	ScanIndexForward       *bool
}

func (e *Engine) query(q *queryRequest, o *object) error {
	switch {
	case q.KeyConditionExpression != nil:
		q.backward = q.ScanIndexForward != nil && !*q.ScanIndexForward
		return e.search(&q.search, q.KeyConditionExpression, o)
	case q.FilterExpression == nil && q.ExpressionAttributeValues != nil:
		q.ExpressionAttributeNames = nil
		return q.bare("FilterExpression and KeyConditionExpression are")
	}
	return invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
}

func (e *Engine) scan(q *search, o *object) error {
	if q.FilterExpression == nil && (q.ProjectionExpression == nil || q.ExpressionAttributeValues != nil) {
		names := q.ExpressionAttributeNames
		if q.ProjectionExpression != nil {
			q.ExpressionAttributeNames = nil
		}
		if err := q.bare("FilterExpression is"); err != nil {
			return err
		}
		q.ExpressionAttributeNames = names
	}
	return e.search(q, nil, o)
}

// search runs a Query, or a Scan when there is no key condition.
func (e *Engine) search(s *search, condition *string, o *object) error {
	if err := s.parse(condition); err != nil {
		return err
	}
	if err := s.bind(e); err != nil {
		return err
	}
	entries := &s.table.items
	if s.index != nil {
		entries = &s.index.entries
	}
	s.keys.visit(entries, s.backward, s.take)
	o.json("Count", s.count)
	o.json("ScannedCount", s.scanned)
	if s.Select != "COUNT" {
		o.items("Items", s.items)
	}
	if s.last != nil {
		o.item("LastEvaluatedKey", s.pageKey(s.last.item))
	}
	s.read(s.table, s.IndexName, s.size, s.ConsistentRead)
	return nil
}

func (s *search) parse(condition *string) error {
	x := &s.expressions
	s.condition = parse(x, "KeyConditionExpression", condition, (*parser).condition)
	s.filter = parse(x, "FilterExpression", s.FilterExpression, (*parser).condition)
	s.projection = parse(x, "ProjectionExpression", s.ProjectionExpression, (*parser).projection)
	if err := s.done("FilterExpression is"); err != nil {
		return err
	}
	if s.Limit != nil && *s.Limit < 1 {
		return unmet(fmt.Sprintf(" '%d'", *s.Limit), "limit", "have value greater than or equal to 1")
	}
	var err error
	if s.start, err = s.ExclusiveStartKey.decode(0); err != nil {
		return err
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
	s.schema, s.conditions = s.table.key, keyConditions{}
	err = s.table.checkScalars(s.nested)
	if s.condition != nil {
		err = cmp.Or(err, s.conditions.collect(s.condition))
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
	if s.ExclusiveStartKey != nil {
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
	for _, asked := range s.projection {
		if !slices.Contains(s.index.project, asked[0].name) {
			missing = append(missing, asked[0].name)
		}
	}
	if slices.Sort(missing); missing == nil {
		return nil
	}
	return invalidParameter("Global secondary index %s does not project [%s]", s.IndexName, strings.Join(missing, ", "))
}

// pageKey is the key that a page ends on: the table's, and the index's in an index.
func (s *search) pageKey(it item) item {
	return slices.DeleteFunc(slices.Clone(it), func(f field) bool {
		is := func(a keyAttribute) bool { return a.AttributeName == f.name }
		return !slices.ContainsFunc(s.table.key, is) && !slices.ContainsFunc(s.schema, is)
	})
}

// take adds one entry to the page and reports whether the page goes on.
func (s *search) take(r *record) bool {
	s.scanned++
	s.size += r.size
	if s.filter.holds(r.item) {
		s.count++
		if s.Select != "COUNT" {
			s.items = append(s.items, project(s.projection, r.item))
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
	start := s.start
	if len(s.pageKey(start)) != len(start) || s.table.key.check(start, true) != nil || s.schema.check(start, true) != nil {
		return invalid("The provided starting key is invalid")
	}
	key, _ := s.table.key.encode(start)
	if s.index != nil {
		place, _ := s.schema.encode(start)
		key = place + key
	}
	if len(s.conditions) == 2 {
		hash, _ := s.schema[:1].encode(start)
		if !s.conditions[s.schema[1].AttributeName].within(hash).contains(key) {
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
	for _, a := range s.schema {
		if n.op == "path" && n.path[0].name == a.AttributeName {
			return invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", a.AttributeName)
		}
	}
	for _, arg := range n.args {
		if err := s.checkFilter(arg); err != nil {
			return err
		}
	}
	return nil
}
