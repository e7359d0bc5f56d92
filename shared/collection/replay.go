package collection

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Fold gives the state of a case from its whole history, personal data and the head's hash apart. Events that do not follow one another, or
// that cannot be applied, are an error.
func Fold(creditor CreditorID, id CaseID, events []Recorded) (*Dossier, error) {
	d := NewDossier(id, creditor)
	for _, r := range events {
		if err := d.Apply(r); err != nil {
			return nil, err
		}
	}
	d.Loaded()
	return d, nil
}

// Diff names the first difference between two states of one case, and is empty when there is none. What no event carries is left out:
// sealed and wrapped bytes, hashes of heads, and who waits for an intent. Parts are compared by id, in whatever order they stand.
func Diff(a, b *Dossier) string {
	return difference("", reflect.ValueOf(bare(a)), reflect.ValueOf(bare(b)))
}

// state is what of a dossier its events tell.
type state struct {
	Case       Case
	Debts      []Debt
	Proposals  []Proposal
	Agreements []Agreement
	Intents    []Intent
	Contacts   []Contact
}

func bare(d *Dossier) state {
	s := state{
		d.Case, slices.Clone(d.Debts), slices.Clone(d.Proposals), slices.Clone(d.Agreements), slices.Clone(d.Intents),
		slices.Clone(d.Contacts),
	}
	s.Case.Head, s.Case.WrappedKey, s.Case.Sealed = "", nil, nil
	for i := range s.Debts {
		s.Debts[i].Sealed = nil
	}
	for i := range s.Intents {
		s.Intents[i].Waiter = ""
	}
	byID(s.Debts, func(x Debt) string { return x.ID.String() })
	byID(s.Proposals, func(x Proposal) string { return x.ID.String() })
	byID(s.Agreements, func(x Agreement) string { return x.ID.String() })
	byID(s.Intents, func(x Intent) string { return x.ID.String() })
	byID(s.Contacts, func(x Contact) string { return x.ID.String() })
	return s
}

func byID[T any](parts []T, id func(T) string) {
	slices.SortFunc(parts, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
}

// difference walks two values of one type. Reflection finds a field that was added later too; a list by hand would forget it.
func difference(at string, a, b reflect.Value) string {
	if x, ok := a.Interface().(time.Time); ok {
		if y, _ := b.Interface().(time.Time); !x.Equal(y) {
			return fmt.Sprintf("%s: %s and %s", at, x, y)
		}
		return ""
	}
	if a.Comparable() && a.Equal(b) {
		return ""
	}
	switch a.Kind() {
	case reflect.Struct:
		return structDifference(at, a, b)
	case reflect.Slice:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d elements", at, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if diff := difference(fmt.Sprintf("%s[%d]", at, i), a.Index(i), b.Index(i)); diff != "" {
				return diff
			}
		}
		return ""
	case reflect.Map:
		return mapDifference(at, a, b)
	case reflect.Pointer:
		if !a.IsNil() && !b.IsNil() {
			return difference(at, a.Elem(), b.Elem())
		}
	}
	return fmt.Sprintf("%s: %v and %v", at, a, b)
}

func structDifference(at string, a, b reflect.Value) string {
	for i := range a.NumField() {
		field := a.Type().Field(i)
		if !field.IsExported() { // an id or a date: compared whole by the caller
			return fmt.Sprintf("%s: %v and %v", at, a, b)
		}
		if diff := difference(at+"."+field.Name, a.Field(i), b.Field(i)); diff != "" {
			return diff
		}
	}
	return ""
}

func mapDifference(at string, a, b reflect.Value) string {
	keys := a.MapKeys()
	for _, key := range b.MapKeys() {
		if !a.MapIndex(key).IsValid() {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(x, y reflect.Value) int { return cmp.Compare(x.String(), y.String()) })
	for _, key := range keys {
		x, y := a.MapIndex(key), b.MapIndex(key)
		if !x.IsValid() || !y.IsValid() {
			return fmt.Sprintf("%s[%v]: only on one side", at, key)
		}
		if diff := difference(fmt.Sprintf("%s[%v]", at, key), x, y); diff != "" {
			return diff
		}
	}
	return ""
}
