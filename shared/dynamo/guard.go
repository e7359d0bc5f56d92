package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/otp"
)

// A guard's item keeps the times of the last sends in s0, s1 … and of the last wrong codes in w0 to w9, newest first, in milliseconds since
// 1970, 0 for none: as many sends as the limit of its claim, or of its case, has. One update shifts them by one and demands that the last
// was out of the window: an exact rolling limit in one conditional write. All right-hand sides of an update see the item as it was before.
const (
	sendPrefix  = "s"
	wrongPrefix = "w"
)

func slot(prefix string, i int) string { return prefix + strconv.Itoa(i) }

// push is the update clause that shifts all slots and puts :now into the first.
func push(prefix string, count int) string {
	parts := []string{slot(prefix, 0) + " = :now"}
	for i := 1; i < count; i++ {
		parts = append(parts, slot(prefix, i)+" = if_not_exists("+slot(prefix, i-1)+", :zero)")
	}
	return strings.Join(parts, ", ")
}

// pop is the update clause that takes the newest slot out again.
func pop(prefix string, count int) string {
	var parts []string
	for i := range count - 1 {
		parts = append(parts, slot(prefix, i)+" = if_not_exists("+slot(prefix, i+1)+", :zero)")
	}
	return strings.Join(append(parts, slot(prefix, count-1)+" = :zero"), ", ")
}

// outside demands that a slot is empty or older than the window.
func outside(name string) string {
	return "(attribute_not_exists(" + name + ") OR " + name + " <= :window)"
}

// TakeSend counts a send of a code and makes its challenge the live one, and returns the guard after it. When the limits do not allow it,
// or the challenge to replace is not the live one, it returns ErrConflict with the guard as it stands.
func (s *Store) TakeSend(ctx context.Context, send otp.Send) (otp.Guard, error) {
	c := change{
		key:  guardKey(send.Creditor, send.Guard),
		set:  "SET live = :live, #ttl = :ttl, " + push(sendPrefix, otp.MaxSends) + " REMOVE proven",
		when: cooled() + " AND " + outside(slot(sendPrefix, otp.MaxSends-1)) + " AND " + outside(slot(wrongPrefix, otp.MaxWrong-1)),
		values: item{
			":live": text(send.Challenge.String()), ":ttl": expiry(send.At.Add(keepGuard)), ":now": number(send.At.UnixMilli()), ":zero": number(0),
			":window": number(send.At.Add(-otp.Window).UnixMilli()),
		},
	}
	for i, wait := range otp.Cooldowns() {
		c.values[slot(":cool", i)] = number(send.At.Add(-wait).UnixMilli())
	}
	if !send.Replaces.IsZero() {
		c.when += " AND live = :replaces"
		c.values[":replaces"] = text(send.Replaces.String())
	}
	it, err := s.update(ctx, c)
	if err != nil && !errors.Is(err, collection.ErrConflict) {
		return otp.Guard{}, fmt.Errorf("count send: %w", err)
	}
	guard, readErr := readGuard(it)
	return guard, errors.Join(err, readErr)
}

