package message

import (
	"embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/regua/regua/shared/stencil"
)

//go:embed templates
var files embed.FS

// texts and pages give the templates by name, parsed at their first use: a function starts many times a day and few send messages.
var (
	texts = sync.OnceValue(func() map[string]*stencil.Set { return parseAll("txt", stencil.Text) })
	pages = sync.OnceValue(func() map[string]*stencil.Set { return parseAll("html", stencil.HTML) })
)

// parseAll parses each template with the parts that all share.
func parseAll(kind string, parse func(map[string]string) (*stencil.Set, error)) map[string]*stencil.Set {
	all := map[string]*stencil.Set{}
	for _, name := range []string{ReminderFirst, ReminderOffers, ReminderLast, PaymentReceipt, OTPCode} {
		sources := map[string]string{}
		for _, part := range []string{"layout", "breakdown", name} {
			source, err := files.ReadFile("templates/" + part + "." + kind)
			if err != nil { // embedded; a missing part is missed by those that use it
				continue
			}
			sources[part+"."+kind] = string(source)
		}
		all[name] = stencil.Must(parse(sources))
	}
	return all
}

func written(t *stencil.Set, part string, v view) (string, error) {
	text, err := t.Write(part, v)
	if err != nil {
		return "", fmt.Errorf("write message: %w", err)
	}
	return strings.TrimSpace(text) + ending(part), nil
}

// ending closes a body with a line's end; a subject and a text message have none.
func ending(part string) string {
	if part == "layout" {
		return "\n"
	}
	return ""
}

const (
	// dark is the colour of text, and stands in for a brand colour that is none.
	dark = "#1f2933"
	// readable is the contrast that WCAG 2.2 asks of normal text.
	readable = 4.5
	// smsName leaves room for the rest of the text message.
	smsName = 40
)

// contrast checks a brand colour "#rrggbb" and finds what can be read upon it: white, or dark text upon a light colour.
func contrast(color string) (brand, on string) {
	light, ok := luminance(color)
	if !ok {
		return dark, "#ffffff"
	}
	if (1+0.05)/(light+0.05) >= readable {
		return color, "#ffffff"
	}
	return color, dark
}

// luminance is the relative luminance of a colour, 0 to 1, as WCAG 2.2 defines it.
func luminance(color string) (float64, bool) {
	digits, ok := strings.CutPrefix(color, "#")
	rgb, err := strconv.ParseUint(digits, 16, 32)
	if !ok || err != nil || len(digits) != 6 {
		return 0, false
	}
	linear := func(shift uint) float64 {
		c := float64(rgb>>shift&0xff) / 0xff
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0), true
}

// unaccented writes the letters of Portuguese without the accents that the GSM alphabet lacks.
var unaccented = strings.NewReplacer(
	"á", "a", "à", "a", "â", "a", "ã", "a", "é", "e", "ê", "e", "í", "i", "ó", "o", "ô", "o", "õ", "o", "ú", "u", "ü", "u", "ç", "c",
	"Á", "A", "À", "A", "Â", "A", "Ã", "A", "É", "E", "Ê", "E", "Í", "I", "Ó", "O", "Ô", "O", "Õ", "O", "Ú", "U", "Ü", "U", "Ç", "C",
)

// plain writes a name in letters that every telephone shows, at most so many of them.
func plain(name string, most int) string {
	var b strings.Builder
	for _, r := range unaccented.Replace(name) {
		if r < ' ' || r > 'z' || strings.ContainsRune("`[\\]^", r) {
			r = ' '
		}
		if b.Len() < most {
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}
