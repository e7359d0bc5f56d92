package dynamodb_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
)

// canonical rewrites a decoded answer so that equal answers are equal texts: numbers are written in one form and sets are sorted, because
// DynamoDB promises neither their zeros nor their order.
func canonical(v any) any {
	switch v := v.(type) {
	case doc:
		if len(v) == 1 {
			for name, member := range v {
				if a, ok := attribute(name, member); ok {
					return doc{name: a}
				}
			}
		}
		out := doc{}
		for name, member := range v {
			out[name] = canonical(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = canonical(element)
		}
		return out
	case json.Number:
		return plain(v.String())
	}
	return v
}

// attribute is canonical for the number and set types of attribute values.
func attribute(kind string, member any) (any, bool) {
	switch kind {
	case "N":
		if text, ok := member.(string); ok {
			return plain(text), true
		}
	case "SS", "NS", "BS":
		list, ok := member.([]any)
		if !ok {
			return nil, false
		}
		var texts []string
		for _, element := range list {
			text, ok := element.(string)
			if !ok {
				return nil, false
			}
			if kind == "NS" {
				text = plain(text)
			}
			texts = append(texts, text)
		}
		slices.Sort(texts)
		return texts, true
	}
	return nil, false
}

// plain writes a decimal number without exponent and without zeros that say nothing.
func plain(text string) string {
	r, ok := new(big.Rat).SetString(text)
	if !ok || strings.ContainsAny(text, "/_xX") {
		return text
	}
	digits := r.FloatString(200)
	return strings.TrimSuffix(strings.TrimRight(digits, "0"), ".")
}

// text is the JSON of a value, with the members of objects in order of their names.
func text(v any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// sorted orders a list of documents by their text.
func sorted(list any) any {
	elements, ok := list.([]any)
	if !ok {
		return list
	}
	elements = slices.Clone(elements)
	slices.SortFunc(elements, func(a, b any) int { return strings.Compare(text(canonical(a)), text(canonical(b))) })
	return elements
}

func (a answer) String() string {
	if a.code == "" {
		return text(canonical(a.body))
	}
	out := a.code + ": " + a.message
	if len(a.body) > 0 {
		out += " " + text(canonical(a.body))
	}
	return out
}
