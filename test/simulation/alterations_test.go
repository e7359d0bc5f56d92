package simulation

import "github.com/regua/regua/test/planted"

// ofTheBooks is what the simulation says of money that the ledger has not, or has twice.
const ofTheBooks = "the bank has [0-9]+ payments of [0-9]+ centavos in all and [0-9]+ returns of [0-9]+, the ledger"

// alterations are the bugs that the simulation must see: each loses, repeats or forgets money under some schedule. A notice that is lost at
// the door is none of them: the morning's comparison with the bank makes good for it, and test/crash shows it with nothing to heal a loss.
func alterations() []planted.Bug { return append(ofNotices(), ofPostings()...) }

func ofNotices() []planted.Bug {
	return []planted.Bug{{
		Name: "payments are told apart by the notice's name alone",
		File: "shared/provider/sandbox/notice.go",
		Changes: []planted.Change{{
			Was: `		event.Payments, err = readAll(body, paymentBody.payment)
`,
			Is: `		event.Payments, err = readAll(body, paymentBody.payment)
		for i := range event.Payments {
			event.Payments[i].Fact = fmt.Sprintf("%s/%d", some.ID, i)
		}
`,
		}},
		Says: ofTheBooks,
	}, {
		Name: "a notice is claimed before it is posted",
		File: "shared/payment/intake.go",
		Changes: []planted.Change{{
			Was: `	marked := false
`,
			Is: `	if err := i.Raws.TakeIn(ctx, ref); err != nil {
		return err
	}
	marked := false
`,
		}, {
			Was: `			with = append(with, collection.TakenIn{Provider: ref.Provider, Account: ref.Account, Key: ref.Key})
`,
			Is: `			marked = len(with) > 0
`,
		}},
		Says: ofTheBooks,
	}, {
		Name: "expiry beats money",
		File: "shared/collection/foldpayment.go",
		Changes: []planted.Change{{
			Was: `	if i.Status = IntentConfirmed; i.Returned >= i.Received {
`,
			Is: `	if i.Status == IntentExpired || i.Status == IntentCancelled {
		return
	}
	if i.Status = IntentConfirmed; i.Returned >= i.Received {
`,
		}},
		Says: `intent [0-9A-Z]+: by [a-z]+ it is (EXPIRED|CANCELLED) with [1-9]`,
	}, {
		Name: "what the provider says of a charge is not looked at",
		File: "shared/provider/sandbox/sandbox.go",
		Changes: []planted.Change{{
			Was: `		state.Payments = append(state.Payments, payment)
`,
			Is: `		_ = payment
`,
		}},
		Says: ofTheBooks,
	}}
}

func ofPostings() []planted.Bug {
	return []planted.Bug{{
		Name: "a posting asks for no condition",
		File: "shared/dynamo/receipt.go",
		Changes: []planted.Change{{
			Was: `		return s.putAction(it, absent(), func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
`, Is: `		always := condition{absent().text + " OR attribute_exists(" + attrDoc + ")", nil}
		return s.putAction(it, always, func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
`}},
		Says: ofTheBooks,
	}, {
		Name: "what is paid beyond the instalment is dropped",
		File: "shared/collection/decidepayment.go",
		Changes: []planted.Change{{
			Was: `	p.add(AccountCash, e.Amount)
`,
			Is: `	p.add(AccountCash, e.Amount-e.Excess)
`,
		}, {
			Was: `	p.add(AccountExcess, -e.Excess)
	e.Lines = p
`,
			Is: `	e.Lines = p
`,
		}},
		Says: ofTheBooks + "|centavos",
	}}
}
