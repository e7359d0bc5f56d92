package payment_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/regua/regua/shared/collection"
)

// memory is a store that keeps the promises of the real one: one transaction per commit, each write under its condition, deep copies in
// and out. fault, when set, is asked before and after each call's effect; an error there stands for a process that died at that point.
type memory struct {
	mu       sync.Mutex
	now      func() time.Time
	fault    func(call string) error
	cases    map[collection.CaseID]*collection.Dossier
	intents  map[collection.IntentID]collection.Intent
	answers  map[string]collection.Answer
	receipts map[string]collection.Receipt
	raws     map[string]collection.RawEvent
	since    map[string]time.Time // of pending raws that were deferred; zero when parked
	returns  map[string]collection.Return
	mandates map[string][]byte
	entries  []collection.Entry
	events   []collection.Recorded
	calls    []string
	creditor collection.Creditor
}

func newMemory(now func() time.Time) *memory {
	return &memory{
		now: now, fault: func(string) error { return nil }, cases: map[collection.CaseID]*collection.Dossier{},
		intents: map[collection.IntentID]collection.Intent{}, answers: map[string]collection.Answer{},
		receipts: map[string]collection.Receipt{}, raws: map[string]collection.RawEvent{},
		since: map[string]time.Time{}, returns: map[string]collection.Return{}, mandates: map[string][]byte{},
	}
}

// call runs one effect between two chances to die.
func (m *memory) call(name string, effect func() error) error {
	if err := m.fault(name + " before"); err != nil {
		return err
	}
	m.mu.Lock()
	m.calls = append(m.calls, name)
	err := effect()
	m.mu.Unlock()
	if err != nil {
		return err
	}
	return m.fault(name + " after")
}

func clone(d *collection.Dossier) *collection.Dossier {
	out := collection.NewDossier(d.Case.ID, d.Case.Creditor)
	out.Case = d.Case
	out.Case.Balances = maps.Clone(d.Case.Balances)
	out.Debts, out.Proposals = slices.Clone(d.Debts), slices.Clone(d.Proposals)
	for _, a := range d.Agreements {
		a.Instalments, a.Debts = slices.Clone(a.Instalments), slices.Clone(a.Debts)
		out.Agreements = append(out.Agreements, a)
	}
	out.Loaded()
	return out
}

func (m *memory) Load(_ context.Context, creditor collection.CreditorID, id collection.CaseID) (d *collection.Dossier, err error) {
	err = m.call("load case", func() error {
		found, ok := m.cases[id]
		if !ok || found.Case.Creditor != creditor {
			return collection.ErrNotFound
		}
		d = clone(found)
		return nil
	})
	return d, err
}

func (m *memory) LoadIntent(_ context.Context, creditor collection.CreditorID, id collection.IntentID) (i collection.Intent, err error) {
	err = m.call("load intent", func() error {
		found, ok := m.intents[id]
		if !ok || found.Creditor != creditor {
			return collection.ErrNotFound
		}
		i = found
		return nil
	})
	return i, err
}

func (m *memory) SetWaiter(_ context.Context, _ collection.CreditorID, id collection.IntentID, token string) (
	i collection.Intent, err error,
) {
	err = m.call("set waiter", func() error {
		found, ok := m.intents[id]
		if !ok {
			return collection.ErrNotFound
		}
		found.Waiter = token
		m.intents[id], i = found, found
		return nil
	})
	return i, err
}

