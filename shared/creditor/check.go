package creditor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
)

// checker collects every broken rule, so that an operator mends a file in one go.
type checker struct{ broken []error }

func (c *checker) check(ok bool, rule string) {
	if !ok {
		c.broken = append(c.broken, errors.New(rule))
	}
}

// text holds a text to its length and to visible characters: it goes into subjects, sender names and contracts.
func (c *checker) text(at, text string, most int) {
	n := utf8.RuneCountInString(text)
	fits := n >= 1 && n <= most && !strings.ContainsFunc(text, hidden)
	c.check(fits, fmt.Sprintf("%s must have 1 to %d characters, all of them visible", at, most))
}

func (c *checker) between(at string, n, least, most int) {
	c.check(n >= least && n <= most, fmt.Sprintf("%s must be %d to %d", at, least, most))
}

// hidden are controls, line and paragraph separators, and the invisible characters that join, hide or turn round what is beside them.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

var colorForm = form.New(`^#[0-9a-f]{6}$`)

func (c *checker) color(at, text string) {
	c.check(colorForm.MatchString(text), at+` must be a colour as "#0a5c8f"`)
}

// rate reads a fraction such as "0.085".
func (c *checker) rate(at, text, most string) money.Rate {
	rate, err := money.ParseRate(text)
	limit, limitErr := money.ParseRate(most)
	c.check(err == nil && limitErr == nil && rate.Cmp(limit) <= 0, fmt.Sprintf(`%s must be a fraction from "0" to %q`, at, most))
	return rate
}

// oneOf reads one of a few words.
func oneOf[T ~string](c *checker, at, text string, words ...T) T {
	if word := T(text); slices.Contains(words, word) {
		return word
	}
	names := make([]string, len(words))
	for i, word := range words {
		names[i] = string(word)
	}
	c.check(false, at+" must be one of "+strings.Join(names, ", "))
	return words[0]
}

// or is what stands for a text that was left out.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// amount reads an amount of at most ten million reais.
func (c *checker) amount(at string, centavos int64) money.Centavos {
	const most = 1_000_000_000
	c.check(centavos >= 0 && centavos <= most, fmt.Sprintf("%s must be 0 to %d", at, most))
	return money.Centavos(centavos)
}
