package stepfunctions

// fanOut begins the branches of a Parallel or the iterations of a Map.
func (t *turn) fanOut(b *branch) *failure {
	s, more, d := b.state, &details{}, b.read("")
	if s.kind == kindMap {
		b.mapItems(d, more)
	}
	input := d.pack(d.value, s.name)
	if d.failed != nil {
		return d.failed
	}
	t.emit(b, event{Type: s.kind + stateStarted, More: more})
	if s.kind == kindMap {
		t.iterate(b, b.last)
		return nil
	}
	for _, c := range b.children {
		t.ready = append(t.ready, entry{c, c.scope.startAt, input})
	}
	return nil
}

// mapItems finds the items of a Map and the input of each iteration.
func (b *branch) mapItems(d *data, more *details) {
	s, context := b.state, d.context
	items, ok := s.itemsPath.eval(d).([]any)
	if !ok {
		d.fail(errRuntime, "Reference path \"%s\" must point to array.", s.itemsPath.text)
	}
	for i, item := range items {
		if s.itemSelector != nil {
			more.Values = append(more.Values, encode(item))
			d.context = func() map[string]any {
				doc := context()
				doc["Map"] = mapContext(i, items[i])
				return doc
			}
			item = s.itemSelector.eval(d)
		}
		more.Items = append(more.Items, d.pack(item, s.name))
	}
}

// iterate ends a Map or Parallel when all below it are over, and else starts as many further iterations as MaxConcurrency lets. prev is the
// event that lets it.
func (t *turn) iterate(b *branch, prev int) {
	s := b.state
	active, over := 0, 0
	for _, c := range b.children {
		if c != nil && c.over {
			over++
		} else if c != nil {
			active++
		}
	}
	if over == len(b.children) {
		t.joined(b)
		return
	}
	for i, input := range b.items {
		if s.maxConcurrent > 0 && active >= s.maxConcurrent || !t.x.running() {
			return
		}
		if b.children[i] != nil {
			continue
		}
		active++
		if t.emit(b, event{Type: iterationStarted, State: s.name, Prev: prev, More: &details{Index: i}}) {
			t.ready = append(t.ready, entry{b.children[i], b.children[i].scope.startAt, input})
		}
	}
}

// join takes note that a branch came to its end.
func (t *turn) join(b *branch) {
	parent := b.parent
	if parent.state.kind == kindParallel {
		parent.last = b.last
	} else if !t.emit(parent, event{Type: iterationSucceeded, State: parent.state.name, Prev: b.last, More: &details{Index: b.index}}) {
		return
	}
	t.iterate(parent, b.last)
}

// joined ends a Map or Parallel whose branches all succeeded.
func (t *turn) joined(b *branch) {
	results := make([]any, 0, len(b.children))
	for _, c := range b.children {
		results = append(results, decoded(c.output))
	}
	if t.emit(b, event{Type: b.state.kind + stateSucceeded}) {
		t.succeed(b, results)
	}
}

// abort writes down what ends because one branch failed: that branch and those beside it. All of it follows from the branch's last event.
func (t *turn) abort(parent, failed *branch) {
	parent.last = failed.last
	for i, c := range append([]*branch{failed}, parent.children...) {
		if c == nil || c.over || (c == failed && i > 0) {
			continue
		}
		if parent.state.kind == kindMap {
			kind := iterationAborted
			if c == failed {
				kind = iterationFailed
			}
			t.emit(parent, event{Type: kind, State: parent.state.name, More: &details{Index: c.index}})
		}
		c.each(func(b *branch) {
			if b.state != nil && (b.block.kind != blockNone || len(b.children) > 0 || (b == failed && b.state.kind == kindTask)) {
				t.emit(b, event{Type: b.state.kind + stateAborted, Prev: parent.last})
			}
		})
	}
}
