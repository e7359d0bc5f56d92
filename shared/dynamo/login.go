package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
)

// Sort keys of the login's own items.
const (
	sortChallenge = "CHALLENGE"
	sortGuard     = "GUARD"
)

// How long the login's items are kept: what was counted outlives the window in which it counts, by a day for TTL's own delay.
const (
	keepChallenge = 24 * time.Hour
	keepGuard     = otp.Window + 24*time.Hour
)

func challengeKey(creditor collection.CreditorID, id collection.ChallengeID) key {
	return key{string(creditor) + "#CHALLENGE#" + id.String(), sortChallenge}
}

func guardKey(creditor collection.CreditorID, hash string) key {
	return key{string(creditor) + "#GUARD#" + hash, sortGuard}
}

// FindContract finds the case of a contract by its keyed hash; ErrNotFound when there is none.
func (s *Store) FindContract(ctx context.Context, creditor collection.CreditorID, contractHash string) (otp.Lookup, error) {
	it, err := s.get(ctx, contractKey(creditor, contractHash))
	if err != nil {
		return otp.Lookup{}, fmt.Errorf("find contract: %w", err)
	}
	r := read(it)
	lookup := otp.Lookup{
		DocumentHash: r.text("documentHash"), EmailMask: r.optionalText("emailMask"), PhoneMask: r.optionalText("phoneMask"),
	}
	readID(r, attrCase, &lookup.Case)
	return lookup, r.err
}

// EntryLink finds the link of a message by the hash of its token; ErrNotFound when there is none.
func (s *Store) EntryLink(ctx context.Context, creditor collection.CreditorID, hash string) (otp.Link, error) {
	it, err := s.get(ctx, entryKey(creditor, hash))
	if err != nil {
		return otp.Link{}, fmt.Errorf("find entry link: %w", err)
	}
	r := read(it)
	link := otp.Link{Sealed: r.binary(attrSealed), ExpiresAt: r.instant(attrExpiresAt)}
	readID(r, attrCase, &link.Case)
	return link, r.err
}

// PutChallenge stores a new challenge.
func (s *Store) PutChallenge(ctx context.Context, ch otp.Challenge) error {
	it := challengeKey(ch.Creditor, ch.ID).new()
	it[attrCase] = text(ch.Case.String())
	it["known"] = number(flag(ch.Known))
	it["guard"] = text(ch.Guard)
	it["caseGuard"] = text(ch.CaseGuard)
	it["channel"] = text(string(ch.Channel))
	it["destination"] = text(ch.Destination)
	it["codeMac"] = binary(ch.CodeMAC)
	it["createdAt"] = instant(ch.CreatedAt)
	it[attrExpiresAt] = instant(ch.ExpiresAt)
	it["tries"] = number(0)
	it[contract.AttrTTL] = expiry(ch.CreatedAt.Add(keepChallenge))
	if err := s.put(ctx, it, absent()); err != nil {
		return fmt.Errorf("put challenge: %w", contested(err))
	}
	return nil
}

