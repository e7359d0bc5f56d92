package dynamodb_test

import (
	"regexp"
	"slices"
	"strings"
)

// class is a way in which DynamoDB Local is known to differ from what AWS documents, or in a matter that AWS leaves open.
type class struct {
	name    string
	page    string // where AWS says so
	matches func(difference) bool
}

// explain gives the class of a difference, nil when there is none.
func explain(d difference) *class {
	for _, c := range classes {
		if c.matches(d) {
			return c
		}
	}
	return nil
}

var classes = []*class{
	{
		name: "units",
		page: "developer guide, DynamoDB throughput capacity: capacity unit consumption for read and write operations",
		matches: func(d difference) bool {
			return capacityPart.ReplaceAllString(d.ours, "") == capacityPart.ReplaceAllString(d.oracle, "")
		},
	},
	{
		name: "returned parts", page: "API reference, UpdateItem, ReturnValues: only the updated attributes",
		matches: func(d difference) bool {
			returned, _ := d.op.body["ReturnValues"].(string)
			changes, _ := d.op.body["UpdateExpression"].(string)
			return strings.HasPrefix(returned, "UPDATED_") && strings.ContainsAny(changes, "[.") && d.ours[0] == '{' && d.oracle[0] == '{'
		},
	},
	{
		name: "filter of a partial index", page: "developer guide, Using global secondary indexes: attribute projections",
		matches: func(d difference) bool {
			index, _ := d.op.body["IndexName"].(string)
			return (index == "by-keys" || index == "by-some") && d.op.body["FilterExpression"] != nil
		},
	},
	{
		name:    "a transaction's validation error is a reason",
		page:    "API reference, TransactWriteItems, Errors, TransactionCanceledException: ValidationError",
		matches: asReason,
	},
	{
		name: "tokens of refused transactions",
		page: "developer guide, Amazon DynamoDB Transactions: how it works, idempotency: if the original call was successful",
		matches: func(d difference) bool {
			mismatch := "IdempotentParameterMismatchException"
			return d.op.body["ClientRequestToken"] != nil && strings.HasPrefix(d.oracle, mismatch) && !strings.HasPrefix(d.ours, mismatch)
		},
	},
	{
		name: "an item twice in a transaction",
		page: "API reference, TransactWriteItems: cannot both check and update the same item in one request",
		matches: func(d difference) bool {
			return strings.Contains(d.ours, "cannot include multiple operations on one item") && strings.HasPrefix(d.oracle, "Transaction")
		},
	},
	{
		name: "last page", page: "API reference, Query, LastEvaluatedKey: does not necessarily mean that there is more",
		matches: func(d difference) bool {
			return d.op.Name == "Query" && (lastKey.ReplaceAllString(d.ours, "") == d.oracle || atEnd(d))
		},
	},
	{
		name: "type of one key of an index", page: "developer guide, Using global secondary indexes: data types must match",
		matches: func(d difference) bool {
			return strings.Contains(d.ours, "Type mismatch for Index Key") && !strings.HasPrefix(d.oracle, "ValidationException")
		},
	},
	{
		name: "two faults in one request",
		page: "developer guide, Error handling with DynamoDB, ValidationException: the specific part of the request that caused the error",
		matches: func(d difference) bool {
			return isValidation(d.ours) && (isValidation(d.oracle) || withoutReasons(d.oracle) || strings.Contains(d.oracle, `"ValidationError"`))
		},
	},
}

