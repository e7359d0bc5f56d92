package dynamo

import (
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

const (
	// rawKept is how long a raw notification is kept after it was taken in: as long as a provider's dispute takes to come up.
	rawKept = 90 * 24 * time.Hour
	// capKept outlasts every window of contact law by far.
	capKept = 60 * 24 * time.Hour
)

const (
	attrEvidenceHash = "evidenceHash"
	attrSigningKey   = "signingKey"
	attrSignature    = "signature"
)

// companion is the write of one companion, with its condition.
func (b *batch) companion(with collection.Companion) (action, error) {
	if written, ok := b.paper(with); ok {
		return written, nil
	}
	s, c := b.store, b.dossier.Case
	switch x := with.(type) {
	case collection.Answer:
		return s.answerAction(c, x), nil
	case collection.PostedReceipt:
		if x.Receipt.Creditor != c.Creditor || x.Receipt.Case != c.ID {
			return action{}, fmt.Errorf("%w: receipt of another case", collection.ErrInvalid)
		}
		return s.receiptAction(x.Receipt)
	case collection.PostedReturn:
		if x.Return.Creditor != c.Creditor {
			return action{}, fmt.Errorf("%w: return at another creditor", collection.ErrInvalid)
		}
		return s.returnAction(x.Return)
	case collection.MandateRecord:
		it := caseChild(c.Creditor, c.ID, mandatePrefix+x.Mandate).new()
		it[attrSealed] = binary(x.Sealed)
		return s.putAction(it, absent(), changed("mandate")), nil
	case collection.TakenIn:
		return s.takenInAction(collection.RawRef{Creditor: c.Creditor, Provider: x.Provider, Account: x.Account, Key: x.Key})
	case collection.CapTaken:
		return s.capAction(x)
	case collection.EntryLink:
		it := entryKey(c.Creditor, x.Hash).new()
		it[attrCase], it[attrSealed], it[attrExpiresAt] = text(c.ID.String()), binary(x.Sealed), instant(x.ExpiresAt)
		it[contract.AttrTTL] = expiry(x.ExpiresAt)
		return s.putAction(it, absent(), changed("entry link")), nil
	case collection.ContractLookup:
		it := contractKey(c.Creditor, x.ContractHash).new()
		it[attrCase], it["documentHash"] = text(c.ID.String()), text(x.DocumentHash)
		it["emailMask"], it["phoneMask"] = text(x.EmailMask), text(x.PhoneMask)
		same := condition{absent().text + " OR " + attrCase + " = :case", map[string]types.AttributeValue{":case": text(c.ID.String())}}
		return s.putAction(it, same, changed("contract belongs to another case")), nil
	case collection.DocumentLookup:
		it := documentKey(c.Creditor, x.DocumentHash).new()
		it[attrCase] = text(c.ID.String())
		return s.putAction(it, absent(), changed("document has a case")), nil
	}
	return action{}, fmt.Errorf("companion %T is unknown", with)
}

// paper is the write of a contract's paper, which is written once; false for another companion.
func (b *batch) paper(with collection.Companion) (action, bool) {
	once := func(sort string, sealed []byte, what string, more item) (action, bool) {
		it := caseChild(b.dossier.Case.Creditor, b.dossier.Case.ID, sort).new()
		maps.Copy(it, more)
		it[attrSealed] = binary(sealed)
		return b.store.putAction(it, absent(), changed(what)), true
	}
	switch x := with.(type) {
	case collection.ContractText:
		return once(textPrefix+x.Number, x.Sealed, "contract text", nil)
	case collection.ContractPDF:
		return once(pdfPrefix+x.Number, x.Sealed, "contract document", nil)
	case collection.SignatureEvidence:
		return once(evidencePrefix+x.Agreement.String(), x.Sealed, "signature evidence", item{
			attrEvidenceHash: text(x.Hash), attrSigningKey: text(x.Key), attrSignature: binary(x.Signature),
		})
	}
	return action{}, false
}

// answerAction keeps the answer of an idempotent route. An answer that has expired is overwritten, whether or not TTL has removed it.
func (s *Store) answerAction(c collection.Case, x collection.Answer) action {
	it := answerKey(c.Creditor, c.ID, x.Route, x.KeyHash).new()
	it[attrBodyHash], it[attrSealed], it[attrExpiresAt] = text(x.BodyHash), binary(x.Sealed), instant(x.ExpiresAt)
	it[contract.AttrTTL] = expiry(x.ExpiresAt)
	free := condition{absent().text + " OR " + attrExpiresAt + " <= :now", map[string]types.AttributeValue{":now": instant(s.now())}}
	return s.putAction(it, free, func(existing item) error {
		answer, err := readAnswer(existing)
		if err != nil {
			return fmt.Errorf("read stored answer: %w", err)
		}
		return &collection.ReplayError{Answer: answer}
	})
}

// takenInAction takes a raw event out of the pending index.
func (s *Store) takenInAction(ref collection.RawRef) (action, error) {
	if err := checkNames(ref.Provider, ref.Account, ref.Key); err != nil {
		return action{}, fmt.Errorf("raw event: %w", err)
	}
	now := s.now()
	update := &types.Update{
		TableName: aws.String(s.table), Key: rawKey(ref.Creditor, ref.Provider, ref.Account, ref.Key).new(),
		UpdateExpression: aws.String(
			"SET " + attrTakenInAt + " = :now, #ttl = :ttl REMOVE " + attrPendingShard + ", " + attrPendingSince),
		ConditionExpression: aws.String(
			"attribute_exists(" + contract.KeyPartition + ") AND attribute_not_exists(" + attrTakenInAt + ")"),
		ExpressionAttributeNames: map[string]string{"#ttl": contract.AttrTTL}, // a reserved word
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":now": instant(now), ":ttl": expiry(now.Add(rawKept)),
		},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	return action{write: types.TransactWriteItem{Update: update}, refused: func(existing item) error {
		if len(existing) == 0 {
			return fmt.Errorf("raw event: %w", collection.ErrNotFound)
		}
		return fmt.Errorf("raw event: %w", collection.ErrFactPosted)
	}}, nil
}

func (s *Store) capAction(x collection.CapTaken) (action, error) {
	if x.PersonKey == "" {
		return action{}, fmt.Errorf("%w: contact cap without a person", collection.ErrInvalid)
	}
	body, err := document(each(x.Days, calendar.Date.String))
	if err != nil {
		return action{}, err
	}
	it := personKey(x.PersonKey).new()
	it[attrVersion], it[attrDoc], it[contract.AttrTTL] = number(x.Version+1), body, expiry(s.now().Add(capKept))
	return s.putAction(it, atVersion(x.Version), changed("contact cap")), nil
}
