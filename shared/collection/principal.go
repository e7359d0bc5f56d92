package collection

// PrincipalKind is the kind of who acts.
type PrincipalKind string

// The kinds of principal.
const (
	KindParticipant PrincipalKind = "participant"
	KindStaff       PrincipalKind = "staff"
	KindPartner     PrincipalKind = "partner"
	KindProvider    PrincipalKind = "provider"
	KindCreditor    PrincipalKind = "creditor"
	KindSystem      PrincipalKind = "system"
)

// Principal is who acts. A participant acts on one case of one creditor; a provider on the accounts of one creditor; the system is a
// named part of Regua itself. Every use case takes one and every event records it.
type Principal struct {
	Kind     PrincipalKind
	ID       string // never personal data: a session's short name, a provider account, a function
	Creditor CreditorID
	Case     CaseID
	Roles    []string
}

// System is a part of Regua acting on a creditor's case by itself.
func System(part string, creditor CreditorID) Principal {
	return Principal{Kind: KindSystem, ID: part, Creditor: creditor}
}

// Actor is how an event names who acted.
func (p Principal) Actor() string { return string(p.Kind) + ":" + p.ID }

// MayTouch reports whether the principal's creditor and case allow it to act on this case.
func (p Principal) MayTouch(creditor CreditorID, id CaseID) bool {
	if p.Creditor != creditor {
		return false
	}
	return p.Kind != KindParticipant || p.Case == id
}
