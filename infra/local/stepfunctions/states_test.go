package stepfunctions_test

import (
	"testing"
	"time"
)

func TestTask(t *testing.T) {
	w := newWorld(t)
	w.functions.set("f", func(payload []byte) (any, error) {
		wantJSON(t, string(payload), `{"n":1}`)
		return map[string]any{"doubled": 2}, nil
	})
	w.define("m", machine(`"A":{`+invoke+`,"OutputPath":"$.Payload","Next":"W"},
		"W":{"Type":"Wait","Seconds":3600,"Next":"C"},
		"C":{"Type":"Choice","Choices":[{"Variable":"$.doubled","NumericEquals":2,"Next":"S"}],"Default":"F"},
		"S":{"Type":"Succeed"},"F":{"Type":"Fail","Error":"No","Cause":"not two"}`))
	w.start(`{"n":1}`)
	w.wantRunning()
	w.advance(time.Hour - time.Second)
	w.wantRunning()
	w.advance(time.Second)
	w.wantOutput(`{"doubled":2}`)
	w.wantHistory("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
		"WaitStateEntered", "WaitStateExited", "ChoiceStateEntered", "ChoiceStateExited", "SucceedStateEntered", "SucceedStateExited",
		"ExecutionSucceeded")
}
