package dynamo

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
)

// batch gathers the actions of one commit.
type batch struct {
	store    *Store
	dossier  *collection.Dossier
	head     string // hash of the last event so far
	actions  []action
	messages []collection.Message
	marker   collection.Marker
}

func (b *batch) add(a action) { b.actions = append(b.actions, a) }

func (b *batch) build(with []collection.Companion) error {
	if len(b.dossier.Recorded()) == 0 {
		b.add(b.store.checkAction(caseKey(b.dossier.Case.Creditor, b.dossier.Case.ID), b.asLoaded(), changed("case")))
	} else {
		for _, step := range []func() error{b.events, b.theCase, b.parts, b.work, b.ledger} {
			if err := step(); err != nil {
				return err
			}
		}
		b.outbox()
	}
	for _, c := range with {
		a, err := b.companion(c)
		if err != nil {
			return err
		}
		b.add(a)
	}
	return nil
}

// asLoaded demands that the case stands as it was loaded.
func (b *batch) asLoaded() condition {
	if b.dossier.LoadedSeq() == 0 {
		return absent()
	}
	return condition{attrSeq + " = :seq AND " + attrHead + " = :head", map[string]types.AttributeValue{
		":seq": number(b.dossier.LoadedSeq()), ":head": text(b.dossier.LoadedHead()),
	}}
}

// asHeld demands that a part is new, or has the revision with which it was loaded.
func (b *batch) asHeld(id string) condition {
	held := b.dossier.HeldRevision(id)
	if held == 0 {
		return absent()
	}
	return condition{attrRevision + " = :rev", map[string]types.AttributeValue{":rev": number(held)}}
}

func (b *batch) events() error {
	c := b.dossier.Case
	for _, r := range b.dossier.Recorded() {
		prev := b.head
		doc, hash, err := encodeEvent(c.Creditor, c.ID, prev, r)
		if err != nil {
			return fmt.Errorf("encode event %d: %w", r.Seq, err)
		}
		it := caseChild(c.Creditor, c.ID, eventPrefix+padded(r.Seq)).new()
		it["seq"], it["type"], it["at"] = number(r.Seq), text(r.Event.Type()), instant(r.At)
		it["doc"], it["hash"], it["prevHash"] = text(string(doc)), text(hash), text(prev)
		b.add(b.store.putAction(it, absent(), changed("event")))
		b.messages = append(b.messages, collection.Message{Type: r.Event.Type(), Creditor: c.Creditor, Body: doc})
		b.head = hash
	}
	return nil
}

func (b *batch) theCase() error {
	it, err := caseItem(b.dossier.Case, b.head)
	if err != nil {
		return err
	}
	b.add(b.store.putAction(it, b.asLoaded(), changed("case")))
	return nil
}

// parts adds the changed debts, proposals and agreements.
func (b *batch) parts() error {
	d := b.dossier
	for _, x := range d.Debts {
		if err := b.part(x.Revision, x.ID.String(), "debt", func() (item, error) { return debtItem(d.Case, x) }); err != nil {
			return err
		}
	}
	for _, x := range d.Proposals {
		if err := b.part(x.Revision, x.ID.String(), "proposal", func() (item, error) { return proposalItem(d.Case, x) }); err != nil {
			return err
		}
	}
	for _, x := range d.Agreements {
		if err := b.part(x.Revision, x.ID.String(), "agreement", func() (item, error) { return agreementItem(d.Case, x) }); err != nil {
			return err
		}
	}
	return nil
}

// work adds the changed intents and contacts. An intent is also held to the waiter that was read: whoever stores a waiter in between makes
// this commit fail, so that the money always sees who waits for it.
func (b *batch) work() error {
	for _, x := range b.dossier.Intents {
		if !b.dossier.Changed(x.Revision) {
			continue
		}
		it, err := intentItem(x)
		if err != nil {
			return err
		}
		when := b.asHeld(x.ID.String())
		switch {
		case b.dossier.HeldRevision(x.ID.String()) == 0:
		case x.Waiter == "":
			when.text += " AND attribute_not_exists(" + attrWaiter + ")"
		default:
			when.text += " AND " + attrWaiter + " = :waiter"
			when.values[":waiter"] = text(x.Waiter)
		}
		b.add(b.store.putAction(it, when, changed("intent")))
	}
	for _, x := range b.dossier.Contacts {
		if err := b.part(x.Revision, x.ID.String(), "contact", func() (item, error) { return contactItem(x) }); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) part(revision int64, id, what string, write func() (item, error)) error {
	if !b.dossier.Changed(revision) {
		return nil
	}
	it, err := write()
	if err != nil {
		return err
	}
	b.add(b.store.putAction(it, b.asHeld(id), changed(what)))
	return nil
}

// entryBody is the JSON body of a ledger entry: one item holds all its lines, so that half an entry cannot exist.
type entryBody struct {
	At    time.Time  `json:"at"`
	Cause string     `json:"cause"`
	Lines []lineBody `json:"lines"`
}

type lineBody struct {
	Account string `json:"account"`
	Amount  int64  `json:"amountCentavos"`
}

func (b *batch) ledger() error {
	c := b.dossier.Case
	for _, e := range b.dossier.Entries() {
		body, err := document(entryBody{At: utc(e.At), Cause: e.Cause, Lines: each(e.Lines, func(l collection.Line) lineBody {
			return lineBody{string(l.Account), int64(l.Amount)}
		})})
		if err != nil {
			return err
		}
		it := caseChild(c.Creditor, c.ID, ledgerPrefix+padded(e.Seq)).new()
		it["seq"], it[attrDoc] = number(e.Seq), body
		b.add(b.store.putAction(it, absent(), changed("ledger entry")))
	}
	return nil
}

// outbox adds the one marker that says which events wait to be published. Its key says it all: the index that finds it holds keys only.
func (b *batch) outbox() {
	recorded := b.dossier.Recorded()
	b.marker = collection.Marker{
		Creditor: b.dossier.Case.Creditor, Case: b.dossier.Case.ID, First: recorded[0].Seq, Last: recorded[len(recorded)-1].Seq,
	}
	k := markerKey(b.marker)
	it := k.new()
	it[attrPendingShard], it[attrPendingSince] = text(shardOf(pendingOutbox, k)), instant(b.store.now())
	b.add(b.store.putAction(it, absent(), changed("marker")))
}
