package function

// Error is an error in a function's own words: what Step Functions matches in ErrorEquals, and what an invoker reads as
// errorType and errorMessage.
type Error struct {
	Type    string // the name, such as "CaseNotFound"; "Lambda.Unknown" when the function gave none
	Message string

	throttled bool
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Throttled says that Lambda refused the invocation because too many ran at once, whatever names a function gives to its own errors.
func (e *Error) Throttled() bool { return e.throttled }

func throttle() *Error {
	return &Error{Type: "TooManyRequestsException", Message: "Rate Exceeded.", throttled: true}
}
