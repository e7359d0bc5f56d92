package compliance

import "github.com/regua/regua/shared/collection"

// PackUnitedStates names the pack that UnitedStates returns.
const PackUnitedStates = "us-2026-12"

// UnitedStates is the optional pack for people in the United States: Regulation F for whoever collects for others, TCPA, and
// Massachusetts, which binds creditors too. No lawyer has reviewed it. New York City and the District of Columbia have stricter caps that
// are not in it.
func UnitedStates() Pack {
	return Pack{
		Version: PackUnitedStates, ValidFrom: on("2026-01-01"), ValidTo: on("2028-12-31"),
		Rules: concat(usCalendar(), usFrequency(), usAddresses(), usPeople(), usValidation(), usConsent()),
	}
}

const regF = "12 CFR "

// regFRule is a rule of Regulation F, which binds third-party collectors.
func regFRule(id, title, source string, mark Mark, kind Kind, verdict string, when Rule) Rule {
	when.ID, when.Title, when.Source, when.Mark, when.Kind = id, title, regF+source, mark, kind
	when.Verdict, when.Role = verdict, RoleThirdParty
	return when
}

func usCalendar() []Rule {
	const source = "project proposal"
	return []Rule{
		{
			ID: "US-CALENDAR", Title: "Outside the years of the pack nobody is called.", Source: source, Mark: Guess, Kind: KindCalendar,
			Verdict: Block, Channels: spoken,
		},
		{
			ID: "US-CALENDAR", Title: "Outside the years of the pack other contacts wait for them.", Source: source, Mark: Guess,
			Kind: KindCalendar, Verdict: Defer, Channels: append([]Channel{collection.ChannelLetter}, electric...),
		},
	}
}

func usFrequency() []Rule {
	const time = "1006.6(b)(1)(i) (lawserver.com)"
	daily := Week{}
	for day := range daily {
		daily[day] = Span{8 * hour, 21 * hour}
	}
	return []Rule{
		regFRule("US-F-TIME", "Contacts from 8 to 21 where the person is.", time, Read, KindHours, Defer, Rule{Channels: immediate, Week: daily}),
		regFRule("US-F-TIME", "And in the hours that the person named.", time, Read, KindStated, Defer, Rule{Channels: immediate}),
		regFRule("US-F-7IN7", "Seven calls placed in seven days about a debt are presumed too many.",
			"1006.14(b)(2)(i)(A) (law.lawstack.com)", Read, KindCap, Block, Rule{
				Channels: spoken, Cap: 7, Days: 7, Counts: spoken, SameDebt: true, AnyPlace: true, None: FactExcessReason, Consent: 7,
			}),
		regFRule("US-F-CONV7", "No call for seven days after a conversation about the debt; the day of the conversation is the first.",
			"1006.14(b)(2)(i)(B), (b)(3)(i) (law.lawstack.com; acainternational.org)", Read, KindCap, Block, Rule{
				Channels: spoken, Cap: 1, Days: 7, Spoken: true, SameDebt: true, AnyPlace: true, Consent: 7,
			}),
		{
			ID: "US-MA-2IN7", Title: "Two calls or texts in seven days about a debt.", Mark: Read, Kind: KindCap, Verdict: Block,
			Source:   "940 CMR 7.04(1)(f), 209 CMR 18.16(1)(d) (law.cornell.edu)",
			Channels: []Channel{collection.ChannelPhone, collection.ChannelSMS}, States: []string{"US-MA"}, None: FactWorkAddress,
			Cap: 2, Days: 7, Counts: []Channel{collection.ChannelPhone, collection.ChannelSMS}, SameDebt: true,
		},
		{
			ID: "US-MA-2IN7", Title: "Elsewhere than at home or on a mobile, two in thirty days.", Mark: Read, Kind: KindCap, Verdict: Block,
			Source:   "940 CMR 7.04(1)(f), 209 CMR 18.16(1)(d) (law.cornell.edu)",
			Channels: []Channel{collection.ChannelPhone, collection.ChannelSMS}, States: []string{"US-MA"}, All: FactWorkAddress,
			Cap: 2, Days: 30, Counts: []Channel{collection.ChannelPhone, collection.ChannelSMS}, SameDebt: true, AtWork: true,
		},
	}
}

