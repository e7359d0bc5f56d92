package secrets

// Pix is provider.PixAccess in the text of a secret.
type Pix struct {
	BaseURL       string `json:"baseUrl"`
	TokenURL      string `json:"tokenUrl"`
	ClientID      string `json:"clientId"`
	ClientSecret  string `json:"clientSecret"`
	Certificate   string `json:"certificate"`
	PrivateKey    string `json:"privateKey"`
	Authorities   string `json:"authorities,omitempty"`
	Key           string `json:"key"`
	NoticeSubject string `json:"noticeSubject,omitempty"`
	Mandates      bool   `json:"mandates,omitempty"`
}
