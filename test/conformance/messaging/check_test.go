package messaging_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// check is one behaviour: what has to be there, calls, and what each has to answer. testdata/README.md says how they are written.
type check struct {
	name, file string
	excuses    map[string]string // why an oracle need not pass it: AWS's page that says otherwise
	setup      setup
	steps      []step
}

// step is a line of a check: a call, or a word with its argument.
type step struct{ word, rest string }

// checks reads those of all files of testdata.
func checks(t testing.TB) []check {
	t.Helper()
	var all []check
	for _, file := range []string{"sqs.txt", "sns.txt", "kms.txt", "secrets.txt", "s3.txt"} {
		text, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			word, rest, _ := strings.Cut(line, " ")
			if word == "" || word == "#" {
				continue
			}
			if word == "==" {
				all = append(all, check{name: rest, file: file, excuses: map[string]string{},
					setup: setup{keys: map[string]string{}, secrets: map[string]string{}}})
				continue
			}
			if err := all[len(all)-1].line(word, rest); err != nil {
				t.Fatalf("%s:%d: %v", file, i+1, err)
			}
		}
	}
	return all
}

func (c *check) line(word, rest string) error {
	fields := strings.Fields(rest)
	switch word {
	case "moto:", "localstack:", "both:":
		for _, name := range []string{moto, localStack} {
			if word == strings.ToLower(name)+":" || word == "both:" {
				c.excuses[name] = rest
			}
		}
	case "queue":
		q := queue{name: fields[0]}
		if len(fields) > 1 {
			if err := json.Unmarshal([]byte(strings.TrimPrefix(rest, q.name)), &q); err != nil {
				return err
			}
		}
		c.setup.queues = append(c.setup.queues, q)
	case "topic":
		c.setup.topics = append(c.setup.topics, rest)
	case "subscribe":
		c.setup.subscriptions = append(c.setup.subscriptions,
			subscription{topic: fields[0], queue: fields[1], raw: fields[2] == "raw", types: fields[3:]})
	case "key":
		c.setup.keys[fields[0]] = fields[1]
	case "secret":
		c.setup.secrets[fields[0]] = fields[1]
	case "bucket":
		c.setup.buckets = append(c.setup.buckets, rest)
	default:
		c.steps = append(c.steps, step{word, rest})
	}
	return nil
}

// run holds a target to the check.
func (c *check) run(on target, number int) error {
	g, err := on(c.setup, number)
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	var last answer
	asked := ""     // the call that last answers
	checked := true // whether what it answered was looked at
	for i, s := range c.steps {
		rest := g.fill(s.rest)
		switch s.word {
		case "~":
			checked, err = true, last.has(rest)
		case "!":
			checked, err = true, last.is(rest)
		default:
			if !checked && last.code != "" {
				return fmt.Errorf("%s: %s: %s", asked, last.code, last.message)
			}
			checked = s.word == "advance" || s.word == "let" || s.word == "open"
			if !checked {
				asked = s.word + " " + rest
			}
			last, err = g.step(s.word, rest, last)
		}
		if err != nil {
			return fmt.Errorf("line %d, after %.120s: %w", i+1, asked, err)
		}
	}
	if !checked && last.code != "" {
		return fmt.Errorf("%s: %s: %s", asked, last.code, last.message)
	}
	return nil
}

// step does what a line says and gives the answer that the next lines look at.
func (g *session) step(word, rest string, last answer) (answer, error) {
	operation, argument, _ := strings.Cut(rest, " ")
	switch word {
	case "advance":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return last, err
		}
		return last, g.pass(d)
	case "let":
		value, err := last.at(argument)
		g.vars[operation] = value
		return last, err
	case "open":
		text, err := last.at(rest)
		inner := answer{body: doc{}}
		if err == nil {
			err = json.Unmarshal([]byte(text), &inner.body)
		}
		return inner, err
	}
	in := doc{}
	if word == "S3" {
		target, body, _ := strings.Cut(argument, " | ")
		path, header, _ := strings.Cut(target, " ")
		text, err := strconv.Unquote(`"` + body + `"`)
		if err != nil {
			return last, fmt.Errorf("body %q: %w", body, err)
		}
		headers := doc{}
		if header != "" {
			if err := json.Unmarshal([]byte(header), &headers); err != nil {
				return last, err
			}
		}
		return g.call(word, operation, doc{"path": path, "header": headers, "body": text})
	}
	if err := json.Unmarshal([]byte(argument), &in); err != nil {
		return last, fmt.Errorf("input %s: %w", argument, err)
	}
	return g.call(word, operation, in)
}

// fill puts values in the place of their names, longer names first, and n letters x in the place of $Xn$.
func (g *session) fill(text string) string {
	names := slices.SortedFunc(maps.Keys(g.vars), func(a, b string) int { return len(b) - len(a) })
	for _, name := range names {
		text = strings.ReplaceAll(text, "$"+name, strings.ReplaceAll(g.vars[name], `"`, `\"`)) // it may stand in JSON
	}
	for {
		before, rest, found := strings.Cut(text, "$X")
		number, after, closed := strings.Cut(rest, "$")
		n, err := strconv.Atoi(number)
		if !found || !closed || err != nil {
			return text
		}
		text = before + strings.Repeat("x", n) + after
	}
}

// at gives the text at a path of names and places, as in Messages.0.Body.
func (a answer) at(path string) (string, error) {
	var value any = a.body
	for part := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case doc:
			value = v[part]
		case []any:
			n, err := strconv.Atoi(part)
			if err != nil || n >= len(v) {
				return "", fmt.Errorf("%s is not in %v", path, a.body)
			}
			value = v[n]
		}
	}
	text, ok := value.(string)
	if !ok || text == "" {
		return "", fmt.Errorf("no text at %s of %v (%s)", path, a.body, a.code)
	}
	return text, nil
}

// is wants an error: a code, and perhaps a part of the message behind a colon.
func (a answer) is(want string) error {
	code, part, _ := strings.Cut(want, ": ")
	if a.code != code && a.older != code || !strings.Contains(a.message, part) {
		return fmt.Errorf("got %q %q, want %s", a.code, a.message, want)
	}
	return nil
}

// has wants these members in the answer: null stands for absent or empty, "$any" for any text, "#2" for a list or object of two.
func (a answer) has(want string) error {
	var wanted doc
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		return fmt.Errorf("expectation %s: %w", want, err)
	}
	if a.code != "" {
		return fmt.Errorf("got %s: %s, want %s", a.code, a.message, want)
	}
	if !fits(a.body, wanted) {
		return fmt.Errorf("got %.600v, want %s", a.body, want)
	}
	return nil
}

func fits(got, want any) bool {
	size := -1
	switch v := got.(type) {
	case nil:
		size = 0
	case string:
		size = len(v)
	case []any:
		size = len(v)
	case doc:
		size = len(v)
	}
	switch w := want.(type) {
	case nil:
		return size == 0
	case doc:
		g, ok := got.(doc)
		for name, value := range w {
			ok = ok && fits(g[name], value)
		}
		return ok
	case []any:
		g, ok := got.([]any)
		ok = ok && len(g) == len(w)
		for i := range w {
			ok = ok && fits(g[i], w[i])
		}
		return ok
	case string:
		if w == "$any" {
			return size != 0
		}
		if number, counted := strings.CutPrefix(w, "#"); counted {
			return strconv.Itoa(size) == number
		}
	}
	return fmt.Sprint(got) == fmt.Sprint(want)
}
