package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/session"
)

// Cookie says how the session cookie is called, and whether it may travel without TLS, which only a loopback address may want.
type Cookie struct {
	Name     string
	Insecure bool
}

// Set is the header value that gives the browser a session. It ends with the browser, and at the server earlier.
func (c Cookie) Set(token string) string { return c.Name + "=" + token + "; Path=/" + c.manner() }

// Clear is the header value that takes it away.
func (c Cookie) Clear() string { return c.Name + "=; Path=/; Max-Age=0" + c.manner() }

func (c Cookie) manner() string {
	if c.Insecure {
		return "; HttpOnly; SameSite=Strict"
	}
	return "; Secure; HttpOnly; SameSite=Strict"
}

// read finds the cookie's value in a Cookie header. A cookie that comes twice was planted by somebody and counts as none.
func (c Cookie) read(header string) (string, bool) {
	value, found := "", 0
	for part := range strings.FieldsFuncSeq(header, func(r rune) bool { return r == ';' || r == ',' }) {
		if name, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok && name == c.Name {
			value = v
			found++
		}
	}
	return value, found == 1 && value != ""
}

// authenticate sets who calls. Only routes of participants have somebody to know: anonymous ones know nobody, and providers and
// creditors' systems are known by their signature alone.
func (a *API) authenticate(ctx context.Context, r *Request) error {
	if r.Route.Kind != contract.Participant {
		return nil
	}
	token, fromCookie, err := a.token(r)
	if err != nil {
		return err
	}
	if fromCookie && !a.sameSite(r) {
		return NewProblem(contract.CodeForbidden, WithDetail("Este pedido não veio do portal."))
	}
	dossier, s, err := a.options.Sessions.Authenticate(ctx, token)
	if err != nil {
		return err
	}
	r.Dossier, r.Session, r.Principal = dossier, s, s.Principal()
	has := func(role string) bool { return slices.Contains(r.Principal.Roles, role) }
	if len(r.Route.Roles) > 0 && !slices.ContainsFunc(r.Route.Roles, has) {
		return NewProblem(contract.CodeForbidden)
	}
	return nil
}

// token reads the bearer token, or else the cookie. An Authorization header that is not understood is never passed over.
func (a *API) token(r *Request) (token string, fromCookie bool, err error) {
	if authorization := r.Header("Authorization"); authorization != "" {
		scheme, token, _ := strings.Cut(authorization, " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			return "", false, session.ErrUnknown
		}
		return token, false, nil
	}
	token, ok := a.options.Cookie.read(r.Header("Cookie"))
	if !ok {
		return "", false, session.ErrUnknown
	}
	return token, true, nil
}

// sameSite reports whether a request that the browser authenticated by itself may change something: browsers name the origin of every
// request that another site's script or form could send. The content type, checked later, is the second lock; SameSite the third.
func (a *API) sameSite(r *Request) bool {
	origin := r.Header("Origin")
	return r.Route.Method == http.MethodGet || origin == "" || origin == a.options.Origin
}
