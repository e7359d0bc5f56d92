package pix

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

const (
	// pageSize is what every provider of the API takes, and the default.
	pageSize = 100
	// maxPages bounds a day to 100,000 Pix.
	maxPages = 1000
	// returnDays is how long a Pix can be returned after it was settled; the days beyond are for what is under way at the end.
	returnDays = 90 + 10
)

type pageAnswer struct {
	Parameters struct {
		Paging *struct {
			Page  int `json:"paginaAtual"`
			Pages int `json:"quantidadeDePaginas"`
			Total int `json:"quantidadeTotalDeItens"`
		} `json:"paginacao"`
	} `json:"parametros"`
	Pix []pixBody `json:"pix"`
}

// statement lists a day. The API lists refunds with the Pix that they return, so those of the last months that were returned at all are
// read too.
func (s *session) statement(ctx context.Context, day calendar.Date) (provider.Statement, error) {
	at, err := zone()
	if err != nil {
		return provider.Statement{}, err
	}
	midnight := func(d calendar.Date) time.Time { return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, at) }
	from, to := midnight(day), midnight(day.AddDays(1))
	var out provider.Statement
	received, err := s.list(ctx, from, to, false)
	if err != nil {
		return provider.Statement{}, err
	}
	for _, p := range received {
		payment, err := p.payment()
		if err != nil {
			return provider.Statement{}, fmt.Errorf("%w: read a payment: %w", collection.ErrUnavailable, err)
		}
		if !payment.PaidAt.Before(from) && payment.PaidAt.Before(to) { // the API's end is part of its day, ours is not
			out.Payments = append(out.Payments, payment)
		}
	}
	returned, err := s.list(ctx, midnight(day.AddDays(-returnDays)), to, true)
	if err != nil {
		return provider.Statement{}, err
	}
	for _, p := range returned {
		settled, err := p.settled()
		if err != nil {
			return provider.Statement{}, fmt.Errorf("%w: read a refund: %w", collection.ErrUnavailable, err)
		}
		for _, r := range settled {
			if !r.At.Before(from) && r.At.Before(to) {
				out.Returns = append(out.Returns, r)
			}
		}
	}
	return out, nil
}

// list reads all pages of the Pix received between two instants, each Pix once. Pages that do not add up to what the API counts were read
// while the list changed: that is collection.ErrUnavailable.
func (s *session) list(ctx context.Context, from, to time.Time, returnedOnly bool) ([]pixBody, error) {
	query := url.Values{
		"inicio": {from.UTC().Format(time.RFC3339)}, "fim": {to.UTC().Format(time.RFC3339)}, "paginacao.itensPorPagina": {strconv.Itoa(pageSize)},
	}
	if returnedOnly {
		query.Set("devolucaoPresente", "true")
	}
	var all []pixBody
	seen := map[string]bool{}
	for page := range maxPages {
		query.Set("paginacao.paginaAtual", strconv.Itoa(page))
		answer, err := s.page(ctx, query)
		if err != nil {
			return nil, err
		}
		paging := answer.Parameters.Paging
		if paging == nil || paging.Page != page || len(answer.Pix) > pageSize {
			return nil, fmt.Errorf("%w: the API answered another page than asked for", collection.ErrUnavailable)
		}
		for _, p := range answer.Pix {
			if !seen[p.EndToEndID] {
				seen[p.EndToEndID] = true
				all = append(all, p)
			}
		}
		if page+1 >= paging.Pages {
			if len(all) != paging.Total {
				return nil, fmt.Errorf("%w: the API listed %d Pix and counted %d", collection.ErrUnavailable, len(all), paging.Total)
			}
			return all, nil
		}
	}
	return nil, fmt.Errorf("%w: the statement has more than %d pages", collection.ErrUnavailable, maxPages)
}

func (s *session) page(ctx context.Context, query url.Values) (pageAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var answer pageAnswer
	err := s.call(ctx, http.MethodGet, "/pix?"+query.Encode(), nil, &answer)
	return answer, err
}
