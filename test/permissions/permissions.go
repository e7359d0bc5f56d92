// Package permissions holds the calls of cloud services that the functions make, as the local cloud sees them, to what contract allows.
package permissions

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
)

// Grant is one action on one resource that one function is allowed, or has used. Kind and Name are those of contract.Permission.
type Grant struct {
	Function, Action string
	Kind             contract.ResourceKind
	Name             string
}

// String tells a grant on one line.
func (g Grant) String() string {
	return fmt.Sprintf("%s: %s on %s %q", g.Function, g.Action, g.Kind, g.Name)
}

// Unexercised is a grant that no journey uses, and why a function has it all the same.
type Unexercised struct {
	Grant
	Why string
}

// UnexercisedGrants lists the grants that the journeys never use.
func UnexercisedGrants() []Unexercised {
	return []Unexercised{
		{
			Grant{"deadline-step", "states:StartExecution", contract.OnMachine, contract.MachineDeadlines},
			"A deadline starts its next generation after 300 days, longer than a journey.",
		},
		{
			Grant{"payment-issue", "dynamodb:ConditionCheckItem", contract.OnTable, contract.Table},
			"Only an order of account debit that its request could not wait for asks whether the payer withdrew the mandate.",
		},
		{
			Grant{"payment-issue", "dynamodb:DeleteItem", contract.OnTable, contract.Table},
			"Only a request that another of its provider's accounts refused cancels an order of account debit that an earlier try left behind.",
		},
		{
			Grant{"payment-issue", "sqs:SendMessage", contract.OnQueue, contract.QueueWakes},
			"Only an invocation that its machine gave up, and that posts the money after the next one stored the token, has somebody to wake.",
		},
	}
}

// Record keeps the grants that functions have used. The zero value is ready; it is safe for concurrent use.
type Record struct {
	mu    sync.Mutex
	used  map[Grant]bool
	wrong map[string]bool // calls whose grants cannot be told
}

// Saw takes in one call, whatever its outcome: a call that failed needed its grant too. Calls that no function makes are left out. It has
// the form of cloud.Options.Observe.
func (r *Record) Saw(_ context.Context, call wire.Call, _ error) {
	if !slices.ContainsFunc(contract.Functions(), func(f contract.Function) bool { return f.Name == call.Caller }) {
		return
	}
	grants, err := needed(call)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used == nil {
		r.used, r.wrong = map[Grant]bool{}, map[string]bool{}
	}
	if err != nil {
		r.wrong[fmt.Sprintf("%s: %s:%s: %v", call.Caller, call.Service, call.Operation, err)] = true
	}
	for _, g := range grants {
		r.used[g] = true
	}
}

// Beyond lists what functions did that allowed does not let them, and calls that nobody has said the grants of. It is sorted.
func (r *Record) Beyond(allowed []contract.Permission) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	may := single(allowed)
	var out []string
	for g := range r.used {
		if !may[g] {
			out = append(out, g.String())
		}
	}
	for call := range r.wrong {
		out = append(out, call)
	}
	slices.Sort(out)
	return out
}

// Unused lists what is allowed though no function did it and unexercised does not name it, and what unexercised names though it was done,
// or though it is not even allowed. It is sorted.
func (r *Record) Unused(allowed []contract.Permission, unexercised []Unexercised) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	may := single(allowed)
	excused := map[Grant]bool{}
	var out []string
	for _, u := range unexercised {
		excused[u.Grant] = true
		switch {
		case r.used[u.Grant]:
			out = append(out, u.Grant.String()+": it is used, and listed as never used")
		case !may[u.Grant]:
			out = append(out, u.Grant.String()+": it is listed as never used, and not allowed")
		}
	}
	for g := range may {
		if !r.used[g] && !excused[g] {
			out = append(out, g.String())
		}
	}
	slices.Sort(out)
	return out
}

// single gives each action of permissions as a grant of its own.
func single(permissions []contract.Permission) map[Grant]bool {
	out := map[Grant]bool{}
	for _, p := range permissions {
		for _, action := range p.Actions {
			out[Grant{p.Function, action, p.Kind, p.Name}] = true
		}
	}
	return out
}
