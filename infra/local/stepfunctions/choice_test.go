package stepfunctions_test

import (
	"fmt"
	"testing"
)

// Each case is one rule over the input below, and whether it holds.
func TestChoiceOperators(t *testing.T) {
	const input = `{"s":"b","n":2,"big":9007199254740993,"f":2.0,"yes":true,"no":false,"null":null,"at":"2026-03-01T12:00:00Z",
		"o":{"s":"b","n":2,"yes":true,"at":"2026-03-01T09:00:00-03:00"},"l":["x"],"star":"a*b","text":"folha-2026.pdf"}`
	cases := map[string]bool{
		`"$.s","StringEquals":"b"`: true, `"$.s","StringEquals":"B"`: false, `"$.n","StringEquals":"2"`: false,
		`"$.s","StringLessThan":"c"`: true, `"$.s","StringLessThan":"b"`: false,
		`"$.s","StringLessThanEquals":"b"`: true, `"$.s","StringLessThanEquals":"a"`: false,
		`"$.s","StringGreaterThan":"a"`: true, `"$.s","StringGreaterThan":"b"`: false,
		`"$.s","StringGreaterThanEquals":"b"`: true, `"$.s","StringGreaterThanEquals":"c"`: false,
		`"$.s","StringEqualsPath":"$.o.s"`: true, `"$.s","StringLessThanPath":"$.o.s"`: false,
		`"$.s","StringGreaterThanPath":"$.text"`:   false,
		`"$.s","StringLessThanEqualsPath":"$.o.s"`: true, `"$.s","StringGreaterThanEqualsPath":"$.o.s"`: true,
		`"$.s","StringEqualsPath":"$.n"`:         false,
		`"$.text","StringMatches":"folha-*.pdf"`: true, `"$.text","StringMatches":"*"`: true, `"$.text","StringMatches":"*2026*"`: true,
		`"$.text","StringMatches":"folha"`: false, `"$.text","StringMatches":"*.txt"`: false, `"$.text","StringMatches":"f*f*f"`: false,
		`"$.star","StringMatches":"a\\*b"`: true, `"$.s","StringMatches":"\\*"`: false, `"$.n","StringMatches":"*"`: false,
		`"$.n","NumericEquals":2`: true, `"$.n","NumericEquals":2.0`: true, `"$.f","NumericEquals":2`: true,
		`"$.s","NumericEquals":2`:                  false,
		`"$.big","NumericEquals":9007199254740992`: false, `"$.big","NumericGreaterThan":9007199254740992`: true,
		`"$.n","NumericLessThan":3`: true, `"$.n","NumericLessThan":2`: false,
		`"$.n","NumericLessThanEquals":2`: true, `"$.n","NumericLessThanEquals":1.9`: false,
		`"$.n","NumericGreaterThan":1.5`: true, `"$.n","NumericGreaterThan":2`: false,
		`"$.n","NumericGreaterThanEquals":2`: true, `"$.n","NumericGreaterThanEquals":3`: false,
		`"$.n","NumericEqualsPath":"$.o.n"`: true, `"$.n","NumericLessThanPath":"$.o.n"`: false,
		`"$.n","NumericGreaterThanPath":"$.o.n"`:    false,
		`"$.n","NumericLessThanEqualsPath":"$.o.n"`: true, `"$.n","NumericGreaterThanEqualsPath":"$.o.n"`: true,
		`"$.yes","BooleanEquals":true`: true, `"$.no","BooleanEquals":true`: false, `"$.s","BooleanEquals":false`: false,
		`"$.yes","BooleanEqualsPath":"$.o.yes"`: true, `"$.no","BooleanEqualsPath":"$.o.yes"`: false,
		`"$.at","TimestampEquals":"2026-03-01T09:00:00-03:00"`: true, `"$.at","TimestampEquals":"2026-03-01T09:00:00Z"`: false,
		`"$.s","TimestampEquals":"2026-03-01T09:00:00Z"`:        false,
		`"$.at","TimestampLessThan":"2026-03-01T12:00:00.001Z"`: true, `"$.at","TimestampLessThan":"2026-03-01T12:00:00Z"`: false,
		`"$.at","TimestampLessThanEquals":"2026-03-01T12:00:00Z"`: true, `"$.at","TimestampLessThanEquals":"2026-03-01T11:59:59Z"`: false,
		`"$.at","TimestampGreaterThan":"2026-03-01T11:59:59Z"`: true, `"$.at","TimestampGreaterThan":"2026-03-01T12:00:00Z"`: false,
		`"$.at","TimestampGreaterThanEquals":"2026-03-01T12:00:00Z"`: true,
		`"$.at","TimestampGreaterThanEquals":"2026-03-01T12:00:01Z"`: false,
		`"$.at","TimestampEqualsPath":"$.o.at"`:                      true, `"$.at","TimestampLessThanPath":"$.o.at"`: false,
		`"$.at","TimestampLessThanEqualsPath":"$.o.at"`: true, `"$.at","TimestampGreaterThanPath":"$.o.at"`: false,
		`"$.at","TimestampGreaterThanEqualsPath":"$.o.at"`: true, `"$.at","TimestampEqualsPath":"$$.Execution.StartTime"`: true,
		`"$.null","IsNull":true`: true, `"$.s","IsNull":true`: false, `"$.s","IsNull":false`: true,
		`"$.none","IsPresent":true`: false, `"$.none","IsPresent":false`: true, `"$.null","IsPresent":true`: true,
		`"$.l[0]","IsPresent":true`: true,
		`"$.l[1]","IsPresent":true`: false, `"$.s.deep","IsPresent":true`: false,
		`"$.n","IsNumeric":true`: true, `"$.s","IsNumeric":true`: false, `"$.s","IsNumeric":false`: true,
		`"$.s","IsString":true`: true, `"$.n","IsString":true`: false, `"$.o","IsString":true`: false,
		`"$.yes","IsBoolean":true`: true, `"$.s","IsBoolean":true`: false,
		`"$.at","IsTimestamp":true`: true, `"$.s","IsTimestamp":true`: false, `"$.n","IsTimestamp":true`: false,
	}
	for rule, want := range cases {
		t.Run(rule, func(t *testing.T) { wantChoice(t, `{"Variable":`+rule+`}`, input, want) })
	}
	for rule, want := range map[string]bool{
		`{"And":[{"Variable":"$.n","NumericEquals":2},{"Variable":"$.s","StringEquals":"b"}]}`:                         true,
		`{"And":[{"Variable":"$.n","NumericEquals":2},{"Variable":"$.s","StringEquals":"c"}]}`:                         false,
		`{"Or":[{"Variable":"$.n","NumericEquals":3},{"Variable":"$.s","StringEquals":"b"}]}`:                          true,
		`{"Or":[{"Variable":"$.n","NumericEquals":3},{"Variable":"$.s","StringEquals":"c"}]}`:                          false,
		`{"Not":{"Variable":"$.n","NumericEquals":3}}`:                                                                 true,
		`{"Not":{"Or":[{"Variable":"$.n","NumericEquals":2},{"Not":{"Variable":"$.n","NumericEquals":2}}]}}`:           false,
		`{"Comment":"guarded","And":[{"Variable":"$.none","IsPresent":true},{"Variable":"$.none","StringEquals":""}]}`: false,
		`{"Or":[{"Variable":"$.none","IsPresent":false},{"Variable":"$.none","StringEquals":""}]}`:                     true,
	} {
		t.Run(rule, func(t *testing.T) { wantChoice(t, rule, input, want) })
	}
}

func wantChoice(t *testing.T, rule, input string, want bool) {
	t.Helper()
	w := newWorld(t)
	w.define("m", machine(`"A":{"Type":"Choice","Choices":[`+rule[:len(rule)-1]+`,"Next":"Yes"}],"Default":"No"},
		"Yes":{"Type":"Pass","Result":true,"End":true},"No":{"Type":"Pass","Result":false,"End":true}`))
	w.start(input)
	w.wantOutput(fmt.Sprint(want))
}