func (m *memory) Commit(_ context.Context, d *collection.Dossier, with ...collection.Companion) error {
	return m.call("commit", func() error {
		if len(d.Recorded()) == 0 && len(with) == 0 {
			return nil
		}
		if err := m.refuse(d, with); err != nil {
			return err
		}
		m.events = append(m.events, d.Recorded()...)
		m.entries = append(m.entries, d.Entries()...)
		for _, i := range d.Intents {
			if d.Changed(i.Revision) {
				m.intents[i.ID] = i
			}
		}
		for _, c := range with {
			switch x := c.(type) {
			case collection.Answer:
				m.answers[x.Route+"/"+x.KeyHash] = x
			case collection.PostedReceipt:
				m.keep(x.Receipt)
			case collection.PostedReturn:
				m.returns[x.Return.Fact] = x.Return
			case collection.MandateRecord:
				m.mandates[x.Mandate] = x.Sealed
			case collection.TakenIn:
				m.takeIn(x.Key)
			}
		}
		m.mustBalance(d)
		if len(d.Recorded()) > 0 {
			d.Case.Head = fmt.Sprint("head of ", d.Case.Seq)
			m.cases[d.Case.ID] = clone(d)
		}
		d.Loaded()
		return nil
	})
}

// mustBalance holds the books to their invariants after each commit. The memory holds one case.
func (m *memory) mustBalance(d *collection.Dossier) {
	receipts := slices.Collect(maps.Values(m.receipts))
	if err := collection.CheckLedger(d, m.entries, receipts); err != nil {
		panic(fmt.Sprint("the books are broken: ", err))
	}
}

// refuse is the order of causes that the store promises: the answer, the fact, everything else.
func (m *memory) refuse(d *collection.Dossier, with []collection.Companion) error {
	for _, c := range with {
		if x, ok := c.(collection.Answer); ok {
			if old, stands := m.answers[x.Route+"/"+x.KeyHash]; stands && m.now().Before(old.ExpiresAt) {
				return &collection.ReplayError{Answer: old}
			}
		}
	}
	for _, c := range with {
		switch x := c.(type) {
		case collection.PostedReceipt:
			if _, stands := m.receipts[x.Receipt.Fact]; stands && x.Receipt.Revision == 0 {
				return collection.ErrFactPosted
			}
		case collection.PostedReturn:
			if _, stands := m.returns[x.Return.Fact]; stands {
				return collection.ErrFactPosted
			}
		case collection.TakenIn:
			if !m.raws[x.Key].TakenInAt.IsZero() {
				return collection.ErrFactPosted
			}
		}
	}
	for _, c := range with {
		if x, ok := c.(collection.PostedReceipt); ok && m.receipts[x.Receipt.Fact].Revision != x.Receipt.Revision {
			return collection.ErrConflict
		}
	}
	stored, exists := m.cases[d.Case.ID]
	if exists != (d.LoadedSeq() > 0) || (exists && (stored.Case.Seq != d.LoadedSeq() || stored.Case.Head != d.LoadedHead())) {
		return collection.ErrConflict
	}
	for _, i := range d.Intents {
		old, stands := m.intents[i.ID]
		held := d.HeldRevision(i.ID.String())
		if d.Changed(i.Revision) && (stands != (held > 0) || (stands && (old.Revision != held || old.Waiter != i.Waiter))) {
			return collection.ErrConflict
		}
	}
	return nil
}

func (m *memory) LoadAnswer(_ context.Context, _ collection.CreditorID, _ collection.CaseID, route, keyHash string) (
	a collection.Answer, err error,
) {
	err = m.call("load answer", func() error {
		found, ok := m.answers[route+"/"+keyHash]
		if !ok || !m.now().Before(found.ExpiresAt) {
			return collection.ErrNotFound
		}
		a = found
		return nil
	})
	return a, err
}

func (m *memory) PutRaw(_ context.Context, e collection.RawEvent) (state collection.RawState, err error) {
	err = m.call("put raw", func() error {
		old, stands := m.raws[e.Key]
		switch {
		case !stands:
			m.raws[e.Key], state = e, collection.RawNew
		case old.TakenInAt.IsZero():
			state = collection.RawPending
		default:
			state = collection.RawTakenIn
		}
		return nil
	})
	return state, err
}

func (m *memory) LoadRaw(_ context.Context, ref collection.RawRef) (e collection.RawEvent, err error) {
	err = m.call("load raw", func() error {
		found, ok := m.raws[ref.Key]
		if !ok || found.RawRef != ref {
			return collection.ErrNotFound
		}
		e = found
		return nil
	})
	return e, err
}

