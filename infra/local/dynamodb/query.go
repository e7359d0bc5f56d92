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
	index      *index
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
	s.keys.visit(&s.index.entries, s.backward, s.take)
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

func (s *search) parse(condition *string) (err error) {
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
	if s.start, err = s.ExclusiveStartKey.decode(0); err != nil {
		return err
	}
	projects, specific := s.projection != nil, s.Select == "SPECIFIC_ATTRIBUTES"
	const choosing = "Cannot specify the ProjectionExpression when choosing to get "
	return cmp.Or(checkEnum(s.Select, "select", "SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
		refuse(projects && s.Select == "COUNT", choosing+"only the Count"),
		refuse(projects && s.Select != "" && !specific, choosing+"%s", s.Select),
		refuse(!projects && specific, "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"),
		refuse(s.Select == "ALL_PROJECTED_ATTRIBUTES" && s.IndexName == "",
			"ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"))
}

// bind resolves the table, the index and the range of keys, and checks what depends on them.
func (s *search) bind(e *Engine) (err error) {
	if s.table, err = e.table(s.TableName); err != nil {
		return err
	}
	s.index, s.conditions = s.table.named(s.IndexName), keyConditions{}
	err = s.table.checkScalars(s.nested)
	if s.condition != nil {
		err = cmp.Or(err, s.conditions.collect(s.condition))
	}
	if err = cmp.Or(err, refuse(s.index == nil, "The table does not have the specified index: %s", s.IndexName)); err != nil {
		return err
	}
	err = s.checkIndex()
	if s.condition != nil && err == nil {
		s.keys, err = s.index.key.keyRange(s.conditions)
		err = cmp.Or(err, s.checkFilter(s.filter))
	}
	if s.ExclusiveStartKey != nil && err == nil {
		err = s.resume()
	}
	return err
}

// checkIndex refuses what the index cannot answer.
func (s *search) checkIndex() error {
	var missing []string
	for _, asked := range s.projection {
		if name := asked[0].name; s.index.project != nil && !slices.Contains(s.index.project, name) {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return cmp.Or(
		refuse(s.ConsistentRead && s.IndexName != "", "Consistent reads are not supported on global secondary indexes"),
		refuse(s.Select == "ALL_ATTRIBUTES" && s.index.project != nil, parameter+"Select type ALL_ATTRIBUTES is not supported for global "+
			"secondary index %s because its projection type is not ALL", s.IndexName),
		refuse(missing != nil, parameter+"Global secondary index %s does not project [%s]", s.IndexName,
			strings.Join(slices.Compact(missing), ", ")))
}

// pageKey is the key that a page ends on: the table's, and the index's in an index.
func (s *search) pageKey(it item) item {
	return slices.DeleteFunc(slices.Clone(it), func(f field) bool {
		is := func(a keyAttribute) bool { return a.AttributeName == f.name }
		return !slices.ContainsFunc(s.table.key, is) && !slices.ContainsFunc(s.index.key, is)
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
	start := &record{item: s.start}
	if len(s.pageKey(start.item)) != len(start.item) ||
		cmp.Or(s.table.key.check(start.item, true), s.index.key.check(start.item, true)) != nil {
		return invalid("The provided starting key is invalid")
	}
	start.key, _ = s.table.key.encode(start.item)
	key, within := s.index.place(start), s.keys
	if len(s.conditions) == 2 {
		hash, _ := s.index.key[:1].encode(start.item)
		within = s.conditions[s.index.key[1].AttributeName].within(hash)
	}
	err := cmp.Or(
		refuse(len(s.conditions) == 2 && !within.contains(key), "The provided starting key does not match the range key predicate"),
		refuse(!s.keys.contains(key), "The provided starting key is outside query boundaries based on provided conditions"))
	if s.backward {
		s.keys.to = key
	} else {
		s.keys.from = key + "\x00"
	}
	return err
}

// checkFilter refuses key attributes in a query's filter.
func (s *search) checkFilter(n *node) error {
	if n == nil {
		return nil
	}
	for _, a := range s.index.key {
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
