package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/regua/regua/shared/calendar"
)

// Participant is somebody to log in as.
type Participant struct {
	Creditor, Document, Contract, Email, Phone, Name string
}

// columns is the header of the sample file.
var columns = []string{
	"creditor_id", "contract_number", "participant_document", "participant_name", "birth_date", "email", "phone", "participant_status",
	"product", "debt_id", "description", "due_date", "principal_centavos", "state", "city", "address", "service_reference",
}

// line is one debt of the sample.
type line struct {
	creditor, contract, status, product, description, reference string
	dueDate                                                     calendar.Date
	principal                                                   int64
}

// Portfolio makes about the given number of debts of invented people, the same for the same seed and day, and returns the CSV file and
// three participants to log in as, one per creditor. Ageing is realistic: half of the debts are less than two months late, a tail is
// years late.
func Portfolio(seed uint64, today calendar.Date, debts int) ([]byte, []Participant, error) {
	g := &generator{dice: rand.New(rand.NewPCG(seed, 0x5265677561)), today: today}
	var buffer bytes.Buffer
	g.out = csv.NewWriter(&buffer)
	if err := g.out.Write(columns); err != nil {
		return nil, nil, fmt.Errorf("write header: %w", err)
	}
	demo := g.demoPeople()
	for g.debts < debts {
		g.person(g.someone(), g.owes())
	}
	g.out.Flush()
	if err := g.out.Error(); err != nil {
		return nil, nil, fmt.Errorf("write portfolio: %w", err)
	}
	return buffer.Bytes(), demo, g.err
}

type generator struct {
	dice   *rand.Rand
	today  calendar.Date
	out    *csv.Writer
	people int
	debts  int
	err    error
}

type person struct {
	document, name, birth, email, phone, state, city, address string
}

// person writes the lines of one person.
func (g *generator) person(p person, lines []line) {
	for _, l := range lines {
		g.debts++
		cells := []string{
			l.creditor, l.contract, p.document, p.name, p.birth, p.email, p.phone, l.status, l.product, fmt.Sprintf("D%06d", g.debts), l.description,
			l.dueDate.String(), strconv.FormatInt(l.principal, 10), p.state, p.city, p.address, l.reference,
		}
		if err := g.out.Write(cells); err != nil && g.err == nil {
			g.err = fmt.Errorf("write debt %d: %w", g.debts, err)
		}
	}
}

// demoPeople writes three people whose debts show what each creditor's policy and ruler do: the first is at the foot of the ruler, the
// others have discounts.
func (g *generator) demoPeople() []Participant {
	var out []Participant
	for _, lines := range [][]line{
		{
			g.debt("vida-plena", "VP-000001", "former", "Plano Família", "Mensalidade do titular", 2, 71650),
			g.debt("vida-plena", "VP-000001", "former", "Plano Família", "Mensalidade de dependente", 2, 71650),
			g.debt("vida-plena", "VP-000001", "former", "Plano Família", "Coparticipação em exames", 1, 23480),
		},
		{
			g.debt("tv-horizonte", "TV-000001", "active", "TV Total HD", "Fatura mensal", 46, 18990),
			g.debt("tv-horizonte", "TV-000001", "active", "TV Total HD", "Fatura mensal", 16, 18990),
		},
		{g.debt("credora", "CR-000001", "active", "Empréstimo pessoal", "Parcela 7 de 24", 95, 85743)},
	} {
		p := g.someone()
		g.person(p, lines)
		out = append(out, Participant{
			Creditor: lines[0].creditor, Document: p.document, Contract: lines[0].contract, Email: p.email, Phone: p.phone, Name: p.name,
		})
	}
	return out
}

func (g *generator) debt(creditor, contract, status, product, description string, late int, principal int64) line {
	return line{
		creditor: creditor, contract: contract, status: status, product: product, description: description, reference: "S-" + contract,
		dueDate: g.today.AddDays(-late), principal: principal,
	}
}

