package secrets

// Debit is provider.DebitAccess in the text of a secret.
type Debit struct {
	Agreement   string `json:"agreement"`
	Company     string `json:"company"`
	Bank        string `json:"bank"`
	BankName    string `json:"bankName"`
	FirstNumber int    `json:"firstNumber,omitempty"`
}
