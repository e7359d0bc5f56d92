// Package form holds the forms that identifiers and other short texts must have. A form is a regular expression that is compiled at its
// first use: a function starts many times a day and needs few of them.
package form

import (
	"regexp"
	"sync"
)

// Form is a regular expression of package regexp. It is safe for concurrent use.
type Form struct{ compiled func() *regexp.Regexp }

// New makes a form. An expression that does not compile panics at its first use, which every test of it is.
func New(expression string) Form {
	return Form{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })}
}

// MatchString reports whether the text has the form.
func (f Form) MatchString(text string) bool { return f.compiled().MatchString(text) }
