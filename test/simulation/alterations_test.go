package simulation

// ofTheBooks is what the simulation says of money that the ledger has not, or has twice.
const ofTheBooks = "the bank has [0-9]+ payments of [0-9]+ centavos in all and [0-9]+ returns of [0-9]+, the ledger"

// alterations are the bugs that the simulation must see: each loses, repeats or forgets money under some schedule. A notice that is lost at
// the door is none of them: the morning's comparison with the bank makes good for it, and test/crash shows it with nothing to heal a loss.
func alterations() []alteration {
	return []alteration{{
		name: "payments are told apart by the notice's name alone",
		file: "shared/provider/sandbox/notice.go",
		lines: []replacement{{`		event.Payments, err = readAll(body, paymentBody.payment)
`, `		event.Payments, err = readAll(body, paymentBody.payment)
		for i := range event.Payments {
			event.Payments[i].Fact = fmt.Sprintf("%s/%d", some.ID, i)
		}
`}},
		says: ofTheBooks,
	}, {
		name: "a notice is claimed before it is posted",
		file: "shared/payment/intake.go",
		lines: []replacement{{`	marked := false
`, `	if err := i.Raws.TakeIn(ctx, ref); err != nil {
		return err
	}
	marked := false
`}, {`			with = append(with, collection.TakenIn{Provider: ref.Provider, Account: ref.Account, Key: ref.Key})
`, `			marked = len(with) > 0
`}},
		says: ofTheBooks,
	}, {
		name: "expiry beats money",
		file: "shared/collection/payment.go",
		lines: []replacement{{`	case IntentExpired, IntentCancelled:
		return 3
`, `	case IntentExpired, IntentCancelled:
		return 7
`}},
		says: `intent [0-9A-Z]+: it is EXPIRED with [1-9]`,
	}, {
		name: "what the provider says of a charge is not looked at",
		file: "shared/provider/sandbox/sandbox.go",
		lines: []replacement{{`		state.Payments = append(state.Payments, payment)
`, `		_ = payment
`}},
		says: ofTheBooks,
	}, {
		name: "a posting asks for no condition",
		file: "shared/dynamo/receipt.go",
		lines: []replacement{{
			was: `		return s.putAction(it, absent(), func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
`, is: `		always := condition{absent().text + " OR attribute_exists(" + attrDoc + ")", nil}
		return s.putAction(it, always, func(item) error { return fmt.Errorf("receipt: %w", collection.ErrFactPosted) }), nil
`}},
		says: ofTheBooks,
	}, {
		name: "what is paid beyond the instalment is dropped",
		file: "shared/collection/decidepayment.go",
		lines: []replacement{{`	p.add(AccountCash, e.Amount)
`, `	p.add(AccountCash, e.Amount-e.Excess)
`}, {`	p.add(AccountExcess, -e.Excess)
	e.Lines = p
`, `	e.Lines = p
`}},
		says: ofTheBooks + "|centavos",
	}}
}
