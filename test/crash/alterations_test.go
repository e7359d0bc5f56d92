package crash

import "slices"

// alterations are the bugs that the rounds must see: each loses or repeats something.
func alterations() []alteration {
	return slices.Concat(ofMessages(), ofNotices(), ofTheStore(), ofExecutions())
}

const (
	// lost is what the suite says of an acknowledged report of money without an effect, broken of an execution that a kill has changed.
	lost, broken = "acknowledged and lost: ", `before the kill \{`
	asleep       = `execution \{.*Status:RUNNING`
)

func ofMessages() []alteration {
	return []alteration{{
		name: "a message is acknowledged before it is stored",
		file: "infra/local/messaging/queue.go",
		was: `		ops = append(ops, op)
`,
		is: `		if c.gone || c.message.Receives > 0 {
			ops = append(ops, op)
		}
`,
		says: lost,
	}, {
		name: "a message is deleted when it is handed over",
		file: "infra/local/messaging/deliver.go",
		was: `		e.mu.Unlock()
		taken := e.hand(ctx, q, batch)
`,
		is: `		for _, m := range batch {
			_ = e.commitLocked(q.handled(m.Sequence, m.receipt())...)
		}
		e.mu.Unlock()
		taken := e.hand(ctx, q, batch)
`,
		says: lost,
	}, {
		name: "the bank forgets the reports that it has still to make",
		file: "infra/local/bank/pay.go",
		was: `	if err := b.change(c, ops...); err != nil {
`,
		is: `	if err := b.change(c); err != nil {
`,
		says: lost,
	}}
}

func ofNotices() []alteration {
	return []alteration{{
		name: "a notice is queued and not stored",
		file: "shared/payment/receive.go",
		was: `	state, err := w.Raws.PutRaw(ctx, collection.RawEvent{RawRef: ref, Sealed: sealed, WrappedKey: account.WrappedKey, ReceivedAt: now})
	if err != nil {
`,
		is: `	state, err := collection.RawNew, error(nil)
	if len(sealed) == 0 {
`,
		says: lost,
	}, {
		name: "a notice is stored and queued after it was acknowledged",
		file: "shared/payment/receive.go",
		was: `	state, err := w.Raws.PutRaw(ctx, collection.RawEvent{RawRef: ref, Sealed: sealed, WrappedKey: account.WrappedKey, ReceivedAt: now})
	if err != nil {
`,
		is: `	go func() {
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
		says: lost,
	}}
}

func ofTheStore() []alteration {
	return []alteration{{
		name: "the store commits in batches, after the answer",
		file: "infra/local/store/store.go",
		was: `func (s *Store) Write(ops ...Op) error {
`,
		is: `func (s *Store) Write(ops ...Op) error {
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
		says: lost + "|" + broken,
	}, {
		name: "a posting asks for no condition",
		file: "shared/dynamo/receipt.go",
		was: `		return s.putAction(it, absent(), func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
`,
		is: `		always := condition{absent().text + " OR attribute_exists(" + attrDoc + ")", nil}
		return s.putAction(it, always, func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
`,
		says: "are in the ledger",
	}}
}

func ofExecutions() []alteration {
	return []alteration{{
		name: "a posting wakes nobody",
		file: "shared/payment/post.go",
		was: `	if intent.Ended() && intent.Waiter != "" {
`,
		is: `	if intent.Ended() && intent.Waiter == "nobody" {
`,
		says: asleep + " State:Await",
	}, {
		name: "a task token is unknown after a restart",
		file: "infra/local/stepfunctions/engine.go",
		was: `		e.keepTime(x)
		e.arm(x)
`,
		is: `		x.start++
		e.keepTime(x)
		e.arm(x)
`,
		says: asleep + " State:Await",
	}, {
		name: "executions start once more after a restart",
		file: "infra/local/stepfunctions/engine.go",
		was: `		e.keepTime(x)
		e.arm(x)
`,
		is: `		if x.running() {
			_ = e.turn(x, func(t *turn) {
				t.emit(nil, event{Type: executionStarted, Data: x.input, More: &details{Definition: x.definition.hash}})
				t.ready = append(t.ready, entry{x.root, x.definition.top.startAt, x.input})
			})
		}
		e.keepTime(x)
		e.arm(x)
`,
		says: broken,
	}, {
		name: "executions sleep on after a restart",
		file: "infra/local/stepfunctions/engine.go",
		was: `		e.keepTime(x)
		e.arm(x)
`,
		is: `		e.keepTime(x)
`,
		says: asleep,
	}}
}
