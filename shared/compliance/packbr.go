package compliance

import "github.com/regua/regua/shared/collection"

// PackBrazil names the pack that Brazil returns.
const PackBrazil = "br-2026-12"

const (
	hour = 60 // minutes
	cdc  = "Lei 8.078/1990 "
)

// weekdays is a week of the same hours from Monday to Friday, others on Saturday, and none on Sunday.
func weekdays(from, to int, saturday Span) Week {
	w := Week{6: saturday}
	for day := 1; day <= 5; day++ {
		w[day] = Span{from * hour, to * hour}
	}
	return w
}

// Brazil is the default pack. No lawyer has reviewed it. It holds for the years whose state holidays are listed.
func Brazil() Pack {
	return Pack{
		Version: PackBrazil, ValidFrom: on("2026-01-01"), ValidTo: on("2028-12-31"),
		Rules: concat(brazilCalendar(), brazilConsumer(), brazilHours(), brazilCaps(), brazilPeople(), brazilDebts(), brazilTrades()),
	}
}

func concat(parts ...[]Rule) []Rule {
	var out []Rule
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func brazilCalendar() []Rule {
	const source = "project proposal"
	return []Rule{
		{
			ID: "BR-CALENDAR", Title: "Outside the years whose holidays are known nobody is called.", Source: source, Mark: Guess,
			Kind: KindCalendar, Verdict: Block, Channels: spoken,
		},
		{
			ID: "BR-CALENDAR", Title: "Outside the years whose holidays are known other contacts wait for them.", Source: source, Mark: Guess,
			Kind: KindCalendar, Verdict: Defer,
			Channels: []Channel{
				collection.ChannelEmail, collection.ChannelSMS, collection.ChannelWhatsApp, collection.ChannelPush, collection.ChannelLetter,
			},
		},
	}
}

// brazilConsumer are the rules on what a contact says and to whom.
func brazilConsumer() []Rule {
	const (
		conduct = cdc + "art. 42, 71 (aurum.com.br art. 42; acreagora.com 2022-12-25)"
		who     = cdc + "art. 42-A, by Lei 12.039/2009 (direitointegral.com 2009-10)"
		parts   = "RJ Lei 6.854/2014 art. 2; PR Lei 17.352/2012 art. 2; PE Lei 16.559/2019 art. 26-A; nationwide by project proposal"
		calls   = "RJ Lei 6.854/2014 art. 3 as changed by Lei 7.868/2018; PR Lei 17.352/2012 art. 2-A"
	)
	facts := func(id, title, source, verdict string, purposes []Purpose, when Rule) Rule {
		when.ID, when.Title, when.Source, when.Mark, when.Kind = id, title, source, Read, KindFacts
		when.Verdict, when.Purposes = verdict, purposes
		return when
	}
	return []Rule{
		facts("BR-CDC42", "No threat, ridicule or false claim.", conduct, Block, all, Rule{All: FactForbiddenPhrase}),
		facts("BR-CDC42", "The amount is what is owed.", conduct, Block, all, Rule{All: FactAmountDiffers}),
		facts("BR-CDC42", "Nobody but the person learns of the debt.", conduct, Block, all, Rule{
			Any: FactThirdParty | FactMisdirected | FactPublicContent,
		}),
		facts("BR-CDC42", "Work is not interfered with.", conduct, Block, nil, Rule{All: FactWorkAddress, None: FactConsumerUsed}),
		facts("BR-CDC42A", "Every document names the supplier with address and CNPJ.", who, Require, nil, Rule{
			Channels: []Channel{collection.ChannelEmail, collection.ChannelLetter}, None: FactSupplierIdentity, Notice: NoticeSupplierIdentity,
		}),
		facts("BR-CDC42A", "A short message names the supplier and links to the rest (the link is a project proposal).", who, Require, nil, Rule{
			Channels: messages, None: FactSupplierIdentity | FactSupplierLink, Notice: NoticeSupplierLink,
		}),
		facts("BR-BREAKDOWN", "Principal and each addition are named, or linked to.", parts, Require, nil, Rule{
			None: FactBreakdown | FactBreakdownLink, Notice: NoticeBreakdown,
		}),
		facts("BR-BREAKDOWN", "The parts add up to the total.", parts, Block, all, Rule{All: FactBreakdownWrong}),
		facts("BR-RJ-3P", "Nobody but the debtor is called, not even one given as a reference.", calls, Block, all, Rule{
			Channels: spoken, States: []string{"RJ"}, Any: FactThirdParty | FactMisdirected,
		}),
		facts("BR-RJ-3P", "Calls are recorded, with operator, date and hour.", calls, Block, all, Rule{
			Channels: spoken, States: []string{"PR", "RJ"}, None: FactRecorded,
		}),
	}
}

// brazilHours are the hours of the states' laws and the default that is inside all of them.
func brazilHours() []Rule {
	hours := func(id, title, source string, mark Mark, channels []Channel, week Week, states ...string) Rule {
		return Rule{
			ID: id, Title: title, Source: source, Mark: mark, Kind: KindHours, Verdict: Defer, Channels: channels, Week: week, Holidays: true,
			States: states,
		}
	}
	const proposal = "project proposal: inside all the states' hours"
	late := Span{8 * hour, 14 * hour}
	return []Rule{
		hours("BR-SP-HOURS", "Calls Monday to Friday 8 to 20, Saturday 8 to 14, not on holidays.",
			"SP Lei 15.426/2014 art. 2 (DOE-SP 2014-05-23)", Read, spoken, weekdays(8, 20, late), "SP"),
		hours("BR-RJ-HOURS", "Calls on working days 9 to 19.",
			"RJ Lei 7.868/2018, Lei 6.854/2014 art. 3 par. 4 (proteste.org.br; omelhordabaixada.com.br)", Read, spoken,
			weekdays(9, 19, Span{}), "RJ"),
		hours("BR-AL-HOURS", "Calls and text messages Monday to Friday 8 to 20, Saturday 8 to 14, not on holidays.",
			"AL Lei 7.782/2016 (7segundos.com.br 2018-04-16); application messages by project proposal", Read, calls, weekdays(8, 20, late), "AL"),
		hours("BR-ES-HOURS", "Calls on weekdays 8 to 19.", "ES Lei 10.626/2017 (efic.com.br)", Secondary, spoken, weekdays(8, 19, Span{}), "ES"),
		hours("BR-AM-HOURS", "Calls on weekdays 8 to 18: the stricter of two reports, one of which knows no Saturday.",
			"AM Lei 306/2016 (efic.com.br); a later law by amnews.com.br", Secondary, spoken, weekdays(8, 18, Span{}), "AM"),
		hours("BR-DEFAULT-HOURS", "Calls and messages Monday to Friday 9 to 18, Saturday 9 to 13, not on holidays.",
			proposal, Guess, calls, weekdays(9, 18, Span{9 * hour, 13 * hour})),
		hours("BR-DEFAULT-HOURS", "E-mail Monday to Saturday 8 to 20, not on holidays.",
			proposal, Guess, []Channel{collection.ChannelEmail}, weekdays(8, 20, Span{8 * hour, 20 * hour})),
	}
}

// The rules of how often a person is contacted.
const (
	RuleCapDay  = "BR-CAP-DAY"
	RuleCapWeek = "BR-CAP-WEEK"
	RuleHours   = "BR-DEFAULT-HOURS"
)

func brazilCaps() []Rule {
	limit := func(id, title string, count, days int) Rule {
		return Rule{
			ID: id, Title: title, Mark: Guess, Kind: KindCap, Verdict: Defer, Cap: count, Days: days, AnyPlace: true,
			Source: "project proposal: no statute fixes a number, courts look at insistence (blog.escritoriodeadvocaciaembh)",
		}
	}
	return []Rule{
		limit(RuleCapDay, "One contact a day per person, over all debts.", 1, 1),
		limit(RuleCapWeek, "Three contacts in seven days per person, over all debts.", 3, 7),
	}
}
