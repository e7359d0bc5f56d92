package site

import (
	"net"
	"net/http"
	"strings"
)

// ThisMachineOnly refuses requests that a page of another site caused. Listening on loopback does not keep them out: such a page may let
// its own name point here (DNS rebinding), and then reads the answers too; so the Host must be a name of this machine. And a request that
// carries an Origin must come from the address that it is for: what stands here moves clocks and money without asking who calls. The API
// is the product's and judges the origin by itself, as it does everywhere.
func ThisMachineOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		foreign := origin != "" && origin != "http://"+r.Host && !strings.HasPrefix(r.URL.Path, "/v1/")
		if foreign || !ownName(r.Host) {
			http.Error(w, "this address answers requests of its own pages only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownName reports whether a Host header, with a port or without, names this machine.
func ownName(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || (ip != nil && ip.IsLoopback())
}
