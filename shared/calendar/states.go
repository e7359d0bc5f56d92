package calendar

import (
	"slices"
	"time"
)

// The years for which the states' holidays are listed.
const (
	FirstStateYear = 2026
	LastStateYear  = 2028
)

// LocalHoliday is a holiday of one state. Confirmed is false when sources disagree or only memory speaks for it: it is listed all the
// same, because whoever rests on a day that is none harms nobody.
type LocalHoliday struct {
	Date      Date
	Name      string
	Source    string
	Confirmed bool
}

// stateDay is a holiday of a state in every year.
type stateDay struct {
	uf     string
	month  time.Month
	day    int // with month; or, when month is 0, days after Easter Sunday
	name   string
	source string
	doubt  bool
	friday bool // when it falls on Tuesday to Thursday it may be kept on the Friday after it: both days are listed
}

// What several entries rest on: an independent list that is kept up to date, and Lei 9.093/1995, by which a state has its data magna.
const (
	listed = "python-holidays 2026-07 (secondary)"
	wiki   = "lists of holidays of 2022 and before (secondary); not in python-holidays 2026-07"
)

var stateDays = []stateDay{
	{"AC", time.January, 23, "Dia do Evangélico", "AC Lei 1.538/2004; " + listed, false, true},
	{"AC", time.March, 8, "Dia da Mulher", "AC Lei 1.411/2001; " + listed, false, true},
	{"AC", time.June, 15, "Aniversário do Acre", "AC Lei 14/1964; " + listed, false, false},
	{"AC", time.September, 5, "Dia da Amazônia", "AC Lei 1.526/2004; " + listed, false, true},
	{"AC", time.November, 17, "Tratado de Petrópolis", "AC Lei 57/1965; " + listed, false, true},
	{"AL", time.June, 24, "São João", "AL Lei 5.508/1993; " + listed, false, false},
	{"AL", time.June, 29, "São Pedro", "AL Lei 5.509/1993; " + listed, false, false},
	{"AL", time.September, 16, "Emancipação Política de Alagoas", "data magna; " + listed, false, false},
	{"AL", time.November, 20, "Zumbi dos Palmares", "AL Lei 5.724/1995; national since 2024", false, false},
	{"AL", time.November, 30, "Dia do Evangélico", "AL Lei 7.490/2013; " + listed, false, false},
	{"AM", time.September, 5, "Elevação do Amazonas à categoria de província", "data magna; " + listed, false, false},
	{"AM", time.December, 8, "Nossa Senhora da Conceição", wiki, true, false},
	{"AP", time.March, 19, "São José", "AP Lei 667/2002; " + listed, false, false},
	{"AP", time.July, 25, "São Tiago", "AP Lei 1.643/2012; " + listed, false, false},
	{"AP", time.September, 13, "Criação do Território Federal", "data magna; " + listed, false, false},
	{"AP", time.October, 5, "Criação do Estado", wiki, true, false},
	{"BA", time.July, 2, "Independência da Bahia", "Constituição da Bahia, data magna; " + listed, false, false},
	{"CE", time.March, 19, "São José", listed, false, false},
	{"CE", time.March, 25, "Data Magna do Ceará", "Constituição do Ceará, data magna; " + listed, false, false},
	{"CE", time.August, 15, "Nossa Senhora da Assunção", listed, false, false},
	{"DF", time.April, 21, "Fundação de Brasília", listed, false, false},
	{"DF", time.November, 30, "Dia do Evangélico", "DF Lei 963/1995; " + listed, false, false},
	{"ES", 0, 8, "Nossa Senhora da Penha", "ES Lei 11.010/2019; " + listed, false, false},
	{"ES", time.October, 28, "Dia do Servidor Público", wiki, true, false},
	{"GO", time.July, 26, "Fundação da Cidade de Goiás", listed, false, false},
	{"GO", time.October, 24, "Pedra Fundamental de Goiânia", listed, false, false},
	{"GO", time.October, 28, "Dia do Servidor Público", wiki, true, false},
	{"MA", time.July, 28, "Adesão do Maranhão", "MA Lei 2.457/1964; " + listed, false, false},
	{"MA", time.December, 8, "Nossa Senhora da Conceição", wiki, true, false},
	{"MG", time.April, 21, "Data Magna de Minas Gerais", "Constituição de Minas Gerais, data magna; " + listed, false, false},
	{"MS", time.October, 11, "Criação do Estado", "MS Lei 10/1979; " + listed, false, false},
	{"MT", time.November, 20, "Consciência Negra", "MT Lei 7.879/2002; national since 2024", false, false},
	{"PA", time.August, 15, "Adesão do Grão-Pará", "PA Lei 5.999/1996; " + listed, false, false},
	{"PB", time.July, 26, "Memória de João Pessoa", "from memory; other lists do not have it", true, false},
	{"PB", time.August, 5, "Fundação do Estado", "PB Lei 3.489/1967; " + listed, false, false},
	{"PE", time.March, 6, "Revolução Pernambucana", "PE Lei 13.386/2007, date by Lei 16.059/2017; " + listed, false, false},
	{"PE", time.June, 24, "São João", wiki, true, false},
	{"PI", time.March, 13, "Batalha do Jenipapo", wiki + "; PI Decreto 24.285/2025 does not have it for 2026", true, false},
	{"PI", 0, 60, "Corpus Christi", "PI Decreto 24.285/2025 lists it as a holiday for 2026 (press)", true, false},
	{"PI", time.October, 19, "Dia do Piauí", "PI Lei 176/1937; PI Decreto 24.285/2025 (press); " + listed, false, false},
	{"PR", time.November, 15, "Nossa Senhora do Rocio", "PR Lei 18.397/2014; a national holiday too", false, false},
	{"PR", time.December, 19, "Emancipação do Paraná", "no longer a holiday by PR Lei 18.384/2014, as " + listed + " says", true, false},
	{"RJ", 0, -47, "Carnaval (terça-feira)", "RJ Lei 5.243/2008; " + listed, false, false},
	{"RJ", time.April, 23, "São Jorge", "RJ Lei 5.198/2008; " + listed, false, false},
	{"RJ", time.October, 28, "Dia do Funcionário Público", wiki, true, false},
	{"RJ", time.November, 20, "Zumbi dos Palmares", "RJ Lei 4.007/2002; national since 2024", false, false},
	{"RN", time.June, 29, "São Pedro", wiki, true, false},
	{"RN", time.August, 7, "Dia do Rio Grande do Norte", "RN Lei 7.831/2000; " + listed, false, false},
	{"RN", time.October, 3, "Mártires de Cunhaú e Uruaçu", "RN Lei 8.913/2006; " + listed, false, false},
	{"RO", time.January, 4, "Criação do Estado", "RO Lei 2.291/2010; " + listed, false, false},
	{"RO", time.June, 18, "Dia do Evangélico", "RO Lei 1.026/2001; " + listed, false, false},
	{"RR", time.October, 5, "Criação do Estado", "data magna; " + listed, false, false},
	{"RS", time.September, 20, "Revolução Farroupilha", "RS Lei 4.453/1962; " + listed, false, false},
	{"SC", time.August, 11, "Dia do Estado de Santa Catarina", "SC Lei 12.906/2004 moves it to the Sunday after; " + listed, true, false},
	{"SC", time.November, 25, "Santa Catarina de Alexandria", "SC Lei 12.906/2004 moves it to the Sunday after; " + listed, true, false},
	{"SE", time.July, 8, "Emancipação Política de Sergipe", "Constituição de Sergipe, data magna; " + listed, false, false},
	{"SP", time.July, 9, "Revolução Constitucionalista", "SP Lei 9.497/1997; " + listed, false, false},
	{"TO", time.March, 18, "Autonomia do Estado", "from memory (TO Lei 960/1998); not in the press's lists for 2024 and 2026", true, false},
	{"TO", time.August, 15, "Senhor do Bonfim", "the press's list for 2026 (secondary)", true, false},
	{"TO", time.September, 8, "Padroeira do Estado", "TO Lei 627/1993; the press's lists for 2024 and 2026", false, false},
	{"TO", time.October, 5, "Criação do Estado", "TO Lei 098/1989; the press's lists for 2024 and 2026", false, false},
}

// StateHolidays returns the holidays of a state in a year, in order, national ones only where the state's own law names them too. It is
// false for what is no state, and for a year outside FirstStateYear to LastStateYear, for which nothing is known. The laws' numbers are
// from memory; the dates are those of the lists that each entry names.
func StateHolidays(uf string, year int) ([]LocalHoliday, bool) {
	if _, ok := zones[uf]; !ok || year < FirstStateYear || year > LastStateYear {
		return nil, false
	}
	var out []LocalHoliday
	for _, s := range stateDays {
		if s.uf != uf {
			continue
		}
		d := Easter(year).AddDays(s.day)
		if s.month != 0 {
			d = Date{year, s.month, s.day}
		}
		out = append(out, LocalHoliday{d, s.name, s.source, !s.doubt})
		if moved := d.AddDays(int(time.Friday - d.Weekday())); s.friday && moved.After(d) && d.Weekday() > time.Monday {
			out = append(out, LocalHoliday{moved, s.name + " (transferido)", "AC Lei 2.126/2009; " + listed, true})
		}
	}
	slices.SortStableFunc(out, func(a, b LocalHoliday) int { return a.Date.Compare(b.Date) })
	return out, true
}
