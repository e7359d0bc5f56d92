package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/regua/regua/shared/contract"
)

// metricsNamespace is where CloudWatch keeps the counters of the API.
const metricsNamespace = "Regua/API"

// embedded is the header of CloudWatch's embedded metric format, which turns the members of a log line into metrics.
type embedded struct {
	Timestamp         int64 // milliseconds since 1970
	CloudWatchMetrics []directive
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metric
}

type metric struct {
	Name string
	Unit string
}

var directives = []directive{{
	Namespace:  metricsNamespace,
	Dimensions: [][]string{{"route"}, {}},
	Metrics:    []metric{{"requests", "Count"}, {"clientErrors", "Count"}, {"serverErrors", "Count"}, {"latencyMs", "Milliseconds"}},
}}

// record writes the one line of a request, which is a metric line as well, and before it, once, what a fault was. Neither holds
// anything of the request but its route.
func (a *API) record(ctx context.Context, r *Request, status int, failure *Problem) {
	route, kind, code := "unmatched", contract.Anonymous, ""
	if r.Route.Path != "" {
		route, kind = r.Route.Method+" "+r.Route.Path, r.Route.Kind
	}
	if failure != nil {
		code = failure.Code
		if status >= http.StatusInternalServerError {
			a.recordFault(ctx, route, r.CorrelationID, failure)
		}
	}
	end := a.options.Now()
	attributes := []slog.Attr{
		slog.String("route", route), slog.Int("status", status), slog.String("code", code), slog.String("correlationId", r.CorrelationID),
		slog.String("principalKind", string(kind)), slog.String("creditorId", string(r.Principal.Creditor)),
		slog.String("caseId", r.Principal.Case.String()), slog.Int("requests", 1),
		slog.Int("clientErrors", one(status/100 == 4)), slog.Int("serverErrors", one(status/100 == 5)),
		slog.Int64("latencyMs", end.Sub(r.Now).Milliseconds()), slog.Any("_aws", embedded{end.UnixMilli(), directives}),
	}
	a.options.Log.LogAttrs(ctx, slog.LevelInfo, "request", attributes...)
}

func (a *API) recordFault(ctx context.Context, route, correlationID string, failure *Problem) {
	attributes := []slog.Attr{
		slog.String("route", route), slog.String("correlationId", correlationID), slog.String("error", failure.Error()),
	}
	var p *panicError
	if errors.As(failure, &p) {
		attributes = append(attributes, slog.String("stack", p.stack))
	}
	a.options.Log.LogAttrs(ctx, slog.LevelError, "request failed", attributes...)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
