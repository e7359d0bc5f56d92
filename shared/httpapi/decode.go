package httpapi

import (
	"bytes"
	"errors"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/strictjson"
)

// Decode reads a request body as strictjson.Decode does: one JSON object in UTF-8 with nothing behind it, at most 16 levels deep, without
// null, with exactly the names of T's fields and each of them once. Broken JSON is malformed_json; the rest is invalid_request, naming the
// field. T is a struct; which fields are required is the handler's to check.
func Decode[T any](body []byte) (T, error) {
	out, err := strictjson.Decode[T](body)
	if err != nil {
		return out, bodyProblem(err)
	}
	return out, nil
}

// bodyProblem says in the caller's words what is wrong with a body.
func bodyProblem(err error) error {
	var wrong *strictjson.ShapeError
	if !errors.As(err, &wrong) {
		return NewProblem(contract.CodeMalformedJSON)
	}
	switch wrong.Fault {
	case strictjson.Unknown:
		return Invalid(wrong.Member, "Este campo não existe.")
	case strictjson.Repeated:
		return Invalid(wrong.Member, "Este campo está repetido.")
	case strictjson.TooDeep:
		return NewProblem(contract.CodeMalformedJSON, WithDetail("O corpo do pedido tem níveis demais."))
	case strictjson.Refused:
		return NewProblem(contract.CodeMalformedJSON, WithCause(err))
	case strictjson.Null, strictjson.WrongType:
	}
	if wrong.Member == "" {
		return NewProblem(contract.CodeInvalidRequest, WithDetail("O corpo do pedido deve ser um objeto JSON."))
	}
	if wrong.Fault == strictjson.Null {
		return Invalid(wrong.Member, "O valor não pode ser nulo.")
	}
	return Invalid(wrong.Member, "O valor não tem o tipo certo.")
}

// DecodeNothing accepts no body, or an empty object.
func DecodeNothing(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if _, err := Decode[struct{}](body); err != nil {
		p := asProblem(err)
		return &Problem{Code: contract.CodeInvalidRequest, Fields: p.Fields}
	}
	return nil
}
