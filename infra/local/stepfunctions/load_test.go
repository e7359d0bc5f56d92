package stepfunctions_test

import (
	"strings"
	"testing"
)

const pass = `"A":{"Type":"Pass","End":true}`

// refused is a definition, and what its refusal must name.
type refused struct{ definition, names string }

func wantRefused(t *testing.T, cases map[string]refused) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			err := w.engine.Define("m", []byte(c.definition))
			if err == nil || !strings.Contains(err.Error(), c.names) || !strings.HasPrefix(err.Error(), "state machine m: ") {
				t.Fatalf("error %v, want one that names %q", err, c.names)
			}
		})
	}
}

// pair is a machine of one last state.
func pair(fields string) string { return machine(`"A":{` + fields + `,"End":true}`) }

func TestRefusedMachines(t *testing.T) {
	wantRefused(t, map[string]refused{
		"no JSON":              {`{`, "JSON"},
		"no object":            {`[]`, "object"},
		"two documents":        {machine(pass) + `{}`, "JSON"},
		"unknown field":        {`{"StartAt":"A","Extra":1,"States":{` + pass + `}}`, "field Extra"},
		"JSONata machine":      {`{"StartAt":"A","QueryLanguage":"JSONata","States":{` + pass + `}}`, "QueryLanguage"},
		"JSONata state":        {pair(`"Type":"Pass","QueryLanguage":"JSONata"`), `state "A": field QueryLanguage`},
		"variables":            {pair(`"Type":"Pass","Assign":{"x":1}`), `state "A": field Assign`},
		"JSONata output":       {pair(`"Type":"Pass","Output":"{% 1 %}"`), `state "A": field Output`},
		"version":              {`{"StartAt":"A","Version":"2.0","States":{` + pass + `}}`, "Version"},
		"machine timeout":      {`{"StartAt":"A","TimeoutSeconds":0,"States":{` + pass + `}}`, "TimeoutSeconds"},
		"no start":             {`{"States":{` + pass + `}}`, "StartAt"},
		"unknown start":        {`{"StartAt":"Z","States":{` + pass + `}}`, `"Z"`},
		"no states":            {`{"StartAt":"A"}`, "States"},
		"unknown next":         {machine(`"A":{"Type":"Pass","Next":"Z"}`), `state "A": it leads to "Z"`},
		"unreachable":          {machine(pass + `,"B":{"Type":"Succeed"}`), `state "B"`},
		"neither next nor end": {machine(`"A":{"Type":"Pass"}`), `state "A": it needs either Next or End`},
		"next and end":         {machine(`"A":{"Type":"Pass","Next":"A","End":true}`), `state "A": it needs either Next or End`},
		"long name":            {`{"StartAt":"A","States":{"` + strings.Repeat("n", 81) + `":{"Type":"Succeed"}}}`, "80 characters"},
		"same name twice": {machine(`"A":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"A","States":{` + pass + `}}]}`),
			`"A" stands twice`},
		"no type":             {machine(`"A":{"End":true}`), `state "A": field Type`},
		"unknown type":        {machine(`"A":{"Type":"Activity","End":true}`), `"Activity"`},
		"null":                {pair(`"Type":"Pass","Next":null`), `field Next is null`},
		"wrong kind of value": {pair(`"Type":"Wait","Seconds":"5"`), "field Seconds"},
	})
}

func TestRefusedPathsAndIntrinsics(t *testing.T) {
	dynamic := func(text string) string { return pair(`"Type":"Pass","Parameters":{"x.$":"` + text + `"}`) }
	wantRefused(t, map[string]refused{
		"wildcard":             {pair(`"Type":"Pass","InputPath":"$.a[*]"`), `state "A": field InputPath`},
		"slice":                {pair(`"Type":"Pass","OutputPath":"$.a[0:2]"`), "field OutputPath"},
		"filter":               {pair(`"Type":"Pass","Parameters":{"deep":{"x.$":"$.a[?(@.v>1)]"}}`), `field Parameters: field "x.$"`},
		"descent":              {pair(`"Type":"Pass","InputPath":"$..a"`), "descent"},
		"function":             {pair(`"Type":"Pass","InputPath":"$.a.length()"`), "functions"},
		"variable":             {dynamic(`$x`), `field "x.$"`},
		"context result":       {pair(`"Type":"Pass","ResultPath":"$$.Execution"`), "ResultPath"},
		"no path":              {dynamic(`text`), "neither a path nor a supported intrinsic"},
		"path of no text":      {pair(`"Type":"Pass","Parameters":{"x.$":1}`), `"x.$" must be a string`},
		"field twice":          {pair(`"Type":"Pass","Parameters":{"x":1,"x.$":"$"}`), `"x" stands twice`},
		"other intrinsic":      {dynamic(`States.UUID()`), "States.UUID"},
		"nested intrinsic":     {dynamic(`States.Array(States.Hash('a','MD5'))`), "supported intrinsic"},
		"chance":               {dynamic(`States.MathRandom(1,2)`), "supported intrinsic"},
		"argument count":       {dynamic(`States.MathAdd(1)`), "1 arguments"},
		"open call":            {dynamic(`States.Array(1`), "parenthesis"},
		"open text":            {dynamic(`States.Array('a)`), "does not end"},
		"rest":                 {dynamic(`States.Array() 1`), "follows the call"},
		"empty argument":       {dynamic(`States.Array(1,)`), "argument"},
		"double quotes":        {dynamic(`States.Array(\"a\")`), "single quotes"},
		"task token elsewhere": {dynamic(`$$.Task.Token`), "waitForTaskToken"},
	})
}

