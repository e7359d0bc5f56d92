package cloud

import (
	"cmp"
	"context"
	"fmt"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/secrets"
)

// demoAgreement is the agreement on account debit of an account with the demo bank.
func demoAgreement(account string) *secrets.Debit {
	const columns = 20
	return &secrets.Debit{Agreement: "DEMO0001", Company: account[:min(len(account), columns)], Bank: "001", BankName: "BANCO DEMO"}
}

// AnswerDebits does what the banks of all accounts on account debit would do: it reads the files that were sent and answers what was not
// answered, in one file an account. codes are the return codes by payment intent; without one a debit is paid and a cancellation done. It
// returns how many files it wrote. The product reads them at its next exchange.
func (c *Cloud) AnswerDebits(ctx context.Context, codes map[string]string) (files int, err error) {
	for _, creditor := range c.Creditors {
		for _, at := range creditor.Accounts() {
			if at.Provider != provider.Debit {
				continue
			}
			wrote, err := c.answerDebits(ctx, at, codes)
			if err != nil {
				return files, fmt.Errorf("answer debits of %s: %w", at.Account, err)
			}
			if wrote {
				files++
			}
		}
	}
	return files, nil
}

func (c *Cloud) answerDebits(ctx context.Context, at collection.ProviderAccount, codes map[string]string) (bool, error) {
	answers, err := c.bankFiles(ctx, at.Account+"/in/")
	if err != nil {
		return false, err
	}
	answered, number := map[string]bool{}, 0
	for _, f := range answers {
		number = max(number, f.Number)
		for _, r := range f.Results {
			answered[r.Reference] = true
		}
	}
	asked, err := c.bankFiles(ctx, at.Account+"/out/")
	if err != nil {
		return false, err
	}
	today := offer.Today(c.Clock.Now())
	var results []febraban.Result
	places := map[string]int{}
	for _, f := range asked {
		for _, d := range f.Debits {
			if answered[d.Reference] {
				continue
			}
			if d.Due.After(today) {
				d.Due = today
			}
			place, again := places[d.Reference]
			if !again {
				place = len(results)
				places[d.Reference] = place
				results = append(results, febraban.Result{})
			}
			results[place] = febraban.Result{Debit: d, Code: cmp.Or(codes[d.Reference], usual(d.Movement))}
		}
	}
	if len(results) == 0 {
		return false, nil
	}
	return true, c.putRetorno(ctx, at.Account, number+1, today, results)
}

func usual(m febraban.Movement) string {
	if m == febraban.MovementCancel {
		return "99"
	}
	return "00"
}

func (c *Cloud) putRetorno(ctx context.Context, account string, number int, on calendar.Date, results []febraban.Result) error {
	agreement := demoAgreement(account)
	text, err := febraban.File{Results: results, Header: febraban.Header{
		Direction: febraban.Retorno, Agreement: agreement.Agreement, Company: agreement.Company, Bank: agreement.Bank,
		BankName: agreement.BankName, Date: on, Number: number, Version: febraban.Version,
	}}.Encode()
	if err != nil {
		return err
	}
	return c.Parts.Files().PutNew(ctx, fmt.Sprintf("%s/in/RET%06d.txt", account, number), text)
}

func (c *Cloud) bankFiles(ctx context.Context, prefix string) ([]febraban.File, error) {
	objects, err := c.Parts.Files().List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	var out []febraban.File
	for _, o := range objects {
		text, err := c.Parts.Files().Get(ctx, o.Key)
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
