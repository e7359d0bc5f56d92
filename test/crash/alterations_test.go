package crash

import (
	"slices"

	"github.com/regua/regua/test/planted"
)

// alterations are the bugs that the rounds must see: each loses or repeats something.
func alterations() []planted.Bug {
	return slices.Concat(ofMessages(), ofNotices(), ofTheStore(), ofExecutions())
}

const (
	// lost is what the suite says of an acknowledged report of money without an effect, broken of an execution that a kill has changed.
	lost, broken = "acknowledged and lost: ", `before the kill \{`
	asleep       = `execution \{.*Status:RUNNING`
	// forgotten is what a participant is told when what they were answered before the kill is not there after it: the session, the deal.
	forgotten = "refused: 40[149] "
)

func ofMessages() []planted.Bug {
	return []planted.Bug{{
		Name: "a message is acknowledged before it is stored",
		File: "infra/local/messaging/queue.go",
		Changes: []planted.Change{{
			Was: `		ops = append(ops, op)
`,
			Is: `		if c.gone || c.message.Receives > 0 {
			ops = append(ops, op)
		}
`,
		}},
		Says: lost,
	}, {
		Name: "a message is deleted when it is handed over",
		File: "infra/local/messaging/deliver.go",
		Changes: []planted.Change{{
			Was: `		e.mu.Unlock()
		taken := e.handAll(ctx, q, slices.Collect(slices.Chunk(claimed, q.BatchSize)))
`,
			Is: `		for _, m := range claimed {
			_ = e.commitLocked(q.handled(m.Sequence, m.receipt())...)
		}
		e.mu.Unlock()
		taken := e.handAll(ctx, q, slices.Collect(slices.Chunk(claimed, q.BatchSize)))
`,
		}},
		Says: lost,
	}, {
		Name: "the bank forgets the reports that it has still to make",
		File: "infra/local/bank/pay.go",
		Changes: []planted.Change{{
			Was: `	if err := b.change(c, ops...); err != nil {
`,
			Is: `	if err := b.change(c); err != nil {
`,
		}},
		Says: lost,
	}}
}

// putRaw is where a notice is stored.
const putRaw = "\tstate, err := w.Raws.PutRaw(ctx, " +
	"collection.RawEvent{RawRef: ref, Sealed: sealed, WrappedKey: account.WrappedKey, ReceivedAt: now})\n" +
	"\tif err != nil {\n"

func ofNotices() []planted.Bug {
	return []planted.Bug{{
		Name: "a notice is queued and not stored",
		File: "shared/payment/receive.go",
		Changes: []planted.Change{{
			Was: putRaw,
			Is: `	state, err := collection.RawNew, error(nil)
	if len(sealed) == 0 {
`,
		}},
		Says: lost,
	}, {
		Name: "a notice is stored and queued after it was acknowledged",
		File: "shared/payment/receive.go",
		Changes: []planted.Change{{
			Was: putRaw,
			Is: `	go func() {
		ctx := context.WithoutCancel(ctx)
		time.Sleep(5 * time.Millisecond)
		e := collection.RawEvent{RawRef: ref, Sealed: sealed, WrappedKey: account.WrappedKey, ReceivedAt: now}
		if state, err := w.Raws.PutRaw(ctx, e); err == nil && state != collection.RawTakenIn {
			_ = w.Queue.Send(ctx, intakeOf(ref))
		}
	}()
	state := collection.RawTakenIn
	if err != nil {
`,
		}},
		Says: lost,
	}}
}

func ofTheStore() []planted.Bug {
	return []planted.Bug{{
		Name: "the store commits in batches, after the answer",
		File: "infra/local/store/store.go",
		Changes: []planted.Change{{
			Was: `func (s *Store) Write(ops ...Op) error {
`,
			Is: `func (s *Store) Write(ops ...Op) error {
	gate <- struct{}{}
	defer func() { <-gate }()
	if batch = append(batch, ops...); len(batch) == len(ops) {
		time.AfterFunc(30*time.Millisecond, func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			_ = s.commit(batch...)
			batch = nil
		})
	}
	return nil
}

var (
	gate  = make(chan struct{}, 1)
	batch []Op
)

func (s *Store) commit(ops ...Op) error {
`,
		}},
		Says: lost + "|" + broken + "|" + forgotten,
	}, {
		Name: "a posting asks for no condition",
		File: "shared/dynamo/receipt.go",
		Changes: []planted.Change{{
			Was: `		return s.putAction(it, absent(), func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
`,
			Is: `		always := condition{absent().text + " OR attribute_exists(" + attrDoc + ")", nil}
		return s.putAction(it, always, func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
`,
		}},
		Says: "are in the ledger",
	}}
}

func ofExecutions() []planted.Bug {
	return []planted.Bug{{
		Name: "a posting wakes nobody",
		File: "shared/payment/post.go",
		Changes: []planted.Change{{
			Was: `	if intent.Ended() && intent.Waiter != "" {
`,
			Is: `	if intent.Ended() && intent.Waiter == "nobody" {
`,
		}},
		Says: asleep + " State:Await",
	}, {
		Name: "a task token is unknown after a restart",
		File: "infra/local/stepfunctions/engine.go",
		Changes: []planted.Change{{
			Was: `		e.keepTime(x)
		e.arm(x)
`,
			Is: `		x.start++
		e.keepTime(x)
		e.arm(x)
`,
		}},
		Says: asleep + " State:Await",
	}, {
		Name: "executions start once more after a restart",
		File: "infra/local/stepfunctions/engine.go",
		Changes: []planted.Change{{
			Was: `		e.keepTime(x)
		e.arm(x)
`,
			Is: `		if x.running() {
			_ = e.turn(x, func(t *turn) {
				t.emit(nil, event{Type: executionStarted, Data: x.input, More: &details{Definition: x.definition.hash}})
				t.ready = append(t.ready, entry{x.root, x.definition.top.startAt, x.input})
			})
		}
		e.keepTime(x)
		e.arm(x)
`,
		}},
		Says: broken,
	}, {
		Name: "executions sleep on after a restart",
		File: "infra/local/stepfunctions/engine.go",
		Changes: []planted.Change{{
			Was: `		e.keepTime(x)
		e.arm(x)
`,
			Is: `		e.keepTime(x)
`,
		}},
		Says: asleep,
	}}
}
