package collection_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

func promised(d *deal, amount money.Centavos) collection.PromiseMade {
	return collection.PromiseMade{
		Promise: id[collection.PromiseNoun](70), Amount: amount, Day: day("2026-03-10"), Debts: []collection.DebtID{d.Debts[0].ID},
		Until: noon.AddDate(0, 0, 10),
	}
}

func TestAPromiseIsKeptByMoneyAlone(t *testing.T) {
	d := newDeal(t)
	must(t, d.Promise(meta(noon), promised(d, 6000)))
	if until, rests := d.Case.Pauses.Resting(noon); !rests || !until.Equal(noon.AddDate(0, 0, 10)) {
		t.Errorf("the ruler rests %v until %s", rests, until)
	}
	if err := d.Promise(meta(noon), promised(d, 1)); !errors.Is(err, collection.ErrPromiseOpen) {
		t.Errorf("a second promise: %v", err)
	}
	d.sign(t, collection.AftercareNone)
	d.pay(t, d.request(t, 40, 1), 5999)
	if !d.Case.Promise.Open() {
		t.Errorf("kept by too little: %+v", d.Case.Promise)
	}
	d.pay(t, d.request(t, 41, 1), 1)
	if p := d.Case.Promise; p.Status != collection.PromiseKept || p.Paid != 6000 || d.Case.Pauses.Covers(noon.Add(time.Hour)) {
		t.Errorf("promise %+v, pauses %v", p, d.Case.Pauses)
	}
	must(t, d.BreakPromise(meta(noon.AddDate(1, 0, 0))))
	if d.Case.Promise.Status != collection.PromiseKept {
		t.Errorf("broken after it was kept: %+v", d.Case.Promise)
	}
}

func TestAPromiseIsNotBrokenEarly(t *testing.T) {
	d := newDeal(t)
	must(t, d.Promise(meta(noon), promised(d, 6000)))
	until := d.Case.Promise.Until
	for _, at := range []time.Time{noon, until.Add(-time.Nanosecond)} {
		must(t, d.BreakPromise(meta(at)))
		if !d.Case.Promise.Open() {
			t.Fatalf("broken at %s", at)
		}
	}
	for range 2 {
		must(t, d.BreakPromise(meta(until)))
	}
	if p := d.Case.Promise; p.Status != collection.PromiseBroken || !p.SettledAt.Equal(until) {
		t.Errorf("promise %+v", p)
	}
	next := promised(d, 6000)
	next.Promise, next.Until = id[collection.PromiseNoun](71), until.AddDate(0, 0, 5)
	must(t, d.Promise(meta(until), next))
	must(t, d.Dispute(staff(until), next.Debts))
	must(t, d.BreakPromise(meta(next.Until)))
	if p := d.Case.Promise; p.Status != collection.PromiseWithdrawn {
		t.Errorf("a promise over a disputed debt is %s", p.Status)
	}
}

func TestPromisesAndPausesAreRefused(t *testing.T) {
	d := newDeal(t)
	late, foreign := promised(d, 100), promised(d, 100)
	late.Until = noon
	foreign.Debts = []collection.DebtID{id[collection.DebtNoun](99)}
	good := collection.Pause{ID: "a", Source: collection.PauseStaff, From: noon}
	of := func(change func(p *collection.Pause)) collection.Pause {
		p := good
		change(&p)
		return p
	}
	for name, err := range map[string]error{
		"a day that is past":   d.Promise(meta(noon), late),
		"nothing":              d.Promise(meta(noon), promised(d, 0)),
		"another's debt":       d.Promise(meta(noon), foreign),
		"nobody's promise":     d.WithdrawPromise(meta(noon), id[collection.PromiseNoun](1)),
		"a pause without id":   d.Pause(staff(noon), of(func(p *collection.Pause) { p.ID = "" })),
		"a promise's pause":    d.Pause(staff(noon), of(func(p *collection.Pause) { p.Source = collection.PausePromise })),
		"an end before begin":  d.Pause(staff(noon), of(func(p *collection.Pause) { p.Until = noon })),
		"a pause without from": d.Pause(staff(noon), of(func(p *collection.Pause) { p.From = time.Time{} })),
		"a pause not there":    d.LiftPause(staff(noon), "a"),
	} {
		if !errors.Is(err, collection.ErrInvalid) && !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(d.Case.Pauses) != 0 {
		t.Fatalf("pauses %v", d.Case.Pauses)
	}
	for i := range 50 {
		good.ID = fmt.Sprint(i)
		must(t, d.Pause(staff(noon), good))
	}
	seq := d.Case.Seq
	must(t, d.Pause(staff(noon), good))
	good.ID = "one more"
	if err := d.Pause(staff(noon), good); !errors.Is(err, collection.ErrInvalid) || d.Case.Seq != seq {
		t.Errorf("a pause too many: %v, %d events more", err, d.Case.Seq-seq)
	}
	must(t, d.LiftPause(staff(noon.Add(time.Hour)), "7"))
	if p, _ := d.Case.Pauses.Find("7"); !p.Until.Equal(noon.Add(time.Hour)) {
		t.Errorf("lifted: %+v", p)
	}
}