func TestRefusedTasksAndWaits(t *testing.T) {
	const lambda = `"Resource":"arn:aws:states:::lambda:invoke","Parameters":`
	task := func(more string) string { return pair(`"Type":"Task",` + more) }
	wantRefused(t, map[string]refused{
		"task token in invoke": {task(lambda + `{"FunctionName":"f","Payload":{"x.$":"$$.Task.Token"}}`), "waitForTaskToken"},
		"function as resource": {task(`"Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"`), "field Resource"},
		"other service":        {task(`"Resource":"arn:aws:states:::sqs:sendMessage"`), "field Resource"},
		"sync":                 {task(`"Resource":"arn:aws:states:::states:startExecution.sync"`), "field Resource"},
		"no parameters":        {task(`"Resource":"arn:aws:states:::lambda:invoke"`), "field Parameters"},
		"no function":          {task(lambda + `{"Payload":{}}`), "FunctionName"},
		"qualifier":            {task(lambda + `{"FunctionName":"f","Qualifier":"1"}`), "Qualifier"},
		"heartbeat path":       {pair(invoke + `,"HeartbeatSeconds":5,"HeartbeatSecondsPath":"$.h"`), "HeartbeatSecondsPath"},
		"heartbeat too long":   {pair(invoke + `,"TimeoutSeconds":5,"HeartbeatSeconds":5`), "HeartbeatSeconds"},
		"two timeouts":         {pair(invoke + `,"TimeoutSeconds":5,"TimeoutSecondsPath":"$.t"`), "TimeoutSecondsPath"},
		"credentials":          {pair(invoke + `,"Credentials":{}`), "Credentials"},
		"two waits":            {pair(`"Type":"Wait","Seconds":1,"SecondsPath":"$.s"`), "exactly one"},
		"no wait":              {pair(`"Type":"Wait"`), "exactly one"},
		"too long a wait":      {pair(`"Type":"Wait","Seconds":100000000`), "Seconds"},
		"bad timestamp":        {pair(`"Type":"Wait","Timestamp":"2026-03-01"`), "Timestamp"},
		"lower-case timestamp": {pair(`"Type":"Wait","Timestamp":"2026-03-01t00:00:00z"`), "Timestamp"},
		"retry on a wait":      {pair(`"Type":"Wait","Seconds":1,"Retry":[]`), "Retry"},
	})
}

func TestRefusedRetriesAndCatches(t *testing.T) {
	retry := func(fields string) string { return pair(invoke + `,"Retry":[` + fields + `]`) }
	wantRefused(t, map[string]refused{
		"retry without names": {retry(`{"ErrorEquals":[]}`), "ErrorEquals"},
		"all not last":        {retry(`{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["E"]}`), "Retry[0]"},
		"all not alone":       {retry(`{"ErrorEquals":["E","States.ALL"]}`), "alone"},
		"runtime":             {retry(`{"ErrorEquals":["States.Runtime"]}`), "States.Runtime"},
		"invented name":       {retry(`{"ErrorEquals":["States.Oops"]}`), "States.Oops"},
		"no interval":         {retry(`{"ErrorEquals":["E"],"IntervalSeconds":0}`), "IntervalSeconds"},
		"shrinking":           {retry(`{"ErrorEquals":["E"],"BackoffRate":0.5}`), "BackoffRate"},
		"negative attempts":   {retry(`{"ErrorEquals":["E"],"MaxAttempts":-1}`), "MaxAttempts"},
		"longest under first": {retry(`{"ErrorEquals":["E"],"IntervalSeconds":5,"MaxDelaySeconds":5}`), "MaxDelaySeconds"},
		"jitter":              {retry(`{"ErrorEquals":["E"],"JitterStrategy":"SOME"}`), "JitterStrategy"},
		"retry field":         {retry(`{"ErrorEquals":["E"],"Next":"A"}`), "field Next"},
		"catch without next":  {pair(invoke + `,"Catch":[{"ErrorEquals":["E"]}]`), "Catch[0]"},
		"catch into nowhere":  {pair(invoke + `,"Catch":[{"ErrorEquals":["E"],"Next":""}]`), `""`},
	})
}

