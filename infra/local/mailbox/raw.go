package mailbox

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

// maxDepth bounds multiparts within multiparts.
const maxDepth = 5

// readRawEmail reads the form of SendRawEmail and the MIME message in it. Recipients are those of the call, or else those of the message.
func readRawEmail(form url.Values) ([]string, Message, error) {
	m := Message{Channel: Email, TemplateID: tag(form)}
	known := []string{"Action", "Version", "Source", "RawMessage.Data", "Destinations.member.", "Tags.member.", "ConfigurationSetName"}
	if err := only(form, known); err != nil {
		return nil, m, err
	}
	raw, err := base64.StdEncoding.DecodeString(form.Get("RawMessage.Data"))
	if err != nil || len(raw) > maxEmail {
		return nil, m, wire.Errorf("InvalidParameterValue", "RawMessage is not base64 or too long")
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, m, wire.Errorf("InvalidParameterValue", "RawMessage is no mail message")
	}
	recipients, err := parseAddresses(list(form, "Destinations.member."))
	if err != nil {
		return nil, m, err
	}
	if len(recipients) == 0 {
		for _, name := range []string{"To", "Cc", "Bcc"} {
			if recipients, err = appendHeader(recipients, parsed.Header, name); err != nil {
				return nil, m, err
			}
		}
	}
	source := form.Get("Source")
	if source == "" {
		source = parsed.Header.Get("From")
	}
	from, err := parseAddresses([]string{source})
	if err != nil {
		return nil, m, err
	}
	m.From = from[0]
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		return nil, m, wire.Errorf("InvalidParameterValue", "Subject is not decodable")
	}
	if m.TemplateID == "" {
		m.TemplateID = headerTag(parsed.Header.Get("X-SES-MESSAGE-TAGS"))
	}
	if err := m.readPart(textproto.MIMEHeader(parsed.Header), parsed.Body, 0); err != nil {
		return nil, m, wire.Errorf("InvalidParameterValue", "RawMessage: %v", err)
	}
	return recipients, m, nil
}

func appendHeader(recipients []string, header mail.Header, name string) ([]string, error) {
	addresses, err := header.AddressList(name)
	if errors.Is(err, mail.ErrHeaderNotPresent) {
		return recipients, nil
	}
	if err != nil {
		return nil, wire.Errorf("InvalidParameterValue", "Illegal address")
	}
	for _, address := range addresses {
		recipients = append(recipients, address.Address)
	}
	return recipients, nil
}

// headerTag reads "name=value, name=value".
func headerTag(tags string) string {
	for pair := range strings.SplitSeq(tags, ",") {
		if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); name == templateTag {
			return value
		}
	}
	return ""
}

// readPart takes the first plain text and the first HTML of a message; attachments are left out.
func (m *Message) readPart(header textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		return m.readParts(multipart.NewReader(body, params["boundary"]), depth)
	}
	disposition, _, _ := strings.Cut(header.Get("Content-Disposition"), ";")
	if strings.EqualFold(strings.TrimSpace(disposition), "attachment") {
		return nil
	}
	switch strings.ToLower(header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("decode %s: %w", kind, err)
	}
	switch {
	case kind == "text/plain" && m.Body == "":
		m.Body = string(text)
	case kind == "text/html" && m.HTML == "":
		m.HTML = string(text)
	}
	return nil
}

func (m *Message) readParts(parts *multipart.Reader, depth int) error {
	if depth == maxDepth {
		return errors.New("too many levels of multipart")
	}
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read part: %w", err)
		}
		if err := m.readPart(part.Header, part, depth+1); err != nil {
			return err
		}
	}
}
