package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/payment"
)

// allAccounts is the partition of all creditors' accounts at providers: written when an operator names an account, read once a day.
const allAccounts = "ACCOUNTS"

// bookedOn names the partition of the index of what is booked.
func bookedOn(creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date) string {
	return strings.Join([]string{string(creditor), at.Provider, at.Account, day.String()}, "#")
}

// listBooked lets BookedOn find a receipt or a return.
func listBooked(it item, creditor collection.CreditorID, account collection.ProviderAccount, at time.Time) {
	it[attrBookedOn], it[attrBookedAt] = text(bookedOn(creditor, account, offer.Today(at))), instant(at)
}

// BookedOn lists what is booked of an account's day, in the order of time. The index may be a moment behind.
func (s *Store) BookedOn(
	ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date,
) ([]payment.BookedFact, error) {
	var out []payment.BookedFact
	pages := dynamodb.NewQueryPaginator(s.client, &dynamodb.QueryInput{
		TableName: aws.String(s.table), IndexName: aws.String(contract.IndexBooked),
		KeyConditionExpression:    aws.String(attrBookedOn + " = :on"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":on": text(bookedOn(creditor, at, day))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list booked: %w", translate(err))
		}
		for _, it := range page.Items {
			r := read(it)
			k := r.key()
			const parts = 5 // creditor, kind, provider, account, fact; the last may hold "#"
			name := strings.SplitN(k.pk, "#", parts)
			if r.err != nil || len(name) != parts {
				return nil, fmt.Errorf("list booked: a key of another form: %w", errors.Join(collection.ErrInvalid, r.err))
			}
			out = append(out, payment.BookedFact{Name: name[parts-1], Return: k.sk == sortReturn})
		}
	}
	return out, nil
}

// RegisterAccount lets RegisteredAccounts list an account. Doing it again changes nothing.
func (s *Store) RegisterAccount(ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount) error {
	if err := checkNames(at.Provider, at.Account, string(creditor)); err != nil {
		return fmt.Errorf("register account: %w", err)
	}
	it := key{allAccounts, strings.Join([]string{string(creditor), at.Provider, at.Account}, "#")}.new()
	if err := s.put(ctx, it, absent()); err != nil && !errors.Is(err, errCondition) {
		return fmt.Errorf("register account: %w", err)
	}
	return nil
}

// RegisteredAccounts lists the accounts of all creditors, in their order.
func (s *Store) RegisteredAccounts(ctx context.Context) ([]payment.CreditorAccount, error) {
	var out []payment.CreditorAccount
	err := s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String(contract.KeyPartition + " = :p"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":p": text(allAccounts)},
	}, func(it item) error {
		r := read(it)
		name := strings.Split(r.key().sk, "#")
		if r.err != nil || len(name) != 3 {
			return fmt.Errorf("an account's key of another form: %w", errors.Join(collection.ErrInvalid, r.err))
		}
		out = append(out, payment.CreditorAccount{
			Creditor: collection.CreditorID(name[0]), At: collection.ProviderAccount{Provider: name[1], Account: name[2]},
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return out, nil
}

// reportBody is the JSON body of a reconciliation's report.
type reportBody struct {
	ComparedAt time.Time `json:"comparedAt"`
	Verdict    string    `json:"verdict"`
	Payments   int       `json:"payments"`
	Returns    int       `json:"returns"`
	Stated     int64     `json:"statedCentavos"`
	Booked     int64     `json:"bookedCentavos"`
	Missing    factsBody `json:"missing,omitzero"`
	Refused    factsBody `json:"refused,omitzero"`
	Differing  factsBody `json:"differing,omitzero"`
	Awaited    factsBody `json:"awaited,omitzero"`
	Unstated   factsBody `json:"unstated,omitzero"`
	Earlier    factsBody `json:"earlier,omitzero"`
}

type factsBody struct {
	Count int        `json:"count"`
	Sum   int64      `json:"sumCentavos"`
	First []factBody `json:"first"`
}

// IsZero leaves out kinds of which there are none.
func (b factsBody) IsZero() bool { return b.Count == 0 }

type factBody struct {
	Name   string `json:"fact"`
	Amount int64  `json:"amountCentavos"`
}

func bodyOfFacts(f payment.Facts) factsBody {
	out := factsBody{Count: f.Count, Sum: int64(f.Sum)}
	for _, one := range f.First {
		out.First = append(out.First, factBody{one.Name, int64(one.Amount)})
	}
	return out
}

func (b factsBody) facts() payment.Facts {
	out := payment.Facts{Count: b.Count, Sum: money.Centavos(b.Sum)}
	for _, one := range b.First {
		out.First = append(out.First, payment.Fact{Name: one.Name, Amount: money.Centavos(one.Amount)})
	}
	return out
}

func reportKey(creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date) key {
	return key{strings.Join([]string{string(creditor), sortReport, at.Provider, at.Account, day.String()}, "#"), sortReport}
}

// PutReport stores the report of an account's day over the revision that was loaded, 0 for the first; collection.ErrConflict when that has
// passed.
func (s *Store) PutReport(ctx context.Context, x payment.Report) error {
	if err := checkNames(x.At.Provider, x.At.Account, x.Day.String()); err != nil {
		return fmt.Errorf("store report: %w", err)
	}
	body, err := document(reportBody{
		ComparedAt: utc(x.ComparedAt), Verdict: string(x.Verdict), Payments: x.Payments, Returns: x.Returns, Stated: int64(x.Stated),
		Booked: int64(x.Booked), Missing: bodyOfFacts(x.Missing), Refused: bodyOfFacts(x.Refused), Differing: bodyOfFacts(x.Differing),
		Awaited: bodyOfFacts(x.Awaited), Unstated: bodyOfFacts(x.Unstated), Earlier: bodyOfFacts(x.Earlier),
	})
	if err != nil {
		return err
	}
	it := reportKey(x.Creditor, x.At, x.Day).new()
	it[attrDoc], it[attrVersion] = body, number(x.Revision+1)
	err = s.put(ctx, it, atVersion(x.Revision))
	if errors.Is(err, errCondition) {
		err = fmt.Errorf("%w: report is not at version %d", collection.ErrConflict, x.Revision)
	}
	if err != nil {
		return fmt.Errorf("store report: %w", err)
	}
	return nil
}

// LoadReport reads the report of an account's day; collection.ErrNotFound when the day was not compared.
func (s *Store) LoadReport(
	ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date,
) (payment.Report, error) {
	it, err := s.get(ctx, reportKey(creditor, at, day))
	if err != nil {
		return payment.Report{}, fmt.Errorf("load report: %w", err)
	}
	r := read(it)
	var b reportBody
	r.document(&b)
	return payment.Report{
		Creditor: creditor, At: at, Day: day, ComparedAt: utc(b.ComparedAt), Verdict: payment.Verdict(b.Verdict), Payments: b.Payments,
		Returns: b.Returns, Stated: money.Centavos(b.Stated), Booked: money.Centavos(b.Booked), Missing: b.Missing.facts(),
		Refused: b.Refused.facts(), Differing: b.Differing.facts(), Awaited: b.Awaited.facts(), Unstated: b.Unstated.facts(),
		Earlier: b.Earlier.facts(), Revision: r.number(attrVersion),
	}, r.err
}
