package parties

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/s3"
	"github.com/regua/regua/shared/secrets"
)

// DebitAgreement is the agreement on account debit of an account with its bank here.
func DebitAgreement(account string) *secrets.Debit {
	const columns = 20
	return &secrets.Debit{Agreement: "DEMO0001", Company: account[:min(len(account), columns)], Bank: "001", BankName: "BANCO DEMO"}
}

// Debits are the banks that collect by account debit: files come to them and go from them.
type Debits struct {
	Files    *s3.Bucket
	Accounts []collection.ProviderAccount // those of account debit among them are served
	Now      func() time.Time
}

// Answer does what the banks of all accounts on account debit would do: it reads the files that were sent and answers what was not
// answered, in one file an account. codes are the return codes by payment intent; without one a debit is paid and a cancellation done. It
// returns how many files it wrote. The product reads them at its next exchange.
func (b *Debits) Answer(ctx context.Context, codes map[string]string) (files int, err error) {
	for _, at := range b.Accounts {
		if at.Provider != provider.Debit {
			continue
		}
		wrote, err := b.answer(ctx, at.Account, codes)
		if err != nil {
			return files, fmt.Errorf("answer debits of %s: %w", at.Account, err)
		}
		if wrote {
			files++
		}
	}
	return files, nil
}

func (b *Debits) answer(ctx context.Context, account string, codes map[string]string) (bool, error) {
	debits, number, err := b.waiting(ctx, account)
	if err != nil || len(debits) == 0 {
		return false, err
	}
	today := offer.Today(b.Now())
	var results []febraban.Result
	for _, d := range debits {
		if d.Due.After(today) {
			d.Due = today
		}
		results = append(results, febraban.Result{Debit: d, Code: cmp.Or(codes[d.Reference], usual(d.Movement))})
	}
	return true, b.putRetorno(ctx, account, number+1, today, results)
}

// Waiting lists what was sent to the bank of an account and not answered, each as the last file has it.
func (b *Debits) Waiting(ctx context.Context, account string) ([]febraban.Debit, error) {
	waiting, _, err := b.waiting(ctx, account)
	return waiting, err
}

// waiting is Waiting, with the number of the bank's last file.
func (b *Debits) waiting(ctx context.Context, account string) (debits []febraban.Debit, number int, err error) {
	answers, err := b.read(ctx, account+"/in/")
	if err != nil {
		return nil, 0, err
	}
	answered := map[string]bool{}
	for _, f := range answers {
		number = max(number, f.Number)
		for _, r := range f.Results {
			answered[r.Reference] = true
		}
	}
	asked, err := b.read(ctx, account+"/out/")
	if err != nil {
		return nil, 0, err
	}
	places := map[string]int{}
	for _, f := range asked {
		for _, d := range f.Debits {
			if answered[d.Reference] {
				continue
			}
			place, again := places[d.Reference]
			if !again {
				place = len(debits)
				places[d.Reference] = place
				debits = append(debits, d)
			}
			debits[place] = d
		}
	}
	return debits, number, nil
}

func usual(m febraban.Movement) string {
	if m == febraban.MovementCancel {
		return "99"
	}
	return "00"
}

func (b *Debits) putRetorno(ctx context.Context, account string, number int, on calendar.Date, results []febraban.Result) error {
	agreement := DebitAgreement(account)
	text, err := febraban.File{Results: results, Header: febraban.Header{
		Direction: febraban.Retorno, Agreement: agreement.Agreement, Company: agreement.Company, Bank: agreement.Bank,
		BankName: agreement.BankName, Date: on, Number: number, Version: febraban.Version,
	}}.Encode()
	if err != nil {
		return err
	}
	return b.Files.PutNew(ctx, fmt.Sprintf("%s/in/RET%06d.txt", account, number), text)
}

func (b *Debits) read(ctx context.Context, prefix string) ([]febraban.File, error) {
	objects, err := b.Files.List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	var out []febraban.File
	for _, o := range objects {
		text, err := b.Files.Get(ctx, o.Key)
		if err != nil {
			return nil, err
		}
		f, err := febraban.Parse(text)
		if err != nil {
			continue // somebody's experiment: the product parks it
		}
		out = append(out, f)
	}
	return out, nil
}
