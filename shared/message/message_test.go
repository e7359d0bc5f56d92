package message

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/money"
)

func vidaPlena() collection.Creditor {
	return collection.Creditor{
		ID: "vida-plena", Name: "Vida Plena Saúde", LegalName: "Vida Plena Assistência à Saúde S.A.", Document: "11222333000181",
		Address: "SGAS 902, Bloco B, Asa Sul, Brasília - DF, 70390-020",
		Brand:   collection.Brand{PrimaryColor: "#0b6e6e", AccentColor: "#f2a541", LogoText: "Vida Plena"},
		Contacts: collection.CreditorContacts{
			Phone: "0800 555 0100", Email: "negociacao@vidaplena.example", Site: "https://vidaplena.example",
		},
		MerchantName: "VIDA PLENA SAUDE",
	}
}

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const link = "https://portal.example/#e=vida-plena.q9X2mB0c1yq8T0b8cZVZ7Qk1vJ2u6h1c0m9w7x5y3z1"

func reminder(t testing.TB) Reminder {
	return Reminder{
		Creditor: vidaPlena(), Name: "Maria da Silva", AsOf: date(t, "2026-11-23"), Until: date(t, "2026-12-23"), Link: link,
		Debts: []Debt{
			{"CT-2024-001", "Mensalidade 09/2026", date(t, "2026-09-10"), 45000, 900, 1110, 47010},
			{"CT-2024-001", "", date(t, "2026-10-10"), 45000, 900, 660, 46560},
		},
	}
}

func receipt(t testing.TB) Receipt {
	return Receipt{
		Creditor: vidaPlena(), Name: "Maria da Silva", Contract: "RG-01JD9Z6A0B1C2D3E4F5G6H7J8K", Instalment: 1, Instalments: 12, Amount: 15000,
		Paid: 15000, PaidOn: date(t, "2026-11-23"), Balance: 165000, Next: date(t, "2026-12-23"), NextAmount: 15000,
		Link: "https://portal.example/?c=vida-plena",
	}
}

// samples has each template with data that reaches all of it.
func samples(t testing.TB) map[string][]Data {
	paid, part, over := receipt(t), receipt(t), receipt(t)
	paid.Balance, paid.Next = 0, calendar.Date{}
	part.Paid = 5000
	over.Excess = 1234
	backs := []Data{}
	for _, outcome := range []collection.AftercareOutcome{
		"", collection.AftercareConfirmed, collection.AftercareRefused, collection.AftercareUnanswered, collection.AftercareClosed,
	} {
		for _, kind := range []collection.Aftercare{collection.AftercareService, collection.AftercareReactivation} {
			back := receipt(t)
			back.Received, back.Method, back.Parts = 15000, collection.MethodPix, collection.Components{Principal: 14000, Interest: 1000}
			back.Aftercare = Aftercare{
				Kind: kind, Asked: date(t, "2026-11-23"), Until: date(t, "2026-11-28"), Care: collection.Care{
					Outcome: outcome, Benefit: collection.GrantedBenefit{Kind: collection.BenefitReduced, Until: date(t, "2027-01-31")},
				},
			}
			backs = append(backs, back)
		}
	}
	one := reminder(t)
	one.Debts, one.Name = one.Debts[:1], ""
	return map[string][]Data{
		ReminderFirst: {reminder(t), one}, ReminderOffers: {reminder(t), one}, ReminderLast: {reminder(t), one},
		PaymentReceipt: append([]Data{receipt(t), paid, part, over}, backs...),
		OTPCode:        {Code{vidaPlena(), "12345678", 5}},
	}
}

// forbidden are words of threat, of shame and of false hurry: Lei 8.078/1990 art. 42 and 71. They stand without accents.
var forbidden = regexp.MustCompile(`(?i)\b(spc|serasa|negativa\w*|protest\w*|process\w*|judicia\w*|justica|advogad\w*|penhora\w*|` +
	`nome sujo|caloteir\w*|devedor\w*|inadimplen\w*|cobranca|sob pena|medidas? cabive\w*|providencias|urgen\w*|imediat\w*|` +
	`agora mesmo|so hoje|` +
	`ultima chance|ultima oportunidade|ultimo aviso|evite|bloque\w*|cancelad\w*|corra|nao perca|multa diaria|score|oficial de justica)\b`)

func TestTemplatesKeepTheLaw(t *testing.T) {
	if got, want := slices.Sorted(maps.Keys(samples(t))), slices.Sorted(maps.Keys(texts())); !slices.Equal(got, want) {
		t.Fatalf("templates are %v, sampled are %v", want, got)
	}
	for name, all := range samples(t) {
		for _, data := range all {
			m, err := Render(name, data)
			if err != nil {
				t.Fatal(err)
			}
			for form, body := range map[string]string{"text": m.Text, "page": m.HTML} {
				lint(t, name+" "+form, m.Subject+"\n"+body)
				if _, ok := data.(Reminder); ok {
					says(t, name+" "+form, body, "Valor original", "Multa", "Juros", "Total", "R$ 470,10", "negociacao@vidaplena.example",
						"Se não quiser mais receber", "VIDA PLENA SAUDE", "portal.example", link)
				}
			}
		}
	}
}

