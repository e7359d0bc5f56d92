package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Operations is an Engine: it answers a service's calls, by operation.
type Operations map[string]func(call Call) (answer any, err error)

// Serve implements Engine. An operation that is not there is refused loudly.
func (o Operations) Serve(_ context.Context, call Call) (any, error) {
	if answer, ok := o[call.Operation]; ok {
		return answer(call)
	}
	return nil, Unknown(call)
}

// Unknown is the loud refusal of an operation that an engine does not have.
func Unknown(call Call) *Error {
	return &Error{Code: "UnknownOperationException", Status: http.StatusNotImplemented,
		Message: fmt.Sprintf("the local cloud's %s has no operation %q", call.Service, call.Operation)}
}

// JSON makes an operation of a function that takes the call's document, as Answer decodes it.
func JSON[In any](code string, serve func(In) (any, error)) func(Call) (any, error) {
	return func(call Call) (any, error) { return Answer(call, code, serve) }
}

// Answer decodes the JSON document of a call strictly and serves it: a member that the engine does not know is refused with the code, not
// ignored.
func Answer[In any](call Call, code string, serve func(In) (any, error)) (any, error) {
	var in In
	if err := Decode(call.Body, &in); err != nil {
		return nil, Errorf(code, "%s: %v", call.Operation, err)
	}
	return serve(in)
}

// Decode reads one JSON document strictly: unknown members are an error, and so is what follows it.
func Decode(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("it goes on after its JSON document")
	}
	return nil
}

// Query makes an awsQuery operation: its form is decoded as the JSON document that it stands for, and its answer is marshalled as XML.
func Query[In any](code string, serve func(In) (any, error)) func(Call) (any, error) {
	return func(call Call) (any, error) {
		form, err := url.ParseQuery(string(call.Body))
		if err != nil {
			return nil, Errorf(code, "%s: malformed form", call.Operation)
		}
		if call.Body, err = json.Marshal(document(form)); err != nil {
			return nil, fmt.Errorf("read form of %s: %w", call.Operation, err)
		}
		answer, err := Answer(call, code, serve)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		b.WriteString("<" + call.Operation + "Response>")
		if err := xml.NewEncoder(&b).EncodeElement(answer, xml.StartElement{Name: xml.Name{Local: call.Operation + "Result"}}); err != nil {
			return nil, fmt.Errorf("encode answer of %s: %w", call.Operation, err)
		}
		b.WriteString("</" + call.Operation + "Response>")
		return b.Bytes(), nil
	}
}

// document gives the members of an awsQuery form by their dotted names: "A.member.2.B" is in the second member of the list A,
// "A.entry.1.Name" and "A.entry.1.Value" make an entry of the map A.
func document(form url.Values) any {
	root := map[string]any{}
	for name := range form {
		node, parts := root, strings.Split(name, ".")
		for _, part := range parts[:len(parts)-1] {
			child, ok := node[part].(map[string]any)
			if !ok {
				child = map[string]any{}
				node[part] = child
			}
			node = child
		}
		node[parts[len(parts)-1]] = form.Get(name)
	}
	delete(root, "Action")
	delete(root, "Version")
	return collapse(root)
}

// collapse turns the nodes that stand for lists and maps into such.
func collapse(value any) any {
	node, ok := value.(map[string]any)
	if !ok {
		return value
	}
	if members, ok := node["member"].(map[string]any); ok && len(node) == 1 {
		list := []any{}
		for i := 1; members[strconv.Itoa(i)] != nil; i++ {
			list = append(list, collapse(members[strconv.Itoa(i)]))
		}
		return list
	}
	if entries, ok := node["entry"].(map[string]any); ok && len(node) == 1 {
		dictionary := map[string]any{}
		for _, entry := range entries {
			if pair, ok := entry.(map[string]any); ok {
				dictionary[fmt.Sprint(pair["Name"])] = collapse(pair["Value"])
			}
		}
		return dictionary
	}
	for name, child := range node {
		node[name] = collapse(child)
	}
	return node
}
