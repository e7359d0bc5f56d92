package pixbank

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/brcode"
)

// list answers a page of the Pix received.
func (b *Bank) list(r *http.Request) (int, Object) {
	query := r.URL.Query()
	from, err := time.Parse(time.RFC3339, query.Get("inicio"))
	to, failed := time.Parse(time.RFC3339, query.Get("fim"))
	page, wrong := strconv.Atoi(query.Get("paginacao.paginaAtual"))
	size, bad := strconv.Atoi(query.Get("paginacao.itensPorPagina"))
	if err != nil || failed != nil || wrong != nil || bad != nil || size < 1 {
		return problem(http.StatusBadRequest, "PixConsultaInvalida")
	}
	var found []any
	for _, p := range b.pix {
		shown := b.withRefunds(p)
		at, err := time.Parse(time.RFC3339, fmt.Sprint(p["horario"]))
		if err != nil || at.Before(from) || at.After(to) || (query.Get("devolucaoPresente") == "true" && shown["devolucoes"] == nil) {
			continue
		}
		found = append(found, shown)
	}
	pages := max(1, (len(found)+size-1)/size)
	first := min(page*size, len(found))
	return http.StatusOK, Object{
		"parametros": Object{"inicio": query.Get("inicio"), "fim": query.Get("fim"), "paginacao": Object{
			"paginaAtual": page, "itensPorPagina": size, "quantidadeDePaginas": pages, "quantidadeTotalDeItens": len(found),
		}},
		"pix": append([]any{}, found[first:min(first+size, len(found))]...),
	}
}

func (b *Bank) refund(method, endToEndID, id string, sent Object) (int, Object) {
	name := endToEndID + "/" + id
	if method == http.MethodGet {
		if refund, ok := b.refunds[name]; ok {
			return http.StatusOK, refund
		}
		return problem(http.StatusNotFound, "PixDevolucaoNaoEncontrada")
	}
	at := slices.IndexFunc(b.pix, func(p Object) bool { return p["endToEndId"] == endToEndID })
	if at < 0 {
		return problem(http.StatusNotFound, "PixNaoEncontrado")
	}
	left := centavos(b.pix[at]["valor"])
	for other, refund := range b.refunds {
		if strings.HasPrefix(other, endToEndID+"/") && refund["status"] != "NAO_REALIZADO" {
			left -= centavos(refund["valor"])
		}
	}
	if _, taken := b.refunds[name]; taken || centavos(sent["valor"]) > left {
		return problem(http.StatusBadRequest, "PixDevolucaoInvalida")
	}
	b.refunds[name] = Object{
		"id": id, "rtrId": fmt.Sprintf("D12345678202611231400%011d", len(b.refunds)), "valor": sent["valor"], "natureza": "ORIGINAL",
		"horario": Object{"solicitacao": stamp(b.Now())}, "status": "EM_PROCESSAMENTO",
	}
	return http.StatusCreated, b.refunds[name]
}

func centavos(v any) int {
	n, err := strconv.Atoi(strings.ReplaceAll(fmt.Sprint(v), ".", ""))
	if err != nil {
		return 0
	}
	return n
}

// mandate answers the calls about mandates and their locations.
func (b *Bank) mandate(r *http.Request, parts []string, sent Object) (int, Object) {
	switch {
	case parts[1] == "locrec":
		b.locs = append(b.locs, fmt.Sprintf("pix.example.com/qr/v2/rec/%032d", len(b.locs)))
		return http.StatusCreated, Object{
			"id": len(b.locs), "location": b.locs[len(b.locs)-1], "tipo": "rec", "criacao": stamp(b.Now()),
		}
	case r.Method == http.MethodPost:
		return b.newMandate(sent)
	case len(parts) == 2:
		recs := []any{}
		for _, id := range slices.Sorted(maps.Keys(b.mandates)) {
			recs = append(recs, b.mandates[id])
		}
		query := r.URL.Query()
		return http.StatusOK, Object{"recs": recs, "parametros": Object{
			"inicio": query.Get("inicio"), "fim": query.Get("fim"), "paginacao": Object{
				"paginaAtual": 0, "itensPorPagina": 100, "quantidadeDePaginas": 1, "quantidadeTotalDeItens": len(recs),
			},
		}}
	}
	rec, ok := b.mandates[parts[2]]
	if !ok {
		return problem(http.StatusNotFound, "RecNaoEncontrada")
	}
	out := maps.Clone(rec)
	txID := r.URL.Query().Get("txid")
	for kind, journey := range map[string]string{"cob": "JORNADA_3", "cobv": "JORNADA_4"} {
		if charge, ok := b.charges["/"+kind+"/"+txID]; ok {
			out["dadosQR"] = Object{"jornada": journey, "pixCopiaECola": composite(charge, rec)}
		}
	}
	return http.StatusOK, out
}

// newMandate takes the body of a mandate.
func (b *Bank) newMandate(sent Object) (int, Object) {
	loc, _ := sent["loc"].(float64)
	if loc < 1 || int(loc) > len(b.locs) {
		return problem(http.StatusBadRequest, "RecOperacaoInvalida")
	}
	letter := map[any]string{"NAO_PERMITE": "N", "PERMITE_3R_7D": "R"}[sent["politicaRetentativa"]]
	id := fmt.Sprintf("R%s12345678%s%011d", letter, b.Now().Format("20060102"), len(b.mandates))
	rec := maps.Clone(sent)
	rec["idRec"], rec["status"] = id, "CRIADA"
	rec["recebedor"] = Object{"cnpj": "11222333000181", "nome": "Credora Exemplo SA"}
	rec["loc"] = Object{"id": loc, "location": b.locs[int(loc)-1], "tipo": "rec", "criacao": stamp(b.Now()), "idRec": id}
	rec["atualizacao"] = []any{Object{"status": "CRIADA", "data": stamp(b.Now())}}
	journey := Object{"tipoJornada": "AGUARDANDO_DEFINICAO"}
	if asked, ok := sent["ativacao"].(Object); ok {
		journey["dadosJornada"] = asked["dadosJornada"]
	}
	rec["ativacao"] = journey
	b.mandates[id] = rec
	return http.StatusCreated, rec
}

// composite is a charge's code with a mandate's location in field 80.
func composite(charge, rec Object) string {
	code, _ := charge["pixCopiaECola"].(string)
	location, _ := rec["loc"].(Object)["location"].(string)
	account := fmt.Sprintf("0014br.gov.bcb.pix25%02d%s", len(location), location)
	code = code[:len(code)-8] + fmt.Sprintf("80%02d%s", len(account), account) + "6304"
	return code + fmt.Sprintf("%04X", brcode.CRC16(code))
}
