package compliance

import (
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// The rules that hold whatever packs a creditor has: they follow from what a contact is for, and so does STATED-HOURS from the portal's
// promise to keep to the hours that a person asked for.
const (
	RuleNoAddress     = "NO-ADDRESS"
	RuleSuppressed    = "SUPPRESSED"
	RuleNothingOwed   = "NOTHING-OWED"
	RuleAgreementLive = "AGREEMENT-LIVE"
	RulePaused        = "PAUSED"
	RuleDeceased      = "DECEASED"
	RuleDispute       = "DISPUTE"
	RuleStatedHours   = "STATED-HOURS"
	// RuleChannel blocks a channel that the law does not know, RuleInput an input beyond its bounds.
	RuleChannel = "CHANNEL"
	RuleInput   = "INPUT"
	// RuleNoWindow blocks when no lawful instant is found after 60 deferrals.
	RuleNoWindow = "NO-WINDOW"
)

// The notices that a rule can ask for.
const (
	NoticeSupplierIdentity = "supplier_identity" // name, address and CNPJ of the supplier
	NoticeSupplierLink     = "supplier_link"     // the supplier's name and a link to the rest
	NoticeBreakdown        = "breakdown"         // principal and each addition, or a link to them
	NoticeTemplate         = "approved_template" // of the platform
	NoticeOptOut           = "opt_out"           // how to opt out
	NoticeStaff            = "staff_review"      // a person decides
	NoticeRegistry         = "registry_listed"   // the person asked for no calls: the last days on which they may come
	NoticeNoUrgency        = "no_urgency"        // shown without pressure
	NoticePrefix           = "prefix_0304"       // the call's number begins with 0304
	NoticeAuthentication   = "caller_authentication"
	NoticeRead             = "read_confirmation" // counts as received only when it was read
	NoticeAnswer           = "answer_required"   // counts as received only when the person answers
	NoticeProcedure        = "address_procedure"
	NoticeNumber           = "number_check" // that the number was not reassigned
	NoticeValidation       = "validation_notice"
	NoticeBarred           = "time_barred_disclosure"
)

var (
	texts     = []Channel{collection.ChannelSMS, collection.ChannelWhatsApp}
	messages  = []Channel{collection.ChannelSMS, collection.ChannelWhatsApp, collection.ChannelPush}
	electric  = []Channel{collection.ChannelEmail, collection.ChannelSMS, collection.ChannelWhatsApp, collection.ChannelPush}
	spoken    = []Channel{collection.ChannelPhone}
	calls     = []Channel{collection.ChannelPhone, collection.ChannelSMS, collection.ChannelWhatsApp, collection.ChannelPush}
	immediate = []Channel{
		collection.ChannelEmail, collection.ChannelSMS, collection.ChannelWhatsApp, collection.ChannelPush, collection.ChannelPhone,
	}
	asking = []Purpose{collection.PurposeReminder, collection.PurposeOffer, collection.PurposeInstalment}
	ofDebt = []Purpose{collection.PurposeReminder, collection.PurposeOffer, collection.PurposeNotice}
	notice = []Purpose{collection.PurposeNotice}
	reply  = []Purpose{collection.PurposeReply}
	all    = []Purpose{
		collection.PurposeReminder, collection.PurposeOffer, collection.PurposeInstalment, collection.PurposeNotice, collection.PurposeReply,
	}
)

// baseRules hold under every pack.
func baseRules() []Rule {
	const source = "the product's own rule"
	rule := func(id, title string, purposes []Purpose, when Rule) Rule {
		when.ID, when.Title, when.Source, when.Mark, when.Kind, when.Verdict, when.Purposes = id, title, source, Guess, KindFacts, Block, purposes
		return when
	}
	return []Rule{
		rule(RuleNoAddress, "There is an address for the channel.", all, Rule{None: FactAddress}),
		rule(RuleSuppressed, "Nothing goes to an address that is dead or complained of.", all, Rule{All: FactSuppressed}),
		rule(RuleNothingOwed, "A debt is open.", ofDebt, Rule{None: FactOpenDebt}),
		rule(RuleNothingOwed, "An agreement expects an instalment.", []Purpose{collection.PurposeInstalment}, Rule{None: FactAgreementLive}),
		rule(RuleAgreementLive, "While an agreement is under way its debts are not collected.", ofDebt, Rule{All: FactAgreementLive}),
		rule(RulePaused, "Nothing is asked while the ruler is paused.", asking, Rule{All: FactPaused}),
		rule(RuleDeceased, "The debts of one who died are the estate's (Código Civil art. 1.997).", nil, Rule{All: FactDeceased}),
		rule(RuleDispute, "A disputed debt is not collected.", asking, Rule{All: FactDisputed, None: FactVerificationSent}),
		{
			ID: RuleStatedHours, Title: "Only in the hours that the person asked for.", Source: source, Mark: Guess, Kind: KindStated,
			Verdict: Defer, Channels: immediate,
		},
	}
}

// on is a date of a pack; a text that is none would leave the rule without bound, and a test says that there is none.
func on(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		return calendar.Date{}
	}
	return d
}
