package function

// Error is an error in a function's own words: what Step Functions matches in ErrorEquals, and what an invoker reads as
// errorType and errorMessage.
type Error struct {
	Type    string // the name, such as "CaseNotFound"; "Lambda.Unknown" when the function gave none
	Message string
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }
