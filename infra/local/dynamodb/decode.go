package dynamodb

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

// attributes are attributes in their wire form, as encoding/json reads them.
type attributes map[string]any

// decode checks attributes and gives them in order of their names; depth is the number of lists and maps around them.
func (a attributes) decode(depth int) (item, error) {
	if depth >= maxDepth {
		return nil, invalid(tooDeep)
	}
	it := make(item, 0, len(a))
	for name, typed := range a {
		v, err := decode(typed, depth)
		if err != nil {
			return nil, err
		}
		it = append(it, field{name, v})
	}
	slices.SortFunc(it, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return it, nil
}

const tooDeep = "Nesting Levels have exceeded supported limits"

func malformed(what string) error {
	return wire.Errorf("SerializationException", "malformed attribute value: %s", what)
}

// decode reads a value, which is an object of one member, named by the type.
func decode(typed any, depth int) (v value, err error) {
	object, isObject := typed.(map[string]any)
	maps.DeleteFunc(object, func(_ string, content any) bool { return content == nil })
	switch {
	case !isObject && typed != nil:
		return v, malformed("no object")
	case len(object) == 0:
		return v, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case len(object) > 1:
		return v, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	}
	for name, content := range object {
		v.kind = kind(name)
		switch content := content.(type) {
		case []any:
			v.members, err = decodeList(v.kind, content, depth+1)
		case map[string]any:
			if v.kind != kindM {
				return v, malformed(name)
			}
			v.members, err = attributes(content).decode(depth + 1)
		default:
			v.s, err = decodeScalar(v.kind, content)
		}
	}
	return v, err
}

// decodeList gives the members of a list or set.
func decodeList(k kind, list []any, depth int) (item, error) {
	members := make(item, len(list))
	for i, element := range list {
		f, err := &members[i], error(nil)
		switch {
		case k == kindL && depth >= maxDepth:
			err = invalid(tooDeep)
		case k == kindL:
			f.value, err = decode(element, depth)
		default:
			f.kind = kind(strings.TrimSuffix(string(k), "S"))
			f.s, err = decodeScalar(f.kind, element)
		}
		if err != nil {
			return nil, err
		}
	}
	if k == kindL {
		return members, nil
	}
	return members, checkSet(k, members)
}

// decodeScalar gives what a value holds of a text or a truth.
func decodeScalar(k kind, content any) (string, error) {
	text, isText := content.(string)
	flag, isFlag := content.(bool)
	switch {
	case isText && k == kindS:
		return text, nil
	case isText && k == kindN:
		return parseNumber(text)
	case isText && k == kindB:
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return "", malformed(err.Error())
		}
		return string(raw), nil
	case isFlag && k == kindNULL && !flag:
		return "", invalidParameter("Null attribute value types must have the value of true")
	case isFlag && (k == kindBOOL || k == kindNULL):
		return strconv.FormatBool(flag), nil
	}
	return "", malformed(string(k))
}

// checkSet puts a set in order, and refuses one that is empty or has something twice.
func checkSet(k kind, members item) error {
	slices.SortFunc(members, byText)
	unique := slices.CompactFunc(slices.Clone(members), func(a, b field) bool { return a.s == b.s })
	switch {
	case k != kindSS && k != kindNS && k != kindBS:
		return malformed(string(k))
	case len(members) == 0 && k == kindBS:
		return invalidParameter("Binary sets should not be empty")
	case len(members) == 0:
		return invalidParameter("An %s set  may not be empty", map[kind]string{kindSS: "string", kindNS: "number"}[k])
	case len(unique) == len(members):
		return nil
	case k == kindSS:
		texts := make([]string, len(members))
		for i := range members {
			texts[i] = members[i].s
		}
		return invalidParameter("Input collection [%s] contains duplicates.", strings.Join(texts, ", "))
	case k == kindNS:
		return invalid("Input collection contains duplicates")
	}
	return invalidParameter("Input collection of type BS contains duplicates.")
}

// byText orders the members of a set.
func byText(a, b field) int { return strings.Compare(a.s, b.s) }
