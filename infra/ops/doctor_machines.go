package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/statemachines"
)

func (d *doctor) checkMachines(ctx context.Context) {
	client := sfn.NewFromConfig(d.parts.AWS)
	for _, m := range contract.Machines() {
		what, arn := "machine "+m.Name, d.arn("states", "stateMachine:"+d.name(m.Name))
		out, err := client.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
		if err != nil {
			d.failed(what, err, deployRelease)
			continue
		}
		d.checkDefinition(what, m.Name, out)
		d.checkExecutions(ctx, client, m.Name, arn)
	}
}

// checkDefinition compares what is deployed with this release's definition.
func (d *doctor) checkDefinition(what, machine string, deployed *sfn.DescribeStateMachineOutput) {
	if deployed.Status != types.StateMachineStatusActive {
		d.found(what, wrong, string(deployed.Status), "it is being removed: wait, then "+deployRelease)
		return
	}
	release, err := statemachines.Definition(machine, d.name)
	if err != nil {
		d.found(what, wrong, err.Error(), "this checkout is broken")
		return
	}
	// A function stands in a definition by its ARN, and on the local cloud by its name.
	text := strings.ReplaceAll(aws.ToString(deployed.Definition), d.arn("lambda", "function:"), "")
	if bytes.Equal(compact([]byte(text)), compact(release)) {
		d.found(what, fine, "ACTIVE, this release's definition", "")
		return
	}
	says := "another definition than this release's"
	if gone := d.gone(aws.ToString(deployed.Definition)); len(gone) > 0 {
		says += "; it names " + strings.Join(gone, ", ") + ", which this release does not have"
	}
	d.found(what, wrong, says, deployRelease)
}

// compact takes the layout out of a JSON text; a text that is not JSON stays as it is.
func compact(text []byte) []byte {
	var out bytes.Buffer
	if json.Compact(&out, text) != nil {
		return text
	}
	return out.Bytes()
}

// gone lists the functions that a definition names and this release does not have, sorted.
func (d *doctor) gone(definition string) []string {
	var document any
	if json.Unmarshal([]byte(definition), &document) != nil {
		return []string{"nothing that can be read"}
	}
	var found []string
	var walk func(any)
	walk = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			for member, inner := range v {
				if text, ok := inner.(string); ok && (member == "FunctionName" || member == "Resource" && strings.Contains(text, ":function:")) {
					found = append(found, d.function(text))
				}
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(document)
	found = slices.DeleteFunc(found, func(name string) bool {
		return slices.ContainsFunc(contract.Functions(), func(f contract.Function) bool { return f.Name == name })
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// function is the name in contract of a function that a definition names by ARN or by name.
func (d *doctor) function(named string) string {
	if _, name, ok := strings.Cut(named, ":function:"); ok {
		named, _, _ = strings.Cut(name, ":") // a version or an alias may follow
	}
	return strings.TrimPrefix(named, d.name(""))
}

// checkExecutions looks whether a running execution names a function that this release does not have. An execution keeps the definition
// that its machine had at its start.
func (d *doctor) checkExecutions(ctx context.Context, client *sfn.Client, machine, arn string) {
	what := "executions of " + machine
	var running []types.ExecutionListItem
	pages := sfn.NewListExecutionsPaginator(client, &sfn.ListExecutionsInput{
		StateMachineArn: &arn, StatusFilter: types.ExecutionStatusRunning, MaxResults: 1000,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			d.failed(what, err, deployRelease)
			return
		}
		running = append(running, page.Executions...)
	}
	if len(running) == 0 {
		d.found(what, fine, "none is running", "")
		return
	}
	slices.SortFunc(running, func(a, b types.ExecutionListItem) int {
		return cmp.Or(a.StartDate.Compare(*b.StartDate), cmp.Compare(*a.ExecutionArn, *b.ExecutionArn))
	})
	h := history{client: client, running: running, read: map[int]version{}}
	if err := h.between(ctx, 0, len(running)-1); err != nil {
		d.failed(what, err, deployRelease)
		return
	}
	var gone []string
	oldest := 0
	for at, v := range h.read {
		if missing := d.gone(v.definition); len(missing) > 0 {
			gone, oldest = append(gone, missing...), max(oldest, at)
		}
	}
	slices.Sort(gone)
	if gone = slices.Compact(gone); len(gone) == 0 {
		d.found(what, fine, fmt.Sprintf("%d running, each with functions that this release has", len(running)), "")
		return
	}
	d.found(what, wrong, fmt.Sprintf("%d running; some that began until %s name %s, which this release does not have", len(running),
		running[oldest].StartDate.UTC().Format("2006-01-02"), strings.Join(gone, ", ")),
		"about to go: keep the function in contract and functions/ until these executions have ended, and do not deploy without it")
}

// version is what an execution runs: the definition that its machine had when it started.
type version struct{ changed, definition string }

// history finds the definitions of running executions, which are sorted by start: where the two ends of a stretch have the same, so has
// all between them.
type history struct {
	client  *sfn.Client
	running []types.ExecutionListItem
	read    map[int]version
}

func (h *history) at(ctx context.Context, i int) (version, error) {
	if v, ok := h.read[i]; ok {
		return v, nil
	}
	out, err := h.client.DescribeStateMachineForExecution(ctx, &sfn.DescribeStateMachineForExecutionInput{
		ExecutionArn: h.running[i].ExecutionArn,
	})
	if err != nil {
		return version{}, fmt.Errorf("read the definition of an execution: %w", err)
	}
	v := version{definition: aws.ToString(out.Definition)}
	if out.UpdateDate != nil {
		v.changed = out.UpdateDate.UTC().String()
	}
	h.read[i] = v
	return v, nil
}

func (h *history) between(ctx context.Context, first, last int) error {
	a, err := h.at(ctx, first)
	if err != nil {
		return err
	}
	b, err := h.at(ctx, last)
	if err != nil || a == b || last-first < 2 {
		return err
	}
	middle := first + (last-first)/2
	if err := h.between(ctx, first, middle); err != nil {
		return err
	}
	return h.between(ctx, middle, last)
}