func lint(t *testing.T, where, text string) {
	t.Helper()
	says(t, where, text, "CNPJ 11.222.333/0001-81", "SGAS 902, Bloco B", "Vida Plena Assistência à Saúde S.A.", "0800 555 0100")
	if found := forbidden.FindString(unaccented.Replace(text)); found != "" {
		t.Errorf("%s says %q", where, found)
	}
	for _, broken := range []string{"{{", "}}", "<no value>", "%!", "ZgotmplZ", "<img", "<style", "<script", "0000-00-00", "00/00/0000"} {
		if strings.Contains(text, broken) {
			t.Errorf("%s has %q", where, broken)
		}
	}
	if strings.Contains(where, "text") && strings.ContainsAny(text, "<>") {
		t.Errorf("%s has markup", where)
	}
}

func says(t *testing.T, where, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", where, want, text)
		}
	}
}

func TestComponentsAddUp(t *testing.T) {
	m, err := Render(ReminderFirst, reminder(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range []money.Centavos{90000, 1800, 1770, 93570} {
		says(t, "sum", m.Text, sum.String())
	}
}

func TestReceiptSaysWhereTheAgreementStands(t *testing.T) {
	for i, want := range [][]string{
		{"1 de 12", "R$ 150,00", "R$ 1.650,00", "23/12/2026"}, {"quitado"}, {"parcial", "R$ 50,00"}, {"R$ 12,34 além"},
	} {
		m, err := Render(PaymentReceipt, samples(t)[PaymentReceipt][i])
		if err != nil {
			t.Fatal(err)
		}
		says(t, "text", m.Text, want...)
		says(t, "page", m.HTML, want...)
	}
}

func TestPagesEscape(t *testing.T) {
	r := reminder(t)
	r.Name = "<b>Maria</b>"
	r.Debts[0].Description = `"><script>alert(1)</script>`
	r.Link = "javascript:alert(1)"
	r.Creditor.Brand.PrimaryColor = `red;background:url(//x)`
	m, err := Render(ReminderFirst, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<b>Maria", "<script>", `href="javascript:`, "url("} {
		if strings.Contains(m.HTML, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		template string
		data     Data
	}{
		"an unknown template":            {"reminder-fax", reminder(t)},
		"a receipt's data in a reminder": {ReminderFirst, receipt(t)},
		"a reminder's data in a code":    {OTPCode, reminder(t)},
		"nothing":                        {"", Code{}},
	} {
		if _, err := Render(test.template, test.data); !errors.Is(err, ErrTemplate) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCodeAsTextMessage(t *testing.T) {
	long := vidaPlena()
	long.Name = strings.Repeat("São João ", 7)[:62]
	for _, c := range []collection.Creditor{vidaPlena(), long, {Name: "Ω∞[^]{}"}, {}} {
		m, err := RenderSMS(Code{c, "12345678", 5})
		if err != nil {
			t.Fatal(err)
		}
		foreign := strings.ContainsFunc(m.Text, func(r rune) bool { return r < ' ' || r > 'z' || strings.ContainsRune("[\\]^`", r) })
		if len(m.Text) > 160 || foreign {
			t.Errorf("%d characters: %s", len(m.Text), m.Text)
		}
		says(t, "text message", m.Text, "12345678", "5 minutos")
	}
}

func TestSubjectsDoNotShowTheCode(t *testing.T) {
	m, err := Render(OTPCode, Code{vidaPlena(), "12345678", 5})
	if err != nil || strings.Contains(m.Subject, "1234") || !strings.Contains(m.Text, "12345678") {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestContrast(t *testing.T) {
	for color, want := range map[string][2]string{
		"#0b6e6e": {"#0b6e6e", "#ffffff"}, "#ffe08a": {"#ffe08a", dark}, "#000000": {"#000000", "#ffffff"}, "": {dark, "#ffffff"},
		"purple": {dark, "#ffffff"}, "#12345": {dark, "#ffffff"}, "#gggggg": {dark, "#ffffff"},
	} {
		if brand, on := contrast(color); brand != want[0] || on != want[1] {
			t.Errorf("contrast(%q) = %s on %s, want %v", color, on, brand, want)
		}
	}
}

type post struct {
	mails []Email
	texts []SMS
}

func (p *post) SendEmail(_ context.Context, m Email) error { p.mails = append(p.mails, m); return nil }
func (p *post) SendSMS(_ context.Context, m SMS) error     { p.texts = append(p.texts, m); return nil }

func TestCodesGoByTheChosenChannel(t *testing.T) {
	p := &post{}
	codes := Codes{p, p}
	for _, channel := range []collection.Channel{collection.ChannelEmail, collection.ChannelSMS} {
		if err := codes.SendCode(t.Context(), "to", channel, vidaPlena(), "12345678", 5); err != nil {
			t.Fatal(err)
		}
	}
	if err := codes.SendCode(t.Context(), "to", "fax", vidaPlena(), "12345678", 5); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("got %v", err)
	}
	if len(p.mails) != 1 || p.mails[0].Message.Template != OTPCode || p.mails[0].From != "Vida Plena Saúde" {
		t.Errorf("got %+v", p.mails)
	}
	if len(p.texts) != 1 || p.texts[0].Template != OTPCode {
		t.Errorf("got %+v", p.texts)
	}
}

func TestEveryReminderOfContractHasATemplate(t *testing.T) {
	for _, name := range contract.ReminderTemplates() {
		if _, err := Render(name, reminder(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