func (m *memory) takeIn(key string) {
	raw := m.raws[key]
	if raw.TakenInAt.IsZero() {
		raw.TakenInAt = m.now()
	}
	m.raws[key] = raw
}

func (m *memory) TakeIn(_ context.Context, ref collection.RawRef) error {
	return m.call("take in", func() error { m.takeIn(ref.Key); return nil })
}

// keep stores a receipt under its next revision.
func (m *memory) keep(r collection.Receipt) {
	r.Revision++
	m.receipts[r.Fact] = r
}

func (m *memory) LoadReceipt(_ context.Context, creditor collection.CreditorID, name, account, fact string) (
	r collection.Receipt, err error,
) {
	err = m.call("load receipt", func() error {
		found, ok := m.receipts[fact]
		if !ok || found.Creditor != creditor || found.Provider != name || found.Account != account {
			return collection.ErrNotFound
		}
		r = found
		return nil
	})
	return r, err
}

func (m *memory) LoadReturn(_ context.Context, creditor collection.CreditorID, name, account, fact string) (
	r collection.Return, err error,
) {
	err = m.call("load return", func() error {
		found, ok := m.returns[fact]
		if !ok || found.Creditor != creditor || found.Provider != name || found.Account != account {
			return collection.ErrNotFound
		}
		r = found
		return nil
	})
	return r, err
}

func (m *memory) ChangeOrphan(_ context.Context, r collection.Receipt, left *collection.Return) error {
	return m.call("change orphan", func() error {
		if left != nil {
			if _, stands := m.returns[left.Fact]; stands {
				return collection.ErrFactPosted
			}
		}
		if m.receipts[r.Fact].Revision != r.Revision || r.Revision == 0 {
			return collection.ErrConflict
		}
		m.keep(r)
		if left != nil {
			m.returns[left.Fact] = *left
		}
		return nil
	})
}

func (m *memory) LoadMandate(_ context.Context, _ collection.CreditorID, _ collection.CaseID, mandate string) (sealed []byte, err error) {
	err = m.call("load mandate", func() error {
		found, ok := m.mandates[mandate]
		if !ok {
			return collection.ErrNotFound
		}
		sealed = found
		return nil
	})
	return sealed, err
}

func (m *memory) KeepOrphan(_ context.Context, r collection.Receipt) error {
	return m.call("keep orphan", func() error {
		if _, stands := m.receipts[r.Fact]; stands {
			return collection.ErrFactPosted
		}
		m.keep(r)
		return nil
	})
}

func (m *memory) PendingRaw(_ context.Context, shard int, before time.Time, limit int) (refs []collection.RawRef, err error) {
	err = m.call("pending raw", func() error {
		for _, raw := range m.raws {
			since, moved := m.since[raw.Key]
			if !moved {
				since = raw.ReceivedAt
			}
			if shard == 0 && raw.TakenInAt.IsZero() && !since.IsZero() && since.Before(before) && len(refs) < limit {
				refs = append(refs, raw.RawRef)
			}
		}
		return nil
	})
	return refs, err
}

func (m *memory) DeferRaw(_ context.Context, ref collection.RawRef, since time.Time) error {
	return m.call("defer raw", func() error {
		old, moved := m.since[ref.Key]
		if !m.raws[ref.Key].TakenInAt.IsZero() || moved && old.IsZero() {
			return collection.ErrFactPosted
		}
		m.since[ref.Key] = since
		return nil
	})
}

func (m *memory) ParkRaw(ctx context.Context, ref collection.RawRef) error {
	return m.DeferRaw(ctx, ref, time.Time{})
}

func (m *memory) Creditor(_ context.Context, id collection.CreditorID) (collection.Creditor, error) {
	if id != m.creditor.ID {
		return collection.Creditor{}, collection.ErrNotFound
	}
	return m.creditor, nil
}

var errDied = errors.New("the process died")
