package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/session"
)

// sessionPrefix puts sessions beside the dossier of their case, so that one Query reads both.
const sessionPrefix = "S#SESSION#"

// keepSession is how long an ended session is told from one that never was.
const keepSession = 24 * time.Hour

func sessionKey(s session.Session) key {
	return caseChild(s.Creditor, s.Case, sessionPrefix+s.TokenHash)
}

func sessionItem(s session.Session) item {
	it := sessionKey(s).new()
	it["challenge"] = text(s.Challenge.String())
	it["channel"] = text(string(s.Channel))
	it["openedAt"] = instant(s.OpenedAt)
	it["seenAt"] = instant(s.SeenAt)
	it[contract.AttrTTL] = expiry(s.ExpiresAt().Add(keepSession))
	return it
}

// LoadWithSession reads a case and the session with this token hash in one Query; ErrNotFound when there is no such case or session.
func (s *Store) LoadWithSession(
	ctx context.Context, creditor collection.CreditorID, id collection.CaseID, tokenHash string,
) (*collection.Dossier, session.Session, error) {
	found := session.Session{Creditor: creditor, Case: id, TokenHash: tokenHash}
	dossier, others, err := s.loadDossier(ctx, creditor, id)
	if err != nil {
		return nil, session.Session{}, err
	}
	for _, it := range others {
		r := read(it)
		if r.key() != sessionKey(found) {
			continue
		}
		found.Channel, found.OpenedAt, found.SeenAt = collection.Channel(r.text("channel")), r.instant("openedAt"), r.instant("seenAt")
		readID(r, "challenge", &found.Challenge)
		if r.err != nil {
			return nil, session.Session{}, fmt.Errorf("read session: %w", r.err)
		}
		return dossier, found, nil
	}
	return nil, session.Session{}, fmt.Errorf("load session: %w", collection.ErrNotFound)
}

// TouchSession writes when a session was used. When another request wrote it in between, or ended the session, nothing is left to do.
func (s *Store) TouchSession(ctx context.Context, used session.Session, now time.Time) error {
	_, err := s.update(ctx, change{
		key: sessionKey(used), set: "SET seenAt = :now", when: "seenAt = :seen",
		values: item{":now": instant(now), ":seen": instant(used.SeenAt)},
	})
	if err != nil && !errors.Is(err, collection.ErrConflict) {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// EndSession removes a session. One that is gone already is no error.
func (s *Store) EndSession(ctx context.Context, ended session.Session) error {
	_, err := s.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(s.table), Key: sessionKey(ended).attributes(),
		ConditionExpression: aws.String("attribute_exists(" + contract.KeyPartition + ")"),
	})
	if err := translate(err); err != nil && !errors.Is(err, errCondition) {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
