package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/money"
)

// Load reads a case with its debts, proposals and agreements in one Query. A case that does not exist is ErrNotFound.
func (s *Store) Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	d, _, err := s.loadDossier(ctx, creditor, id)
	return d, err
}

// loadDossier reads a dossier and returns besides it the items of the same Query that are none of its parts: the case's sessions.
func (s *Store) loadDossier(
	ctx context.Context, creditor collection.CreditorID, id collection.CaseID,
) (*collection.Dossier, []item, error) {
	d := collection.NewDossier(id, creditor)
	var others []item
	found := false
	err := s.queryPrefix(ctx, casePartition(creditor, id), dossierPrefix, func(it item) error {
		sort := read(it).key().sk
		var err error
		switch {
		case sort == sortCase:
			found = true
			err = readCase(it, &d.Case)
		case strings.HasPrefix(sort, debtPrefix):
			err = appendRead(it, &d.Debts, readDebt)
		case strings.HasPrefix(sort, proposalPrefix):
			err = appendRead(it, &d.Proposals, readProposal)
		case strings.HasPrefix(sort, agreementPrefix):
			err = appendRead(it, &d.Agreements, readAgreement)
		default:
			others = append(others, it)
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("load case: %w", err)
	}
	if !found {
		return nil, nil, fmt.Errorf("load case: %w", collection.ErrNotFound)
	}
	d.Loaded()
	return d, others, nil
}

func appendRead[T any](it item, to *[]T, from func(item) (T, error)) error {
	part, err := from(it)
	if err != nil {
		return fmt.Errorf("read %s: %w", read(it).key().sk, err)
	}
	*to = append(*to, part)
	return nil
}

// LoadIntent reads a payment intent with its waiter; ErrNotFound when there is none.
func (s *Store) LoadIntent(
	ctx context.Context, creditor collection.CreditorID, id collection.IntentID,
) (collection.Intent, error) {
	it, err := s.get(ctx, intentKey(creditor, id))
	if err != nil {
		return collection.Intent{}, fmt.Errorf("load intent: %w", err)
	}
	intent, err := readIntent(it)
	if err != nil {
		return collection.Intent{}, fmt.Errorf("load intent: %w", err)
	}
	return intent, nil
}

// LoadContact reads a contact of a case; ErrNotFound when there is none.
func (s *Store) LoadContact(
	ctx context.Context, creditor collection.CreditorID, caseID collection.CaseID, id collection.ContactID,
) (collection.Contact, error) {
	it, err := s.get(ctx, caseChild(creditor, caseID, contactPrefix+id.String()))
	if err != nil {
		return collection.Contact{}, fmt.Errorf("load contact: %w", err)
	}
	contact, err := readContact(it)
	if err != nil {
		return collection.Contact{}, fmt.Errorf("load contact: %w", err)
	}
	return contact, nil
}

// ContractText reads the sealed text of a contract; ErrNotFound when there is none.
func (s *Store) ContractText(
	ctx context.Context, creditor collection.CreditorID, caseID collection.CaseID, number string,
) ([]byte, error) {
	it, err := s.get(ctx, caseChild(creditor, caseID, textPrefix+number))
	if err != nil {
		return nil, fmt.Errorf("load contract text: %w", err)
	}
	r := read(it)
	sealed := r.binary(attrSealed)
	return sealed, r.err
}

// ContractPDF reads the sealed document of a contract; ErrNotFound when there is none.
func (s *Store) ContractPDF(
	ctx context.Context, creditor collection.CreditorID, caseID collection.CaseID, number string,
) ([]byte, error) {
	it, err := s.get(ctx, caseChild(creditor, caseID, pdfPrefix+number))
	if err != nil {
		return nil, fmt.Errorf("load contract document: %w", err)
	}
	r := read(it)
	sealed := r.binary(attrSealed)
	return sealed, r.err
}

// Evidence reads the record of an agreement's signature, sealed; ErrNotFound when there is none.
func (s *Store) Evidence(
	ctx context.Context, creditor collection.CreditorID, caseID collection.CaseID, agreement collection.AgreementID,
) (collection.SignatureEvidence, error) {
	it, err := s.get(ctx, caseChild(creditor, caseID, evidencePrefix+agreement.String()))
	if err != nil {
		return collection.SignatureEvidence{}, fmt.Errorf("load signature evidence: %w", err)
	}
	r := read(it)
	return collection.SignatureEvidence{
		Agreement: agreement, Hash: r.text(attrEvidenceHash), Sealed: r.binary(attrSealed), Key: r.text(attrSigningKey),
		Signature: r.binary(attrSignature),
	}, r.err
}

// LoadAnswer reads the stored answer of an idempotent route; ErrNotFound when there is none or it has expired.
func (s *Store) LoadAnswer(
	ctx context.Context, creditor collection.CreditorID, caseID collection.CaseID, route, keyHash string,
) (collection.Answer, error) {
	it, err := s.get(ctx, answerKey(creditor, caseID, route, keyHash))
	if err != nil {
		return collection.Answer{}, fmt.Errorf("load answer: %w", err)
	}
	answer, err := readAnswer(it)
	if err != nil {
		return collection.Answer{}, fmt.Errorf("load answer: %w", err)
	}
	if !s.now().Before(answer.ExpiresAt) {
		return collection.Answer{}, fmt.Errorf("load answer: %w", collection.ErrNotFound)
	}
	return answer, nil
}

// FindCase finds a participant's case by the keyed hash of the document; ErrNotFound when there is none.
func (s *Store) FindCase(
	ctx context.Context, creditor collection.CreditorID, documentHash string,
) (collection.CaseID, error) {
	it, err := s.get(ctx, documentKey(creditor, documentHash))
	if err != nil {
		return collection.CaseID{}, fmt.Errorf("find case: %w", err)
	}
	r := read(it)
	var id collection.CaseID
	readID(r, attrCase, &id)
	return id, r.err
}

// SetWaiter stores the token of the execution that waits for an intent's money and returns the intent as it stands after that, so that the
// caller sees money that came first. A newer token replaces an older one; ErrNotFound when there is no such intent.
func (s *Store) SetWaiter(
	ctx context.Context, creditor collection.CreditorID, id collection.IntentID, token string,
) (collection.Intent, error) {
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: aws.String(s.table), Key: intentKey(creditor, id).attributes(), ReturnValues: types.ReturnValueAllNew,
		UpdateExpression:          aws.String("SET " + attrWaiter + " = :token"),
		ConditionExpression:       aws.String("attribute_exists(" + contract.KeyPartition + ")"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":token": text(token)},
	})
	if err = translate(err); errors.Is(err, errCondition) {
		err = collection.ErrNotFound
	}
	if err != nil {
		return collection.Intent{}, fmt.Errorf("set waiter: %w", err)
	}
	intent, err := readIntent(out.Attributes)
	if err != nil {
		return collection.Intent{}, fmt.Errorf("set waiter: %w", err)
	}
	return intent, nil
}

// Cap reads a person's rolling contact record and its version: no days and version 0 when there is none.
func (s *Store) Cap(ctx context.Context, person string) (days []calendar.Date, version int64, err error) {
	it, err := s.get(ctx, personKey(person))
	if errors.Is(err, collection.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("load contact cap: %w", err)
	}
	r, p := read(it), &parser{}
	var written []string
	r.document(&written)
	days, version = back(written, p.date), r.number(attrVersion)
	if err := firstError(r.err, p.err); err != nil {
		return nil, 0, fmt.Errorf("load contact cap: %w", err)
	}
	return days, version, nil
}

func readEntry(it item) (collection.Entry, error) {
	r := read(it)
	var body entryBody
	r.document(&body)
	return collection.Entry{
		Seq: r.number(attrSeq), At: utc(body.At), Cause: body.Cause, Lines: back(body.Lines, func(l lineBody) collection.Line {
			return collection.Line{Account: collection.Account(l.Account), Amount: money.Centavos(l.Amount)}
		}),
	}, r.err
}
