// Package httpapi is the edge between API Gateway and the use cases: it finds the route, knows who calls, checks what every request must
// keep to, and writes answers and problems in one form.
package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/session"
)

// Handler answers one route. An error is answered as a problem; see NewProblem.
type Handler func(ctx context.Context, r *Request) (Reply, error)

// Sessions knows who holds a session token, and loads the case with it.
type Sessions interface {
	// Authenticate returns session.ErrUnknown or session.ErrExpired when the token opens nothing.
	Authenticate(ctx context.Context, token string) (*collection.Dossier, session.Session, error)
}

// Options is what an API needs to know.
type Options struct {
	Sessions Sessions // may be nil where no route needs a session
	Cookie   Cookie
	Origin   string // of the portal, as "https://portal.example"; cookies count for requests from there only
	Now      func() time.Time
	Log      *slog.Logger // to a JSON handler on standard output
}

// AnyQuery as the name of a query parameter stands for all of them.
const AnyQuery = "*"

// answerMargin is what a handler's context leaves of the function's own time, so that a slow call still becomes a 503.
const answerMargin = 500 * time.Millisecond

// API answers the routes of one function.
type API struct {
	options Options
	routes  map[string]handled
}

type handled struct {
	route contract.Route
	serve Handler
	query []string
}

// New makes an API without routes.
func New(options Options) *API {
	return &API{options: options, routes: map[string]handled{}}
}

// Handle gives a route of contract to a handler, with the names of the query parameters that it takes; any other is refused. It panics, at
// start, on a route that contract does not have, that has a handler already, or whose callers this API cannot know.
func (a *API) Handle(method, path string, h Handler, query ...string) {
	name := method + " " + path
	i := slices.IndexFunc(contract.Routes(), func(r contract.Route) bool { return r.Method == method && r.Path == path })
	if i < 0 {
		panic("httpapi: no route " + name + " in contract")
	}
	route := contract.Routes()[i]
	if _, twice := a.routes[name]; twice {
		panic("httpapi: two handlers for " + name)
	}
	switch route.Kind {
	case contract.Anonymous:
	case contract.Creditor: // the signature is the handler's to verify
	case contract.Provider: // the notice's signature is the handler's to verify, and its query the provider's to choose
		query = []string{AnyQuery}
	case contract.Participant:
		if a.options.Sessions == nil {
			panic("httpapi: no sessions for " + name)
		}
	default:
		panic("httpapi: no way to know the callers of " + name)
	}
	a.routes[name] = handled{route, h, query}
}

// Serve answers one request of API Gateway's proxy integration. It never returns an error: what goes wrong is answered as a problem.
func (a *API) Serve(ctx context.Context, event awsevents.APIGatewayProxyRequest) (awsevents.APIGatewayProxyResponse, error) {
	r := newRequest(event, a.options.Now())
	h, found := a.routes[event.HTTPMethod+" "+event.Resource]
	r.Route = h.route
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerMargin))
		defer cancel()
	}
	var reply Reply
	err := NewProblem(contract.CodeNotFound)
	if found {
		reply, err = a.answer(ctx, h, r, event)
	}
	response, failure := encode(reply, err, r.CorrelationID)
	a.record(ctx, r, response.StatusCode, failure)
	return response, nil
}

// answer checks the request and runs the handler. A panic becomes an internal fault.
func (a *API) answer(ctx context.Context, h handled, r *Request, event awsevents.APIGatewayProxyRequest) (reply Reply, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			reply, err = Reply{}, panicked(cause)
		}
	}()
	if r.Body, err = bodyOf(event, h.route); err != nil {
		return Reply{}, err
	}
	if err := a.authenticate(ctx, r); err != nil {
		return Reply{}, err
	}
	for _, check := range []func() error{
		func() error { return checkContentType(r) },
		func() error { return checkQuery(event, h.query) },
		func() error { return checkIdempotencyKey(r) },
	} {
		if err := check(); err != nil {
			return Reply{}, err
		}
	}
	if reply, err = h.serve(ctx, r); err != nil {
		return Reply{}, fmt.Errorf("serve: %w", err)
	}
	return reply, nil
}
