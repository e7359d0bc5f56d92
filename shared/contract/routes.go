package contract

// Kind is the kind of a principal.
type Kind string

// The kinds of principal. Anonymous stands for a route that anybody may call.
const (
	Anonymous   Kind = "anonymous"
	Participant Kind = "participant"
	Staff       Kind = "staff"
	Partner     Kind = "partner"
	Provider    Kind = "provider"
	Creditor    Kind = "creditor"
	System      Kind = "system"
)

// Route is one route of the API: who may call it, and which function answers. Roles narrows a kind; nil means every role of it.
type Route struct {
	Method   string
	Path     string // API Gateway's form, as /v1/me/proposals/{id}
	Function string
	Kind     Kind
	Roles    []string
	// Idempotent says that the route demands an Idempotency-Key.
	Idempotent bool
	// MaxBody caps the request body in bytes; 0 means that the route takes no body.
	MaxBody int
}

const (
	// smallBody is ten times the largest legal body of the small forms.
	smallBody = 4 << 10
	// offerBody holds an offer id of 50 debts.
	offerBody = 8 << 10
	// webhookBody is what the largest provider batch seen needs, with room.
	webhookBody = 256 << 10
)

// ThrottleRate and ThrottleBurst limit each route: requests a second, and requests at once. They are twice what the worst burst of provider
// notices brings (5,000 in ten seconds) and well below an account's quota (10,000 a second, 5,000 at once), so that a flood on one route
// leaves the others alone. What one person or one creditor may do is limited by the use cases.
const (
	ThrottleRate  = 1000
	ThrottleBurst = 2000
)

// BinaryMediaTypes are the content types that the gateway carries as bytes, to a caller whose Accept header asks for one first.
func BinaryMediaTypes() []string { return []string{MediaPDF} }

// MediaPDF is the content type of contracts as documents.
const MediaPDF = "application/pdf"

// Routes lists the whole API.
func Routes() []Route {
	return []Route{
		{Method: "GET", Path: "/v1/public/creditors/{id}", Function: "portal-serve", Kind: Anonymous},
		{Method: "GET", Path: "/openapi.yaml", Function: "portal-serve", Kind: Anonymous},
		{Method: "GET", Path: "/docs", Function: "portal-serve", Kind: Anonymous},

		{Method: "POST", Path: "/v1/auth/challenges", Function: "otp-serve", Kind: Anonymous, MaxBody: smallBody},
		{Method: "POST", Path: "/v1/auth/challenges/{id}/verify", Function: "otp-serve", Kind: Anonymous, MaxBody: smallBody},
		{Method: "POST", Path: "/v1/auth/challenges/{id}/resend", Function: "otp-serve", Kind: Anonymous, MaxBody: smallBody},
		{Method: "POST", Path: "/v1/auth/entries", Function: "otp-serve", Kind: Anonymous, MaxBody: smallBody},
		{Method: "POST", Path: "/v1/auth/logout", Function: "otp-serve", Kind: Participant, MaxBody: smallBody},

		{Method: "GET", Path: "/v1/me/debts", Function: "offer-serve", Kind: Participant},
		{Method: "GET", Path: "/v1/me/offers", Function: "offer-serve", Kind: Participant},
		{Method: "POST", Path: "/v1/me/simulations", Function: "offer-serve", Kind: Participant, MaxBody: smallBody},

		{Method: "POST", Path: "/v1/me/proposals", Function: "proposal-serve", Kind: Participant, Idempotent: true, MaxBody: offerBody},
		{Method: "GET", Path: "/v1/me/proposals/{id}", Function: "proposal-serve", Kind: Participant},
		{Method: "DELETE", Path: "/v1/me/proposals/{id}", Function: "proposal-serve", Kind: Participant},
		{Method: "GET", Path: "/v1/me/contracts/{number}", Function: "proposal-serve", Kind: Participant},
		{Method: "GET", Path: "/v1/me/contracts/{number}/pdf", Function: "proposal-serve", Kind: Participant},
		{Method: "POST", Path: "/v1/me/contracts/{number}/signature", Function: "proposal-serve", Kind: Participant, MaxBody: smallBody},
		{Method: "GET", Path: "/v1/me/agreements/{id}", Function: "proposal-serve", Kind: Participant},
		{Method: "POST", Path: "/v1/me/agreements/{id}/withdrawal", Function: "proposal-serve", Kind: Participant, MaxBody: smallBody},

		{Method: "POST", Path: "/v1/me/payment-intents", Function: "payment-serve", Kind: Participant, Idempotent: true, MaxBody: smallBody},
		{Method: "GET", Path: "/v1/me/payment-intents/{id}", Function: "payment-serve", Kind: Participant},

		{Method: "POST", Path: "/v1/webhooks/creditor/{id}", Function: "aftercare-answer", Kind: Creditor, MaxBody: smallBody},
		{Method: "GET", Path: "/v1/webhooks/{provider}/{account}", Function: "webhook-receive", Kind: Provider},
		{Method: "POST", Path: "/v1/webhooks/{provider}/{account}", Function: "webhook-receive", Kind: Provider, MaxBody: webhookBody},
		{Method: "POST", Path: "/v1/webhooks/{provider}/{account}/{proxy+}", Function: "webhook-receive", Kind: Provider, MaxBody: webhookBody},
	}
}
