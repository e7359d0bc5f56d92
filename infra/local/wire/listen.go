package wire

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	headerTimeout = 10 * time.Second
	// idleTimeout is longer than the 90 s after which Go's clients give a connection up.
	idleTimeout = 2 * time.Minute
)

// Listen serves a handler on a loopback port of its own until the server is closed. It refuses what comes by another name than its address:
// a page of another site may let its own name point here.
func Listen(handler http.Handler) (server *http.Server, address string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("listen on loopback: %w", err)
	}
	address = listener.Addr().String()
	server = &http.Server{ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Host != address {
				http.Error(w, "this address is for the functions of the local cloud only", http.StatusForbidden)
				return
			}
			handler.ServeHTTP(w, r)
		})}
	go func() { _ = server.Serve(listener) }() // ends by Close
	return server, address, nil
}
