package dynamo

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

// item is one item of the table.
type item = map[string]types.AttributeValue

// instantForm writes instants with all nine decimals, so that they sort as text; it is RFC 3339.
const instantForm = "2006-01-02T15:04:05.000000000Z07:00"

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// binary takes nil for no bytes: the SDK would write nil as no value at all.
func binary(b []byte) types.AttributeValue {
	if b == nil {
		b = []byte{}
	}
	return &types.AttributeValueMemberB{Value: b}
}

func instant(t time.Time) types.AttributeValue { return text(t.UTC().Format(instantForm)) }

// expiry is the value of the ttl attribute: clean-up only, as TTL removes late.
func expiry(t time.Time) types.AttributeValue { return number(t.Unix()) }

// setBinary sets a binary attribute unless it is empty, which the table would keep as a value of its own.
func setBinary(it item, name string, b []byte) {
	if len(b) > 0 {
		it[name] = binary(b)
	}
}

// document is the JSON of an item's body.
func document(body any) (types.AttributeValue, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode item body: %w", err)
	}
	return text(string(b)), nil
}

// reader reads the attributes of an item. Its first failure stays in err and makes later reads return zero values, so that a caller
// checks once at the end. Errors name the attribute and never its value.
type reader struct {
	item item
	err  error
}

func read(it item) *reader { return &reader{item: it} }

func (r *reader) fail(name, want string) {
	if r.err == nil {
		r.err = fmt.Errorf("item attribute %q is not %s", name, want)
	}
}

// text reads a string that must be there.
func (r *reader) text(name string) string {
	v, ok := r.item[name].(*types.AttributeValueMemberS)
	if !ok {
		r.fail(name, "a string")
		return ""
	}
	return v.Value
}

// optionalText reads a string, "" when absent.
func (r *reader) optionalText(name string) string {
	if r.item[name] == nil {
		return ""
	}
	return r.text(name)
}

// number reads an integer that must be there.
func (r *reader) number(name string) int64 {
	v, ok := r.item[name].(*types.AttributeValueMemberN)
	if !ok {
		r.fail(name, "a number")
		return 0
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		r.fail(name, "an integer")
	}
	return n
}

// numberOr reads an integer that may be absent.
func (r *reader) numberOr(name string, absent int64) int64 {
	if r.item[name] == nil {
		return absent
	}
	return r.number(name)
}

// binary reads bytes, nil when absent.
func (r *reader) binary(name string) []byte {
	if r.item[name] == nil {
		return nil
	}
	v, ok := r.item[name].(*types.AttributeValueMemberB)
	if !ok {
		r.fail(name, "binary")
		return nil
	}
	return v.Value
}

// instant reads an instant in UTC, the zero time when absent.
func (r *reader) instant(name string) time.Time {
	if r.item[name] == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, r.text(name))
	if err != nil {
		r.fail(name, "an instant")
		return time.Time{}
	}
	return t.UTC()
}

// amounts reads a map of integers.
func (r *reader) amounts(name string) map[string]int64 {
	m, ok := r.item[name].(*types.AttributeValueMemberM)
	if !ok {
		r.fail(name, "a map")
		return nil
	}
	inner := read(m.Value)
	out := make(map[string]int64, len(m.Value))
	for k := range m.Value {
		out[k] = inner.number(k)
	}
	if inner.err != nil {
		r.fail(name, "a map of integers")
	}
	return out
}

// document decodes the JSON body into a struct.
func (r *reader) document(into any) {
	body := r.text(attrDoc)
	if r.err != nil {
		return
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		r.err = fmt.Errorf("decode item body: %w", err)
	}
}

// key reads the item's own key.
func (r *reader) key() key {
	return key{r.text(contract.KeyPartition), r.text(contract.KeySort)}
}

// readID reads an id; an absent or empty one stays zero.
func readID[N any](r *reader, name string, into *collection.ID[N]) {
	written := r.optionalText(name)
	if written == "" {
		return
	}
	id, err := collection.ParseID[N](written)
	if err != nil {
		r.fail(name, "an id")
		return
	}
	*into = id
}

// idInSort is the text of the id that follows a prefix in the item's sort key.
func (r *reader) idInSort(prefix string) string {
	return strings.TrimPrefix(r.text(contract.KeySort), prefix)
}
