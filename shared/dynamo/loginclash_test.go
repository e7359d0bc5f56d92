package dynamo_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
)

// clashing answers the first calls of each operation as a table on which another transaction is under way, and then agrees to all.
type clashing struct {
	clashes int
	seen    map[string]int
}

func (c *clashing) Serve(_ context.Context, call wire.Call) (any, error) {
	c.seen[call.Operation]++
	if c.seen[call.Operation] > c.clashes {
		return map[string]any{}, nil
	}
	if call.Operation != "TransactWriteItems" {
		return nil, wire.Errorf("TransactionConflictException", "Transaction is ongoing for the item")
	}
	reasons := []map[string]string{{"Code": "None"}, {"Code": "TransactionConflict", "Message": "ongoing"}, {"Code": "None"}}
	return nil, &wire.Error{
		Code: "TransactionCanceledException", Message: "cancelled", Fields: map[string]any{"CancellationReasons": reasons},
	}
}

func clashingStore(t *testing.T, clashes int) *dynamo.Store {
	t.Helper()
	client := sdk.NewFromConfig(aws.Config{
		Region: "sa-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://local"),
		HTTPClient:   wire.NewRouter(map[string]wire.Engine{"dynamodb": &clashing{clashes, map[string]int{}}}),
	})
	return dynamo.New(client, "regua", nil, nil)
}

// A clash with another transaction says nothing about a code: it is tried again, and then it is no refusal.
func TestClashesAreNoRefusals(t *testing.T) {
	ch := otp.Challenge{
		ID: mintLogin[collection.ChallengeNoun](t, 1), Creditor: "vida-plena", Case: mintLogin[collection.CaseNoun](t, 2), Guard: "g",
		CaseGuard: "c",
	}
	opened := session.Session{Creditor: "vida-plena", Case: ch.Case, TokenHash: "h", Challenge: ch.ID, OpenedAt: loginEpoch}
	if err := clashingStore(t, 2).OpenSession(t.Context(), ch, opened, loginEpoch); err != nil {
		t.Errorf("two clashes: %v", err)
	}
	if err := clashingStore(t, 2).ClaimCode(t.Context(), ch, loginEpoch); err != nil {
		t.Errorf("two clashes before a code goes out: %v", err)
	}
	table := clashingStore(t, 1_000)
	_, tryErr := table.CountTry(t.Context(), "vida-plena", ch.ID, loginEpoch)
	_, sendErr := table.TakeSend(t.Context(), otp.Send{Creditor: "vida-plena", Guard: "g", Challenge: ch.ID, At: loginEpoch})
	for name, err := range map[string]error{
		"open session": table.OpenSession(t.Context(), ch, opened, loginEpoch), "count try": tryErr, "count send": sendErr,
		"count wrong": table.CountWrong(t.Context(), ch, loginEpoch), "put challenge": table.PutChallenge(t.Context(), ch),
		"note wrong": table.NoteWrong(t.Context(), ch, loginEpoch), "claim code": table.ClaimCode(t.Context(), ch, loginEpoch),
	} {
		if !errors.Is(err, collection.ErrUnavailable) || errors.Is(err, collection.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