func TestRefusedChoices(t *testing.T) {
	choice := func(rule string) string {
		return machine(`"A":{"Type":"Choice","Choices":[` + rule + `]},"B":{"Type":"Succeed"}`)
	}
	wantRefused(t, map[string]refused{
		"no choices":          {choice(``), "Choices"},
		"choice without next": {choice(`{"Variable":"$.a","IsNull":true}`), "Choices[0]: field Next"},
		"choice without what": {choice(`{"IsNull":true,"Next":"B"}`), "Variable"},
		"choice without op":   {choice(`{"Variable":"$.a","Next":"B"}`), "exactly one operator"},
		"choice of two ops":   {choice(`{"Variable":"$.a","IsNull":true,"IsString":true,"Next":"B"}`), "exactly one operator"},
		"unknown operator":    {choice(`{"Variable":"$.a","StringLike":"x","Next":"B"}`), "StringLike"},
		"unknown kind":        {choice(`{"Variable":"$.a","IsArray":true,"Next":"B"}`), "IsArray"},
		"kind of no boolean":  {choice(`{"Variable":"$.a","IsNull":"yes","Next":"B"}`), "IsNull"},
		"matches by path":     {choice(`{"Variable":"$.a","StringMatchesPath":"$.b","Next":"B"}`), "StringMatchesPath"},
		"wrong operand":       {choice(`{"Variable":"$.a","NumericEquals":"1","Next":"B"}`), "NumericEquals"},
		"wrong timestamp":     {choice(`{"Variable":"$.a","TimestampEquals":"today","Next":"B"}`), "TimestampEquals"},
		"wrong operand path":  {choice(`{"Variable":"$.a","NumericEqualsPath":"b","Next":"B"}`), "NumericEqualsPath"},
		"next inside":         {choice(`{"Not":{"Variable":"$.a","IsNull":true,"Next":"B"},"Next":"B"}`), "Not"},
		"empty and":           {choice(`{"And":[],"Next":"B"}`), "And"},
		"and beside variable": {choice(`{"And":[{"Variable":"$.a","IsNull":true}],"Variable":"$.a","Next":"B"}`), "Variable"},
		"unknown default":     {machine(`"A":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Next":"A"}],"Default":"Z"}`), `"Z"`},
	})
}

func TestRefusedBranches(t *testing.T) {
	mapOf := func(fields, config string) string {
		return pair(`"Type":"Map",` + fields + `"ItemProcessor":{` + config + `"StartAt":"B","States":{"B":{"Type":"Succeed"}}}`)
	}
	wantRefused(t, map[string]refused{
		"no branches": {pair(`"Type":"Parallel","Branches":[]`), "Branches"},
		"bad branch": {pair(`"Type":"Parallel","Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass"}}}]`),
			`Branches[0]: state "B"`},
		"branch to the outside": {machine(`"A":{"Type":"Parallel","Next":"C",
			"Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","Next":"C"}}}]},"C":{"Type":"Succeed"}`), `"C"`},
		"distributed map":      {mapOf("", `"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},`), "ExecutionType"},
		"distributed mode":     {mapOf("", `"ProcessorConfig":{"Mode":"DISTRIBUTED"},`), "DISTRIBUTED"},
		"old iterator":         {pair(`"Type":"Map","Iterator":{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}`), "Iterator"},
		"null items path":      {mapOf(`"ItemsPath":null,`, ""), "ItemsPath"},
		"no processor":         {pair(`"Type":"Map"`), "ItemProcessor"},
		"negative concurrency": {mapOf(`"MaxConcurrency":-1,`, ""), "MaxConcurrency"},
		"tolerated failures":   {mapOf(`"ToleratedFailureCount":1,`, ""), "ToleratedFailureCount"},
		"fail paths":           {machine(`"A":{"Type":"Fail","ErrorPath":"$.e"}`), "ErrorPath"},
	})
}

func TestRefusedMachineNames(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"", "a/b", "a b", strings.Repeat("n", 81)} {
		if err := w.engine.Define(name, []byte(machine(pass))); err == nil {
			t.Errorf("name %q was accepted", name)
		}
	}
	if err := w.engine.Define("big", []byte(machine(pass)+strings.Repeat(" ", 1<<20))); err == nil {
		t.Error("a definition of more than 1 MB was accepted")
	}
}
