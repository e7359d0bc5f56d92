package compliance

import (
	"math/bits"

	"github.com/regua/regua/shared/collection"
)

// Channel is collection's; Evaluate blocks any other.
type Channel = collection.Channel

// Purpose is collection's; Evaluate holds any other to be a reminder.
type Purpose = collection.Purpose

// Role says who collects.
type Role string

// The roles. A text that is neither is held to the rules of both.
const (
	RoleCreditor   Role = "creditor"
	RoleThirdParty Role = "third_party"
)

// RegulatorANS is the regulator of health plans.
const RegulatorANS = "ans"

// Facts is a set of facts about a contact: what is known of the person, the address, the debt and the message. What a rule needs and the
// set lacks is held to be missing.
type Facts uint64

// The facts. Each has a name in the canonical inputs; see FactNames.
const (
	FactAddress            Facts = 1 << iota // there is an address for the channel
	FactSuppressed                           // the address is dead, or complained of: nothing at all goes to it
	FactOptOut                               // the person opted out of this channel
	FactOptOutAll                            // the person opted out of every channel
	FactRevokedAll                           // a revocation of consent that reaches every topic
	FactOpenDebt                             // a debt is open
	FactAgreementLive                        // an agreement is under way
	FactDisputed                             // the debt is disputed
	FactVerificationSent                     // and the verification that the person asked for was sent
	FactPaused                               // the ruler is paused for the person
	FactDeceased                             // the person has died
	FactWhatsAppOptIn                        // the person opted in to WhatsApp from this business
	FactTemplateApproved                     // the platform approved the message's template
	FactOptOutSlot                           // the message says how to opt out
	FactSupplierIdentity                     // the message names the supplier with address and CNPJ
	FactSupplierLink                         // the message names the supplier, and links to a page that says the rest
	FactBreakdown                            // the message names principal and each addition
	FactBreakdownLink                        // the message links to a page that does
	FactBreakdownWrong                       // the parts do not add up to the total
	FactAmountDiffers                        // the amount is not that of the ledger
	FactForbiddenPhrase                      // threat, ridicule, or a false claim
	FactUrgency                              // the message presses for time
	FactLegalWording                         // the message sues, or threatens to
	FactThirdParty                           // the recipient is somebody else
	FactMisdirected                          // the address is known to have reached somebody else
	FactPublicContent                        // others can see what the message says of the debt
	FactWorkAddress                          // the address or number is at work
	FactWorkUnknown                          // the address is of an organisation that may be the employer
	FactConsumerUsed                         // the person used or gave this address for the debt, or consented to it
	FactAddressProcedure                     // a recorded procedure let the address be used
	FactBoughtAddress                        // the address comes from a bought list
	FactRegisteredContact                    // the address is the one registered with the creditor
	FactRecorded                             // the call is recorded, with operator, date and hour
	FactCease                                // the person refused in writing to pay, or asked to cease
	FactFinalNoticeSent                      // and the last notice that is allowed was sent
	FactAttorney                             // an attorney represents the person in this debt
	FactAttorneySilent                       // and staff recorded that the attorney does not answer
	FactAttorneyElsewhere                    // an attorney represents the person in another debt
	FactExcessReason                         // a reason to exceed the presumed number of calls is on record
	FactValidationIncluded                   // the message holds the validation notice
	FactValidationPlanned                    // the validation notice leaves within its time
	FactOvershadows                          // the message overshadows the rights of the validation period
	FactDisclosed                            // the message holds the state's disclosure of a time-barred debt
	FactLimitationUnknown                    // whether the debt is time-barred is not known
	FactOverIndebted                         // the person claims over-indebtedness (superendividamento)
	FactSummons                              // a court summoned the creditor to a repayment plan (CDC art. 104-A)
	factEnd
)

// factNames are in the order of the constants.
var factNames = [...]string{
	"address", "suppressed", "opt_out", "opt_out_all", "revoked_all", "open_debt", "agreement_live", "disputed", "verification_sent", "paused",
	"deceased", "whatsapp_opt_in", "template_approved", "opt_out_slot", "supplier_identity", "supplier_link", "breakdown", "breakdown_link",
	"breakdown_wrong", "amount_differs", "forbidden_phrase", "urgency", "legal_wording", "third_party", "misdirected", "public_content",
	"work_address", "work_unknown", "consumer_used", "address_procedure", "bought_address", "registered_contact", "recorded", "cease",
	"final_notice_sent", "attorney", "attorney_silent", "attorney_elsewhere", "excess_reason", "validation_included", "validation_planned",
	"overshadows", "disclosed", "limitation_unknown", "over_indebted", "summons",
}

// Names lists the facts of a set by their names in the canonical inputs, in the order of the constants.
func (f Facts) Names() []string {
	out := make([]string, 0, bits.OnesCount64(uint64(f)))
	for i, name := range factNames {
		if f&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// FactNamed finds a fact by its name, and is false for a name that is none.
func FactNamed(name string) (Facts, bool) {
	for i, known := range factNames {
		if known == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// The purposes as bits.
const (
	bitReminder = 1 << iota
	bitOffer
	bitInstalment
	bitNotice
	bitReply
)

func purposeBit(p Purpose) uint8 {
	switch p {
	case collection.PurposeOffer:
		return bitOffer
	case collection.PurposeInstalment:
		return bitInstalment
	case collection.PurposeNotice:
		return bitNotice
	case collection.PurposeReply, collection.PurposeReceipt, collection.PurposeCode:
		return bitReply
	}
	return bitReminder // an unknown purpose is no exemption
}

// channelBit is 0 for a channel that is none.
func channelBit(c Channel) uint8 {
	switch c {
	case collection.ChannelEmail:
		return 1
	case collection.ChannelSMS:
		return 2
	case collection.ChannelWhatsApp:
		return 4
	case collection.ChannelPush:
		return 8
	case collection.ChannelPhone:
		return 16
	case collection.ChannelLetter:
		return 32
	}
	return 0
}
