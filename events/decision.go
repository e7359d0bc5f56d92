package events

// Matter is what staff decide about, and the outcome. What does not belong to its kind is empty.
type Matter struct {
	Kind           string   `json:"kind"`
	Outcome        string   `json:"outcome"`
	ProposalID     string   `json:"proposalId"`
	DebtIDs        []string `json:"debtIds"`
	Provider       string   `json:"provider"`
	Account        string   `json:"account"`
	Fact           string   `json:"fact"`
	AmountCentavos int64    `json:"amountCentavos"`
}

// DecisionProposed is decision.proposed: By is the operator, whom another one has to confirm or refuse.
type DecisionProposed struct {
	Matter Matter `json:"matter"`
	By     string `json:"by"`
}

// DecisionAnswered is decision.answered; ProposedSeq is the number of the event that proposed it.
type DecisionAnswered struct {
	ProposedSeq int64  `json:"proposedSeq"`
	Kind        string `json:"kind"`
	Confirmed   bool   `json:"confirmed"`
}
