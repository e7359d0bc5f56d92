package statemachines_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/statemachines"
)

type machine struct {
	StartAt string           `json:"StartAt"`
	States  map[string]state `json:"States"`
}

type state struct {
	Type               string      `json:"Type"`
	Resource           string      `json:"Resource"`
	TimeoutSeconds     int         `json:"TimeoutSeconds"`
	TimeoutSecondsPath string      `json:"TimeoutSecondsPath"`
	Retry              []condition `json:"Retry"`
	Catch              []condition `json:"Catch"`
}

type condition struct {
	ErrorEquals []string `json:"ErrorEquals"`
	MaxAttempts *int     `json:"MaxAttempts"`
}

func load(t *testing.T, name string) machine {
	t.Helper()
	text, err := statemachines.Definition(name, func(f string) string { return "arn:aws:lambda:sa-east-1:000000000000:function:" + f })
	if err != nil {
		t.Fatal(err)
	}
	var m machine
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// The files and the table of machines are the same set, and so are a machine's placeholders and its functions in the table.
func TestMachinesAreThoseOfTheContract(t *testing.T) {
	files, err := filepath.Glob("*.asl.json")
	if err != nil {
		t.Fatal(err)
	}
	var names, want []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file, ".asl.json"))
	}
	for _, m := range contract.Machines() {
		want = append(want, m.Name)
		called, err := statemachines.Functions(m.Name)
		functions := slices.Sorted(slices.Values(m.Functions))
		if err != nil || !slices.Equal(called, functions) {
			t.Errorf("%s calls %v, the contract says %v (%v)", m.Name, called, functions, err)
		}
	}
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("files are %v, machines are %v", names, want)
	}
}

func TestTasksHaveTimeoutsAndRetries(t *testing.T) {
	mustRetry := []string{
		"Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException", "Lambda.TooManyRequestsException",
		contract.WorkflowTransient,
	}
	for _, m := range contract.Machines() {
		tasks := 0
		for name, s := range load(t, m.Name).States {
			if s.Type != "Task" {
				continue
			}
			tasks++
			if (s.TimeoutSeconds > 0) == (s.TimeoutSecondsPath != "") {
				t.Errorf("%s: task %s needs one timeout", m.Name, name)
			}
			var retried []string
			for _, r := range s.Retry {
				if r.MaxAttempts == nil || *r.MaxAttempts > 0 {
					retried = append(retried, r.ErrorEquals...)
				}
			}
			for _, want := range mustRetry {
				if !slices.Contains(retried, want) {
					t.Errorf("%s: task %s does not retry %s", m.Name, name, want)
				}
			}
		}
		if tasks == 0 {
			t.Errorf("%s has no task", m.Name)
		}
	}
}

// Every error name that is not of the service's own is one that the task edge gives.
func TestErrorNamesAreThoseOfTheContract(t *testing.T) {
	for _, m := range contract.Machines() {
		for name, s := range load(t, m.Name).States {
			for _, c := range append(s.Retry, s.Catch...) {
				for _, e := range c.ErrorEquals {
					if !strings.Contains(e, ".") && !slices.Contains(contract.WorkflowErrors(), e) {
						t.Errorf("%s: state %s matches %q, which no function answers", m.Name, name, e)
					}
				}
			}
		}
	}
}

// A task whose inputs are kept is a task of the machine, and every task's inputs are kept.
func TestTaskInputsAreKept(t *testing.T) {
	for _, m := range contract.Machines() {
		for name, s := range load(t, m.Name).States {
			if s.Type != "Task" {
				continue
			}
			if _, err := os.Stat(filepath.Join("testdata", m.Name, name+".in.json")); err != nil {
				t.Errorf("%s: no kept input of task %s: %v", m.Name, name, err)
			}
		}
	}
}

func TestDefinitionRefuses(t *testing.T) {
	if _, err := statemachines.Definition("no-such-machine", func(f string) string { return f }); err == nil {
		t.Error("an unknown machine was found")
	}
	if _, err := statemachines.Definition(contract.MachinePayment, func(string) string { return "" }); err == nil {
		t.Error("a function that is not deployed was put in")
	}
	if _, err := statemachines.Definition(contract.MachinePayment, func(string) string { return `"` }); err == nil {
		t.Error("a broken definition came out")
	}
}
