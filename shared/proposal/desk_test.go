package proposal

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/idempotency"
)

func testMAC(purpose string, data ...[]byte) []byte {
	h := hmac.New(sha256.New, []byte("test key "+purpose))
	for _, d := range data {
		h.Write(d)
	}
	return h.Sum(nil)
}

func request(route, key, body string) idempotency.Request {
	return idempotency.Request{Route: route, KeyHash: key, BodyHash: body}
}

func load(t *testing.T, m *memory) *collection.Dossier {
	t.Helper()
	d, err := m.Load(t.Context(), m.creditor.ID, m.caseID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAcceptAndSignMakeAnAgreement(t *testing.T) {
	k, m := newDesk(t, 2)
	once := request("POST /v1/me/proposals", "key", "body")
	p, replayed, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 3), once)
	if err != nil || replayed || p.Status != collection.ContractIssued {
		t.Fatalf("got %+v, %v, %v", p, replayed, err)
	}
	contract, err := k.Contract(t.Context(), load(t, m), p.ContractNumber)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{
		"Maria da Silva", "529.982.247-25", "Rua das Flores, 10, São Paulo - SP, CEP 01310-100",
		p.ContractNumber, "R$ 500,00", "3 parcelas mensais", "multa de 2%", "12.345.678/0001-95",
	} {
		if !strings.Contains(contract.Text, said) {
			t.Errorf("the contract does not say %q:\n%s", said, contract.Text)
		}
	}
	_, err = k.Sign(t.Context(), participant(m, at), load(t, m), p.ContractNumber, strings.Repeat("0", 64), Circumstances{})
	if !errors.Is(err, collection.ErrContractChanged) {
		t.Errorf("another text was signed: %v", err)
	}
	agreement, err := k.Sign(t.Context(), participant(m, at), load(t, m), p.ContractNumber, p.TextHash, Circumstances{IP: "127.0.0.1"})
	if err != nil || agreement.Status != collection.AgreementPendingFirstPayment || len(agreement.Instalments) != 3 {
		t.Fatalf("got %+v, %v", agreement, err)
	}
	again, err := k.Sign(t.Context(), participant(m, at.Add(time.Hour)), load(t, m), p.ContractNumber, p.TextHash, Circumstances{})
	if err != nil || again.ID != agreement.ID {
		t.Errorf("signing again gave %v, %v", again.ID, err)
	}
	record := m.evidence[agreement.ID]
	if !strings.Contains(string(record.Sealed), p.TextHash) || len(record.Hash) != 64 {
		t.Errorf("evidence %s", record.Sealed)
	}
	replay, replayed, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID2(p, t, m), once)
	if err != nil || !replayed || replay.ID != p.ID || replay.Status != collection.ContractIssued {
		t.Errorf("the same request again gave %+v, %v, %v", replay, replayed, err)
	}
}

// offerID2 seals the same deal as was accepted, which the debts in agreement no longer offer.
func offerID2(p collection.Proposal, t *testing.T, m *memory) string {
	t.Helper()
	return sealed(m, p.Terms.Debts, len(p.Terms.Schedule), p.Terms.Total, m.creditor.Policy.Version).Seal(testMAC)
}

func TestAcceptRefuses(t *testing.T) {
	k, m := newDesk(t, 1)
	d := load(t, m)
	good := offerID(t, m, 1)
	debts := []collection.DebtID{d.Debts[0].ID}
	other := participant(m, at)
	other.By.Case = collection.CaseID{}
	for name, test := range map[string]struct {
		meta  collection.Meta
		offer string
		want  error
	}{
		"a forged offer":            {participant(m, at), good + "A", collection.ErrNotFound},
		"an offer of another case":  {other, good, collection.ErrNotFound},
		"an offer past its time":    {participant(m, at.Add(time.Hour)), good, collection.ErrOfferExpired},
		"an offer of an old policy": {participant(m, at), sealed(m, debts, 1, 1, "old").Seal(testMAC), collection.ErrOfferExpired},
		"terms that changed since": {
			participant(m, at), sealed(m, debts, 1, 1, m.creditor.Policy.Version).Seal(testMAC), collection.ErrOfferExpired,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := k.Accept(t.Context(), test.meta, load(t, m), test.offer, request("r", name, "b")); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	if len(load(t, m).Proposals) != 0 {
		t.Error("a refused offer left a proposal")
	}
}

func TestOneOfferMakesOneProposal(t *testing.T) {
	k, m := newDesk(t, 3)
	id := offerID(t, m, 2)
	const tries = 200
	outcomes := make(chan error, tries)
	var wg sync.WaitGroup
	for i := range tries {
		wg.Go(func() {
			d, err := m.Load(t.Context(), m.creditor.ID, m.caseID)
			if err == nil {
				_, _, err = k.Accept(t.Context(), participant(m, at), d, id, request("r", string(rune('a'+i)), "b"))
			}
			outcomes <- err
		})
	}
	wg.Wait()
	close(outcomes)
	made := 0
	for err := range outcomes {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, collection.ErrOfferTaken):
			t.Errorf("got %v", err)
		}
	}
	if made != 1 || len(load(t, m).Proposals) != 1 {
		t.Errorf("%d acceptances succeeded, %d proposals stand", made, len(load(t, m).Proposals))
	}
}

func TestAKeyBelongsToOneRequest(t *testing.T) {
	k, m := newDesk(t, 2)
	if _, _, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 2), request("r", "key", "body")); err != nil {
		t.Fatal(err)
	}
	_, _, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 3), request("r", "key", "other body"))
	if !errors.Is(err, idempotency.ErrKeyReused) {
		t.Errorf("got %v", err)
	}
}

func TestRefusedAndExpiredContractsCannotBeSigned(t *testing.T) {
	k, m := newDesk(t, 2)
	p, _, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 2), request("r", "1", "b"))
	if err != nil {
		t.Fatal(err)
	}
	late := participant(m, at.Add(time.Hour))
	_, err = k.Sign(t.Context(), late, load(t, m), p.ContractNumber, p.TextHash, Circumstances{})
	if !errors.Is(err, collection.ErrContractExpired) {
		t.Errorf("an expired contract: %v", err)
	}
	for range 2 { // refusing twice is the same as once
		refused, err := k.Refuse(t.Context(), participant(m, at), load(t, m), p.ID)
		if err != nil || refused.Status != collection.ContractRefused {
			t.Fatalf("got %+v, %v", refused, err)
		}
	}
	_, err = k.Sign(t.Context(), participant(m, at), load(t, m), p.ContractNumber, p.TextHash, Circumstances{})
	if !errors.Is(err, collection.ErrProposalNotOpen) {
		t.Errorf("a refused contract: %v", err)
	}
	_, err = k.Sign(t.Context(), participant(m, at), load(t, m), "RG-NONE", p.TextHash, Circumstances{})
	if !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("an unknown contract: %v", err)
	}
}

func TestTwoProposalsOfOneDebtMakeOneAgreement(t *testing.T) {
	k, m := newDesk(t, 1)
	first, _, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 1), request("r", "1", "b"))
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 2), request("r", "2", "b"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sign(t.Context(), participant(m, at), load(t, m), first.ContractNumber, first.TextHash, Circumstances{}); err != nil {
		t.Fatal(err)
	}
	_, err = k.Sign(t.Context(), participant(m, at), load(t, m), second.ContractNumber, second.TextHash, Circumstances{})
	if !errors.Is(err, collection.ErrDebtsNotOpen) {
		t.Errorf("got %v", err)
	}
}
