package stepfunctions

// fanOut begins the branches of a Parallel or the iterations of a Map.
func (t *turn) fanOut(b *branch) {
	s := b.state
	in, f := t.read(b)
	var more *details
	if f == nil && s.kind == kindMap {
		more, f = t.mapItems(b, in)
	} else if f == nil {
		var input string
		input, f = pack(in.value, s.name)
		more = &details{Items: []string{input}}
	}
	if f != nil {
		t.fail(b, f, s.kind+stateFailed)
		return
	}
	t.emit(b, event{Type: s.kind + stateStarted, More: more})
	if s.kind == kindMap {
		t.iterate(b, b.last)
		return
	}
	for _, c := range b.children {
		t.ready = append(t.ready, entry{c, c.scope.startAt, more.Items[0]})
	}
}

// mapItems gives the input of each iteration of a Map.
func (t *turn) mapItems(b *branch, in data) (*details, *failure) {
	s := b.state
	v, f := s.itemsPath.eval(in)
	items, ok := v.([]any)
	if f != nil || !ok {
		return nil, runtimeFailure("Reference path \"%s\" must point to array.", s.itemsPath.text)
	}
	more := &details{Items: make([]string, 0, len(items))}
	for i, item := range items {
		text, f := pack(item, s.name)
		if f != nil {
			return nil, f
		}
		if s.itemSelector != nil {
			more.Values = append(more.Values, text)
			if text, f = t.selectItem(b, in, i, item); f != nil {
				return nil, f
			}
		}
		more.Items = append(more.Items, text)
	}
	return more, nil
}

func (t *turn) selectItem(b *branch, in data, index int, item any) (string, *failure) {
	d := data{value: in.value, context: func() any {
		doc := in.context()
		if object, ok := doc.(map[string]any); ok {
			object["Map"] = map[string]any{"Item": map[string]any{"Index": number(index), "Value": item}}
		}
		return doc
	}}
	v, f := b.state.itemSelector.fill(d)
	if f != nil {
		return "", f
	}
	return pack(v, b.state.name)
}

// iterate starts as many further iterations as MaxConcurrency lets, and ends the Map when all are over. prev is the event that lets it.
func (t *turn) iterate(b *branch, prev int) {
	s := b.state
	active, over := 0, 0
	for _, c := range b.children {
		switch {
		case c == nil:
		case c.over:
			over++
		default:
			active++
		}
	}
	if over == len(b.items) {
		t.joined(b)
		return
	}
	for i := range b.items {
		if s.maxConcurrent > 0 && active >= s.maxConcurrent || !t.x.running() {
			return
		}
		if b.children[i] != nil {
			continue
		}
		active++
		t.emit(b, event{Type: iterationStarted, State: s.name, Prev: prev, More: &details{Index: i}})
		if c := b.children[i]; c != nil {
			t.ready = append(t.ready, entry{c, c.scope.startAt, b.items[i]})
		}
	}
}

// join takes note that a branch came to its end.
func (t *turn) join(b *branch) {
	parent := b.parent
	if parent.state.kind == kindMap {
		t.emit(parent, event{Type: iterationSucceeded, State: parent.state.name, Prev: b.last, More: &details{Index: b.index}})
		if t.x.running() {
			t.iterate(parent, b.last)
		}
		return
	}
	parent.last = b.last
	for _, c := range parent.children {
		if !c.over {
			return
		}
	}
	t.joined(parent)
}

// joined ends a Map or Parallel whose branches all succeeded.
func (t *turn) joined(b *branch) {
	results := make([]any, 0, len(b.children))
	for _, c := range b.children {
		v, err := decode([]byte(c.output))
		if err != nil {
			t.fail(b, runtimeFailure("The output of a branch is not JSON."), b.state.kind+stateFailed)
			return
		}
		results = append(results, v)
	}
	t.emit(b, event{Type: b.state.kind + stateSucceeded})
	if t.x.running() {
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