// owes draws one to four debts of one contract.
func (g *generator) owes() []line {
	count := 1
	for count < 4 && g.dice.IntN(100) < 40 {
		count++
	}
	late := g.late()
	number := g.people + 100
	var lines []line
	switch draw := g.dice.IntN(100); {
	case draw < 45:
		status := "active"
		if g.dice.IntN(100) < 40 {
			status = "former"
		}
		fee, contract := 18000+g.dice.Int64N(120000), fmt.Sprintf("VP-%06d", number)
		for i := range count {
			lines = append(lines, g.debt("vida-plena", contract, status, "Plano Individual", "Mensalidade do plano", late+30*i, fee))
		}
	case draw < 80:
		fee := 7990 + 1000*g.dice.Int64N(30)
		for i := range count {
			lines = append(lines, g.debt("tv-horizonte", fmt.Sprintf("TV-%06d", number), "active", "TV e Internet", "Fatura mensal", late+30*i, fee))
		}
	default:
		part := 15000 + g.dice.Int64N(150000)
		for i := range count {
			description := fmt.Sprintf("Parcela %d de 24", 12-i)
			lines = append(lines, g.debt("credora", fmt.Sprintf("CR-%06d", number), "active", "Empréstimo pessoal", description, late+30*i, part))
		}
	}
	return lines
}

// late draws days of ageing: half below two months, a tail up to four years.
func (g *generator) late() int {
	days := 1 + int(g.dice.ExpFloat64()*80)
	return min(days, 1400)
}

var (
	firstNames = strings.Fields("Ana Antônio Beatriz Bruno Camila Carlos Cláudia Daniel Eduarda Felipe Fernanda Gabriel Helena Igor Isabela " +
		"João Júlia Larissa Lucas Luiza Marcos Mariana Mateus Paulo Rafaela Renato Sofia Thiago Valéria Vitor")
	lastNames = strings.Fields("Almeida Alves Barbosa Cardoso Carvalho Costa Dias Fernandes Ferreira Gomes " +
		"Lima Lopes Martins Melo Moreira Nascimento Nunes Oliveira Pereira Pinto Ramos Ribeiro Rocha Santos Silva Souza Teixeira Vieira")
	places = []struct{ state, city, area string }{
		{"SP", "São Paulo", "11"}, {"SP", "Campinas", "19"}, {"RJ", "Rio de Janeiro", "21"}, {"MG", "Belo Horizonte", "31"},
		{"DF", "Brasília", "61"}, {"BA", "Salvador", "71"}, {"RS", "Porto Alegre", "51"}, {"PR", "Curitiba", "41"},
		{"PE", "Recife", "81"}, {"CE", "Fortaleza", "85"}, {"AM", "Manaus", "92"}, {"AC", "Rio Branco", "68"},
		{"PA", "Belém", "91"}, {"MT", "Cuiabá", "65"}, {"SC", "Florianópolis", "48"},
	}
	plain = strings.NewReplacer("á", "a", "ã", "a", "é", "e", "í", "i", "ó", "o", "ô", "o", "ú", "u", "ç", "c")
)

func (g *generator) someone() person {
	g.people++
	first, last := firstNames[g.dice.IntN(len(firstNames))], lastNames[g.dice.IntN(len(lastNames))]
	second := lastNames[g.dice.IntN(len(lastNames))]
	place := places[g.dice.IntN(len(places))]
	address := plain.Replace(strings.ToLower(first + "." + last))
	born, err := calendar.New(1950+g.dice.IntN(55), 1, 1)
	if err != nil && g.err == nil {
		g.err = err
	}
	return person{
		document: cpf(g.dice), name: first + " " + second + " " + last, birth: born.AddDays(g.dice.IntN(365)).String(),
		email: fmt.Sprintf("%s%d@correio.example", address, g.people),
		phone: fmt.Sprintf("+55%s9%d%07d", place.area, 6+g.dice.IntN(4), g.dice.IntN(10_000_000)),
		state: place.state, city: place.city, address: fmt.Sprintf("Rua %s, %d, %s - %s", second, 1+g.dice.IntN(2000), place.city, place.state),
	}
}

// cpf draws a number with right check digits (weights 10..2 and 11..2, modulo 11).
func cpf(dice *rand.Rand) string {
	digits := make([]int, 0, 11)
	for range 9 {
		digits = append(digits, dice.IntN(10))
	}
	for len(digits) < 11 {
		sum := 0
		for i, d := range digits {
			sum += d * (len(digits) + 1 - i)
		}
		check := 11 - sum%11
		if check > 9 {
			check = 0
		}
		digits = append(digits, check)
	}
	var b strings.Builder
	for _, d := range digits {
		b.WriteByte(byte('0' + d))
	}
	return b.String()
}
