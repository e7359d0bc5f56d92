// Package compliance is contact law: a pure rule engine that says whether a participant may be contacted at an instant, not yet, only with
// something more, or not at all. It has no clock and no I/O, and a verdict carries the inputs that it came from, so that anybody can work
// it out again: docs/contact-law.md is written for that.
//
// The rules are data: packs, of which Brazil is the default and UnitedStates an option of a creditor's. No lawyer has reviewed them.
package compliance

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// The outcomes of an evaluation, the strictest last: block comes before defer, defer before require, require before allow.
const (
	Allow   = "allow"
	Require = "require"
	Defer   = "defer"
	Block   = "block"
)

// Law is a set of packs, ready to be applied. It never changes and may be used by many at once.
type Law struct {
	version      string
	rules        []compiled
	by           [6][5]ruleList // by channel and purpose
	countries    stateSet
	places       *atlas
	brazil       bool
	unitedStates bool
}

// ruleList are the rules for one channel and purpose, in order: those whose answer no later instant changes, and the others.
type ruleList struct{ lasting, timed []int32 }

// compiled is a rule in the form in which it is applied.
type compiled struct {
	Rule
	first, last int64 // days of the rule, as ordinals
	pack        [2]int64
	states      stateSet
	counts      uint8 // channels, as bits
	kind        int   // in kinds
}

// maxRules is how many rules a law can have: a decision keeps them as bits.
const maxRules = 128

// NewLaw makes a law of packs, in their order; the base rules come first. A pack with a state, a kind or a verdict that does not exist is
// collection.ErrInvalid.
func NewLaw(packs ...Pack) (*Law, error) {
	l := &Law{places: places()}
	open := Pack{}
	err := l.add(open, baseRules())
	var versions []string
	for _, p := range packs {
		if err == nil {
			err = l.add(p, p.Rules)
		}
		versions = append(versions, p.Version)
		l.brazil = l.brazil || strings.HasPrefix(p.Version, "br-")
		l.unitedStates = l.unitedStates || strings.HasPrefix(p.Version, "us-")
	}
	if err != nil {
		return nil, err
	}
	l.version = strings.Join(versions, "+")
	for i := range brazilStates + usStates {
		if i < brazilStates && l.brazil || i >= brazilStates && l.unitedStates {
			l.countries.add(i)
		}
	}
	return l, nil
}

func (l *Law) add(p Pack, rules []Rule) error {
	for _, r := range rules {
		c, err := compile(p, r)
		if err != nil {
			return err
		}
		if len(l.rules) == maxRules {
			return fmt.Errorf("%w: a law has at most %d rules", collection.ErrInvalid, maxRules)
		}
		for ch, channel := range collection.Channels() {
			if len(r.Channels) > 0 && !slices.Contains(r.Channels, channel) {
				continue
			}
			for pu, purpose := range all {
				collects := r.Purposes == nil && purpose != collection.PurposeReply
				if collects || slices.Contains(r.Purposes, purpose) {
					l.by[ch][pu].add(c, int32(len(l.rules)))
				}
			}
		}
		l.rules = append(l.rules, c)
	}
	return nil
}

func (l *ruleList) add(c compiled, i int32) {
	if c.Kind == KindFacts && c.ValidFrom.IsZero() && c.ValidTo.IsZero() {
		l.lasting = append(l.lasting, i)
		return
	}
	l.timed = append(l.timed, i)
}

func compile(p Pack, r Rule) (compiled, error) {
	c := compiled{Rule: r, first: math.MinInt64, last: math.MaxInt64, pack: [2]int64{math.MinInt64, math.MaxInt64}}
	bound(&c.first, r.ValidFrom)
	bound(&c.last, r.ValidTo)
	bound(&c.pack[0], p.ValidFrom)
	bound(&c.pack[1], p.ValidTo)
	for _, state := range r.States {
		i, ok := places().states[state]
		if !ok {
			return c, fmt.Errorf("%w: rule %s names the state %q", collection.ErrInvalid, r.ID, state)
		}
		c.states.add(i)
	}
	if len(r.States) == 0 {
		c.states = stateSet{math.MaxUint64, math.MaxUint64}
	}
	for _, channel := range r.Counts {
		c.counts |= channelBit(channel)
	}
	if len(r.Counts) == 0 {
		c.counts = math.MaxUint8
	}
	c.kind = slices.Index(kinds, r.Kind)
	if !slices.Contains([]string{Allow, Require, Defer, Block}, r.Verdict) || c.kind < 0 || r.ID == "" {
		return c, fmt.Errorf("%w: rule %q has the kind %q and the verdict %q", collection.ErrInvalid, r.ID, r.Kind, r.Verdict)
	}
	return c, nil
}

func bound(day *int64, d calendar.Date) {
	if !d.IsZero() {
		*day = int64(d.Ordinal())
	}
}

// Version names the law's packs. A stored verdict names the law that it came from.
func (l *Law) Version() string { return l.version }

var (
	brazilOnly = sync.OnceValues(func() (*Law, error) { return NewLaw(Brazil()) })
	usOnly     = sync.OnceValues(func() (*Law, error) { return NewLaw(UnitedStates()) })
	bothPacks  = sync.OnceValues(func() (*Law, error) { return NewLaw(Brazil(), UnitedStates()) })
)

// The packs by the names that a creditor's file gives them.
const (
	NameBrazil       = "br"
	NameUnitedStates = "us"
)

// Of returns the law of a creditor by the names of its packs; without names it is Brazil's. An unknown name is collection.ErrInvalid.
func Of(names []string) (*Law, error) {
	br, us := len(names) == 0, false
	for _, name := range names {
		switch name {
		case NameBrazil:
			br = true
		case NameUnitedStates:
			us = true
		default:
			return nil, fmt.Errorf("%w: no rule pack has the name %.20q", collection.ErrInvalid, name)
		}
	}
	switch {
	case br && us:
		return bothPacks()
	case us:
		return usOnly()
	}
	return brazilOnly()
}