func flag(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// LoadChallenge reads a challenge; ErrNotFound when there is none.
func (s *Store) LoadChallenge(
	ctx context.Context, creditor collection.CreditorID, id collection.ChallengeID,
) (otp.Challenge, error) {
	it, err := s.get(ctx, challengeKey(creditor, id))
	if err != nil {
		return otp.Challenge{}, fmt.Errorf("load challenge: %w", err)
	}
	return readChallenge(it, creditor, id)
}

func readChallenge(it item, creditor collection.CreditorID, id collection.ChallengeID) (otp.Challenge, error) {
	r := read(it)
	ch := otp.Challenge{
		ID: id, Creditor: creditor, Known: r.number("known") == 1, Guard: r.text("guard"), CaseGuard: r.text("caseGuard"),
		Channel: collection.Channel(r.text("channel")), Destination: r.text("destination"), CodeMAC: r.binary("codeMac"),
		CreatedAt: r.instant("createdAt"), ExpiresAt: r.instant(attrExpiresAt),
		Tries: int(r.number("tries")), UsedAt: r.instant("usedAt"), SentAt: r.instant("sentAt"),
	}
	readID(r, attrCase, &ch.Case)
	if r.err != nil {
		return otp.Challenge{}, fmt.Errorf("read challenge: %w", r.err)
	}
	return ch, nil
}

// CountTry counts a guess of a challenge, before anybody compares it, and returns the challenge after it. ErrConflict says that there is no
// such challenge, or that it is used, expired or out of tries.
func (s *Store) CountTry(
	ctx context.Context, creditor collection.CreditorID, id collection.ChallengeID, now time.Time,
) (otp.Challenge, error) {
	it, err := s.update(ctx, change{
		key: challengeKey(creditor, id), set: "SET tries = tries + :one",
		when:   "attribute_exists(pk) AND tries < :max AND expiresAt > :now AND attribute_not_exists(usedAt)",
		values: item{":one": number(1), ":max": number(otp.MaxTries), ":now": instant(now)},
	})
	if err != nil {
		return otp.Challenge{}, fmt.Errorf("count try: %w", err)
	}
	return readChallenge(it, creditor, id)
}

// ClaimCode marks the code of a challenge as sent and counts it at its case, in one transaction; ErrConflict when it was marked before,
// when the challenge has been used or has expired, or when the case has had its codes for now.
func (s *Store) ClaimCode(ctx context.Context, ch otp.Challenge, now time.Time) error {
	mark := change{
		key: challengeKey(ch.Creditor, ch.ID), set: "SET sentAt = :now",
		when:   "attribute_exists(pk) AND attribute_not_exists(sentAt) AND attribute_not_exists(usedAt) AND expiresAt > :now",
		values: item{":now": instant(now)},
	}
	err := s.settle(ctx, []action{mark.action(s.table), countCaseSend(ch, now).action(s.table)})
	if err != nil {
		return fmt.Errorf("claim code: %w", err)
	}
	return nil
}

// OpenSession marks a challenge used, takes the last wrong code of its case back and stores the session, in one transaction. ErrConflict
// says that another request was first or that a newer challenge has replaced this one.
func (s *Store) OpenSession(ctx context.Context, ch otp.Challenge, opened session.Session, now time.Time) error {
	use := change{
		key: challengeKey(ch.Creditor, ch.ID), set: "SET usedAt = :now", when: "attribute_exists(pk) AND attribute_not_exists(usedAt)",
		values: item{":now": instant(now)},
	}
	err := s.settle(ctx, []action{
		use.action(s.table), prove(ch).action(s.table), takeBackWrong(ch).action(s.table),
		s.putAction(sessionItem(opened), absent(), notAllowed),
	})
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	return nil
}

// settle writes all actions of a login or none, again when it meets another transaction. ErrConflict says that a condition does not hold.
func (s *Store) settle(ctx context.Context, actions []action) error {
	for range clashTries {
		err := s.transact(ctx, actions)
		switch {
		case errors.Is(err, errCondition):
			return collection.ErrConflict
		case errors.Is(err, collection.ErrConflict): // another guess is being counted at this moment
			continue
		}
		return err
	}
	return fmt.Errorf("%w: other transactions are under way", collection.ErrUnavailable)
}

// clashTries is how often a login transaction is tried that met another one on the way.
const clashTries = 3

func notAllowed(item) error { return errCondition }

// change is a conditional update of one item.
type change struct {
	key       key
	set, when string
	values    item
}

// action is the change as a part of a transaction.
func (c change) action(table string) action {
	return action{refused: notAllowed, write: types.TransactWriteItem{Update: &types.Update{
		TableName: aws.String(table), Key: c.key.attributes(), UpdateExpression: aws.String(c.set), ConditionExpression: aws.String(c.when),
		ExpressionAttributeValues: c.values, ExpressionAttributeNames: c.names(),
	}}}
}

// update makes a change and returns the item after it. When the condition fails it returns ErrConflict with the item as it stands.
func (s *Store) update(ctx context.Context, c change) (item, error) {
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(s.table), Key: c.key.attributes(), UpdateExpression: aws.String(c.set), ConditionExpression: aws.String(c.when),
		ExpressionAttributeValues: c.values, ExpressionAttributeNames: c.names(), ReturnValues: types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return failed.Item, collection.ErrConflict
	}
	if err != nil {
		return nil, contested(translate(err))
	}
	return out.Attributes, nil
}

// contested keeps ErrConflict for conditions: a clash with another transaction says nothing about the login and is worth another try.
func contested(err error) error {
	switch {
	case errors.Is(err, errCondition):
		return collection.ErrConflict
	case errors.Is(err, collection.ErrConflict):
		return fmt.Errorf("%w: another transaction is under way", collection.ErrUnavailable)
	}
	return err
}