// cooled demands that the last send is as long ago as the number of sends in the window wants, or that its code came back.
func cooled() string {
	last := slot(sendPrefix, 0)
	parts := []string{"attribute_not_exists(" + last + ")", "attribute_exists(proven)"}
	waits := len(otp.Cooldowns()) //nolint:staticcheck // the length of an array is known without the call: that is all that is asked
	for i := range waits {
		part := last + " <= " + slot(":cool", i)
		if i < waits-1 { // so many sends, or fewer
			part = "(" + part + " AND " + outside(slot(sendPrefix, i+1)) + ")"
		}
		parts = append(parts, part)
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// CountWrong counts a wrong code at the challenge's case, before anybody compares it. ErrConflict says that the case is out of wrong codes
// for now.
func (s *Store) CountWrong(ctx context.Context, ch otp.Challenge, now time.Time) error {
	if _, err := s.update(ctx, count(guardKey(ch.Creditor, ch.CaseGuard), wrongPrefix, otp.MaxWrong, now)); err != nil {
		return fmt.Errorf("count wrong code: %w", err)
	}
	return nil
}

// NoteWrong counts a wrong code at the challenge's claim. ErrConflict says that the challenge is not the live one, or that the claim is out
// of wrong codes for now.
func (s *Store) NoteWrong(ctx context.Context, ch otp.Challenge, now time.Time) error {
	c := count(guardKey(ch.Creditor, ch.Guard), wrongPrefix, otp.MaxWrong, now)
	c.when += " AND live = :live"
	c.values[":live"] = text(ch.ID.String())
	if _, err := s.update(ctx, c); err != nil {
		return fmt.Errorf("note wrong code: %w", err)
	}
	return nil
}

// countCaseSend counts a code that goes out to a case's participant.
func countCaseSend(ch otp.Challenge, now time.Time) change {
	return count(guardKey(ch.Creditor, ch.CaseGuard), sendPrefix, otp.MaxCaseSends, now)
}

// count is the change that puts now into the first of a guard's slots, when the last of them is free.
func count(guard key, prefix string, slots int, now time.Time) change {
	return change{
		key: guard, set: "SET #ttl = :ttl, " + push(prefix, slots), when: outside(slot(prefix, slots-1)),
		values: item{
			":ttl": expiry(now.Add(keepGuard)), ":now": number(now.UnixMilli()), ":zero": number(0),
			":window": number(now.Add(-otp.Window).UnixMilli()),
		},
	}
}

// prove notes at the claim that its code came back.
func prove(ch otp.Challenge) change {
	return change{
		key: guardKey(ch.Creditor, ch.Guard), set: "SET proven = :one", when: "live = :live",
		values: item{":live": text(ch.ID.String()), ":one": number(1)},
	}
}

// takeBackWrong takes back a count of CountWrong, as its code was right after all.
func takeBackWrong(ch otp.Challenge) change {
	return change{
		key: guardKey(ch.Creditor, ch.CaseGuard), set: "SET " + pop(wrongPrefix, otp.MaxWrong), when: "attribute_exists(pk)",
		values: item{":zero": number(0)},
	}
}

// LiveChallenge is the challenge whose code counts at a guard, zero when there is none.
func (s *Store) LiveChallenge(
	ctx context.Context, creditor collection.CreditorID, guard string,
) (collection.ChallengeID, error) {
	it, err := s.get(ctx, guardKey(creditor, guard))
	if errors.Is(err, collection.ErrNotFound) {
		return collection.ChallengeID{}, nil
	}
	if err != nil {
		return collection.ChallengeID{}, fmt.Errorf("load guard: %w", err)
	}
	g, err := readGuard(it)
	return g.Live, err
}

func readGuard(it item) (otp.Guard, error) {
	r := read(it)
	g := otp.Guard{
		Proven: r.numberOr("proven", 0) == 1, Sends: readSlots(r, sendPrefix, otp.MaxSends), Wrong: readSlots(r, wrongPrefix, otp.MaxWrong),
	}
	readID(r, "live", &g.Live)
	if r.err != nil {
		return otp.Guard{}, fmt.Errorf("read guard: %w", r.err)
	}
	return g, nil
}

// readSlots reads the times up to the first empty slot.
func readSlots(r *reader, prefix string, count int) []time.Time {
	var times []time.Time
	for i := range count {
		at := r.numberOr(slot(prefix, i), 0)
		if at == 0 {
			break
		}
		times = append(times, time.UnixMilli(at).UTC())
	}
	return times
}

// names are those of a change's attributes that DynamoDB reserves.
func (c change) names() map[string]string {
	if !strings.Contains(c.set, "#ttl") {
		return nil
	}
	return map[string]string{"#ttl": contract.AttrTTL}
}