func usAddresses() []Rule {
	const (
		procedure = "1006.6(d)(3) to (5) (nafcu.org; insidearm; collector.com)"
		number    = "1006.6(d)(5)"
		others    = "1006.6(d)(1) (nafcu.org 2021-12)"
		work      = "1006.22(f)(3)"
	)
	email := []Channel{collection.ChannelEmail}
	return []Rule{
		regFRule("US-F-EMAILPROC", "No address from a bought list.", procedure, Secondary, KindFacts, Block, Rule{
			Channels: electric, All: FactBoughtAddress, None: FactConsumerUsed,
		}),
		regFRule("US-F-EMAILPROC", "A recorded procedure let the address be used.", procedure, Secondary, KindFacts, Require, Rule{
			Channels: electric, None: FactConsumerUsed | FactAddressProcedure, Notice: NoticeProcedure,
		}),
		regFRule("US-F-EMAILPROC", "No address that reached somebody else.", procedure, Secondary, KindFacts, Block, Rule{
			Channels: electric, Purposes: all, All: FactMisdirected,
		}),
		regFRule("US-F-EMAILPROC", "A number was used or confirmed within 60 days.", number, Memory, KindAge, Require, Rule{
			Channels: texts, Date: DateNumberChecked, From: 61, WhenUnknown: true, Notice: NoticeNumber,
		}),
		regFRule("US-F-WORK", "No e-mail to an address at work, unless the person used it.", work, Memory, KindFacts, Block, Rule{
			Channels: email, All: FactWorkAddress, None: FactConsumerUsed,
		}),
		regFRule("US-F-WORK", "Staff look at an organisation that may be the employer.", work, Memory, KindFacts, Require, Rule{
			Channels: email, All: FactWorkUnknown, None: FactConsumerUsed, Notice: NoticeStaff,
		}),
		regFRule("US-F-3P", "Nobody but the person learns of the debt.", others, Read, KindFacts, Block, Rule{
			Purposes: all, Any: FactThirdParty | FactMisdirected | FactPublicContent,
		}),
	}
}

func usPeople() []Rule {
	const (
		cease    = "1006.6(c)"
		attorney = "1006.6(b)(2)"
		barred   = "1006.26(b) (consumerfinance.gov)"
	)
	return []Rule{
		regFRule("US-F-CEASE", "Nothing after a written refusal.", cease, Memory, KindFacts, Block, Rule{Purposes: asking, All: FactCease}),
		regFRule("US-F-CEASE", "But for one last notice.", cease, Memory, KindFacts, Block, Rule{
			Purposes: notice, All: FactCease | FactFinalNoticeSent,
		}),
		regFRule("US-F-ATTY", "Contacts go to the attorney, unless staff recorded that there is no answer.", attorney, Memory, KindFacts, Block,
			Rule{All: FactAttorney, None: FactAttorneySilent}),
		regFRule("US-F-ATTY", "Staff decide when the attorney is for another debt.", attorney, Memory, KindFacts, Require, Rule{
			All: FactAttorneyElsewhere, None: FactAttorney, Notice: NoticeStaff,
		}),
		regFRule("US-F-TIMEBARRED", "No suit or threat of one after the limitation date, or when it is not known.", barred, Read, KindBarred,
			Block, Rule{Purposes: all, All: FactLegalWording, WhenUnknown: true}),
		regFRule("US-F-TIMEBARRED", "A plain reminder holds the state's disclosure.", barred, Read, KindBarred, Allow, Rule{
			None: FactDisclosed, Notice: NoticeBarred,
		}),
	}
}

func usValidation() []Rule {
	const source = "1006.34(a)(1), 1006.38, 1006.42 (casetext 1006.34)"
	return []Rule{
		regFRule("US-F-VALID", "The validation notice comes with the first communication or within five days.", source, Read, KindAge, Require,
			Rule{Date: DateFirstContact, To: 4, WhenUnknown: true, None: FactValidationIncluded | FactValidationPlanned | factValidationSent,
				Notice: NoticeValidation}),
		regFRule("US-F-VALID", "Without it nothing goes out from the fifth day on.", source, Read, KindAge, Block, Rule{
			Date: DateFirstContact, From: 5, None: FactValidationIncluded | factValidationSent,
		}),
		regFRule("US-F-VALID", "Its rights are not overshadowed for 30 days after receipt, five business days after it was sent.", source, Memory,
			KindPeriod, Block, Rule{Date: DateValidationSent, Cap: 5, Days: 30, All: FactOvershadows}),
		regFRule("US-F-VALID", "A disputed debt is not collected until its verification is sent.", source, Read, KindFacts, Block, Rule{
			All: FactDisputed, None: FactVerificationSent,
		}),
	}
}

func usConsent() []Rule {
	const (
		optOut = "1006.6(e) (collector.com 2021-04)"
		revoke = "47 CFR 64.1200(a)(10) (jdsupra; compliancepoint; bankingjournal.aba.com 2026-01-06); at once by project proposal"
	)
	texted := []Channel{collection.ChannelPhone, collection.ChannelSMS}
	return []Rule{
		regFRule("US-F-OPTOUT", "Each message says how to opt out, simply.", optOut, Read, KindFacts, Require, Rule{
			Channels: electric, None: FactOptOutSlot, Notice: NoticeOptOut,
		}),
		regFRule("US-F-OPTOUT", "An opt-out from an address is kept, whatever its wording.", optOut, Read, KindFacts, Block, Rule{
			Channels: electric, Any: FactOptOut | FactOptOutAll,
		}),
		{
			ID: "US-TCPA-REVOKE", Title: "A revocation is honoured at once for what it is about.", Source: revoke, Mark: Read, Kind: KindFacts,
			Verdict: Block, Channels: texted, Any: FactOptOut | FactOptOutAll | FactRevokedAll,
		},
		{
			ID: "US-TCPA-REVOKE", Title: "From 2027-01-31 a revocation reaches every topic.", Source: revoke, Mark: Read, Kind: KindFacts,
			Verdict: Block, Channels: texted, Purposes: reply, Any: FactOptOut | FactOptOutAll | FactRevokedAll, ValidFrom: on("2027-01-31"),
		},
	}
}
