package stepfunctions

import "fmt"

// The error names of the states language that the engine raises or treats apart.
const (
	errAll          = "States.ALL"
	errRuntime      = "States.Runtime"
	errTimeout      = "States.Timeout"
	errHeartbeat    = "States.HeartbeatTimeout"
	errTaskFailed   = "States.TaskFailed"
	errNoChoice     = "States.NoChoiceMatched"
	errIntrinsic    = "States.IntrinsicFailure"
	errResultPath   = "States.ResultPathMatchFailure"
	errDataLimit    = "States.DataLimitExceeded"
	errService      = "Lambda.ServiceException"
	errUnknown      = "Lambda.Unknown"
	errParameters   = "States.ParameterPathFailure"
	errPermissions  = "States.Permissions"
	errBranchFailed = "States.BranchFailed"
)

// failure is an error in the states language: the name that ErrorEquals matches, and its cause.
type failure struct{ name, cause string }

func runtimeFailure(format string, args ...any) *failure {
	return &failure{name: errRuntime, cause: fmt.Sprintf(format, args...)}
}

// matches reports whether a retrier's or catcher's list covers an error. States.Runtime is covered by nothing, and
// States.DataLimitExceeded only by its own name.
func matches(list []string, name string) bool {
	if name == errRuntime {
		return false
	}
	for _, pattern := range list {
		switch {
		case pattern == name:
			return true
		case name == errDataLimit:
		case pattern == errAll:
			return true
		case pattern == errTaskFailed && name != errTimeout && name != errHeartbeat:
			return true
		case pattern == errTimeout && name == errHeartbeat:
			return true
		}
	}
	return false
}
