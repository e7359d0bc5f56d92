package stack

import "regexp"

// mailConfiguration is the SES configuration set of a stage.
const mailConfiguration = "mail"

// EdgeSettings is what the Edge stacks need besides the domain.
type EdgeSettings struct{}

func readEdge(_ func(key, otherwise string, form *regexp.Regexp) string) EdgeSettings {
	return EdgeSettings{}
}
