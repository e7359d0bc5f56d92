package brcode

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/regua/regua/shared/money"
)

// maxPayload is the size of the largest QR payload that the EMV merchant-presented
// specification allows.
const maxPayload = 512

var (
	// ErrSyntax says that a text is not made of well-formed BR Code fields.
	ErrSyntax = errors.New("brcode: malformed")
	// ErrCRC says that the closing CRC is not that of the text.
	ErrCRC = errors.New("brcode: CRC does not match")
	// ErrNotPix says that a well-formed code carries no Pix account.
	ErrNotPix = errors.New("brcode: no Pix account")
)

// Field is one TLV field: a two-digit id and its value.
type Field struct {
	ID    string
	Value string
}

// Payload is what a BR Code says. Fields that are absent are empty.
type Payload struct {
	SingleUse          bool   // the code says that it pays one charge once
	Key                string // of a static code
	Description        string // of a static code
	Location           string // of a dynamic code, without scheme
	RecurrenceLocation string // of a Pix Automático code, without scheme
	MerchantName       string
	City               string
	PostalCode         string
	TxID               string         // NoTxID when the code says none
	Amount             money.Centavos // meaningful when HasAmount
	HasAmount          bool
	Fields             []Field // every field in order but the CRC, unknown ones too
}

// Parse reads a BR Code and verifies its CRC. Lengths count characters, as codes
// in the wild count them, and the CRC covers bytes. It is ErrSyntax for malformed
// or repeated fields, more than 512 characters, or no CRC at the end; ErrCRC; or
// ErrNotPix. Its answer is what the code claims: nobody has confirmed a payee.
func Parse(code string) (Payload, error) {
	if len(code) > 4*maxPayload || !utf8.ValidString(code) || utf8.RuneCountInString(code) > maxPayload {
		return Payload{}, fmt.Errorf("%w: too long or not UTF-8", ErrSyntax)
	}
	fields, err := parseFields(code)
	if err != nil {
		return Payload{}, err
	}
	last := fields[len(fields)-1]
	if fields[0] != (Field{idFormat, "01"}) || last.ID != idCRC || len(last.Value) != 4 {
		return Payload{}, fmt.Errorf("%w: want format 01 first and the CRC last", ErrSyntax)
	}
	if !strings.EqualFold(last.Value, fmt.Sprintf("%04X", CRC16(code[:len(code)-4]))) {
		return Payload{}, ErrCRC
	}
	payload := Payload{Fields: fields[:len(fields)-1]}
	if err := payload.interpret(); err != nil {
		return Payload{}, err
	}
	return payload, nil
}

// interpret fills the named values from the fields.
func (p *Payload) interpret() error {
	accounts := 0
	for _, f := range p.Fields {
		var err error
		switch {
		case f.ID == idInitiate:
			p.SingleUse = f.Value == singleUse
		case f.ID >= idAccount && f.ID < idCategory:
			var found int
			found, err = p.account(f.Value)
			accounts += found
		case f.ID == idAmount:
			err = p.amount(f.Value)
		case f.ID == idName:
			p.MerchantName = f.Value
		case f.ID == idCity:
			p.City = f.Value
		case f.ID == idPostal:
			p.PostalCode = f.Value
		case f.ID == idExtra:
			err = p.template(f.Value, map[string]*string{"05": &p.TxID})
		case f.ID == idRecurring:
			err = p.recurrence(f.Value)
		}
		if err != nil {
			return err
		}
	}
	switch accounts {
	case 0:
		return ErrNotPix
	case 1:
		return nil
	}
	return fmt.Errorf("%w: two Pix accounts", ErrSyntax)
}

func (p *Payload) amount(value string) (err error) {
	p.HasAmount = true
	if p.Amount, err = money.Parse(value); err != nil {
		return fmt.Errorf("%w: amount: %w", ErrSyntax, err)
	}
	return nil
}

// account reads a merchant account template and returns how many of Pix it is: 0 or 1.
func (p *Payload) account(value string) (int, error) {
	var scheme, key, description, location string
	err := p.template(value, map[string]*string{"00": &scheme, "01": &key, "02": &description, "25": &location})
	if err != nil || !strings.EqualFold(scheme, gui) {
		return 0, err
	}
	p.Key, p.Description, p.Location = key, description, location
	return 1, nil
}

func (p *Payload) recurrence(value string) error {
	var scheme, location string
	if err := p.template(value, map[string]*string{"00": &scheme, "25": &location}); err != nil {
		return err
	}
	if strings.EqualFold(scheme, gui) {
		p.RecurrenceLocation = location
	}
	return nil
}

// template reads the fields inside a field into the targets named by id.
func (p *Payload) template(value string, targets map[string]*string) error {
	fields, err := parseFields(value)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if target := targets[f.ID]; target != nil {
			*target = f.Value
		}
	}
	return nil
}

// parseFields cuts a text into TLV fields; there is at least one, no id twice.
func parseFields(text string) ([]Field, error) {
	var fields []Field
	seen := map[string]bool{}
	for rest := []rune(text); len(rest) > 0; {
		if len(rest) < 4 {
			return nil, fmt.Errorf("%w: cut short", ErrSyntax)
		}
		id, size := string(rest[:2]), string(rest[2:4])
		length, err := strconv.ParseUint(size, 10, 8)
		if err != nil || strings.Trim(id, "0123456789") != "" {
			return nil, fmt.Errorf("%w: id or length is no number", ErrSyntax)
		}
		rest = rest[4:]
		if int(length) > len(rest) {
			return nil, fmt.Errorf("%w: a field runs past the end", ErrSyntax)
		}
		if seen[id] {
			return nil, fmt.Errorf("%w: a field stands twice", ErrSyntax)
		}
		seen[id] = true
		fields = append(fields, Field{id, string(rest[:length])})
		rest = rest[length:]
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("%w: empty", ErrSyntax)
	}
	return fields, nil
}