// wordings are the texts in which both say the same in other words: what to look for, and what to read in its place. Where the two differ,
// ours is the service's text as far as it is known.
var wordings = []struct{ text, reads string }{
	{`Cannot do operations on a non-existent table`, `Requested resource not found`},
	{`Cannot create preexisting table|Table already exists: \w+`, `Table already exists`},
	{`"The conditional request failed\."`, `"The conditional request failed"`},
	{
		`Consistent read cannot be true when (scanning|querying) a GSI`,
		`Consistent reads are not supported on global secondary indexes`,
	},
	{
		`Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes`,
		`a key is too long`,
	},
	{
		`One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes`,
		`a key is too long`,
	},
	{
		`One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes`,
		`a key is too long`,
	},
	{`The number of conditions on the keys is invalid|One of the required keys was not given a value`, `no fitting key`},
	{
		`The provided key element does not match the schema|Cannot have null key for GetItem, DeleteItem, or UpdateItem`,
		`no fitting key`,
	},
	{
		`One or more parameter values were invalid: (Missing the key \w+ in the item|Type mismatch for key[^"{]*)`,
		`no fitting key`,
	},
	{
		`Invalid attribute value type|One or more parameter values were invalid: Type mismatch for Index Key[^"{]*`,
		`no fitting index key`,
	},
	{`A value provided cannot be converted into a number`, `The parameter cannot be converted to a numeric value`},
	{`numeric value: [^"]*?( for key .*)?$`, `numeric value$1`},
	{
		`DynamoDB only supports precision up to 38 digits`,
		`Attempting to store more than 38 significant digits in a Number`,
	},
	{`contains duplicates\.`, `contains duplicates`},
	{`(IdempotentParameterMismatchException:) .*`, `$1 `},
	{`paths (overlap|conflict) with each other;.*`, `paths $1 with each other`},
	{
		`The provided starting key is outside query boundaries .*|The provided starting key (does not match the range key predicate|` +
			`is invalid)|Exclusive Start Key must have same size as table's key schema`,
		`no fitting start`,
	},
	{
		`The parameter '(\w)(\w+)' is required but was not present in the request`,
		`Value null at '$1$2' failed to satisfy constraint: Member must not be null`,
	},
	{`(1 validation error detected: )?Value .* at '.*' failed to satisfy constraint: (Member must .*)`, `$2`},
	{
		`Supplied WriteRequest must contain .*|Invalid Request: TransactWriteRequest should .*|TransactItems can only contain one .*`,
		`one action each`,
	},
	{`The supplied Item contains a null AttributeValue|BatchGetItem must have some requests set|BatchWriteItem cannot have a null .*`,
		`Member must not be null`},
	{
		`Member must have length greater than or equal to 1|The list of keys in RequestItems .* may not contain null .*`,
		`Member must not be null`,
	},
	{`(TimeToLive is active on a different AttributeName): current.*`, `$1`},
	{`Limit must be greater than or equal to 1`, `Member must have value greater than or equal to 1`},
}

var (
	compiled = func() []*regexp.Regexp {
		var all []*regexp.Regexp
		for _, w := range wordings {
			all = append(all, regexp.MustCompile(w.text))
		}
		return all
	}()
	capacityPart = regexp.MustCompile(`"ConsumedCapacity":(\[.*?\]|{([^{}]|{([^{}]|{[^{}]*})*})*}),?`)
	lastKey      = regexp.MustCompile(`"LastEvaluatedKey":{.*?}},`)
	braces       = regexp.MustCompile(`[{\[]([\w#:]+(?:, ?[\w#:]+)+)[}\]]`)
)

// reworded writes an error in the service's words, and lists that have no order in the order of their names.
func reworded(answer string) string {
	if strings.HasPrefix(answer, "{") {
		return answer
	}
	for i, w := range wordings {
		answer = compiled[i].ReplaceAllString(answer, w.reads)
	}
	return braces.ReplaceAllStringFunc(answer, func(list string) string {
		names := strings.Split(strings.ReplaceAll(list[1:len(list)-1], " ", ""), ",")
		slices.Sort(names)
		return list[:1] + strings.Join(names, ", ") + list[len(list)-1:]
	})
}

func isValidation(answer string) bool {
	return strings.HasPrefix(answer, "ValidationException: ") || strings.HasPrefix(answer, "ResourceNotFoundException: ")
}

// asReason holds when the oracle refuses a transaction as a whole, or without a list, where ours gives a reason for each item.
func asReason(d difference) bool {
	return strings.HasPrefix(d.ours, "TransactionCanceledException: ") && strings.Contains(d.ours, `"Code":"ValidationError"`) &&
		(strings.HasPrefix(d.oracle, "ValidationException: ") ||
			withoutReasons(d.oracle) ||
			strings.Contains(d.ours, "Key attributes must be scalars"))
}

func withoutReasons(answer string) bool {
	return strings.HasPrefix(answer, "TransactionCanceledException: ") && !strings.Contains(answer, "CancellationReasons")
}

// atEnd holds for a query that goes on from the last key of its range: nothing is left, and the oracle refuses the key.
func atEnd(d difference) bool {
	return strings.Contains(d.ours, `"Count":"0"`) && strings.Contains(d.oracle, "does not match the range key predicate")
}
