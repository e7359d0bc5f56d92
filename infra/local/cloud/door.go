package cloud

import (
	"net/http"
	"time"
)

// What tools in other processes need of a local cloud beside the AWS protocols.
const (
	// ClockHeader says the cloud's time, as RFC 3339 with nanoseconds, in every answer: its clock may have been moved.
	ClockHeader = "X-Regua-Clock"
	// DoorBank is the path below which the sandbox bank answers.
	DoorBank = "/bank"
)

// Door serves the AWS protocols to other processes, and tells tools there the time and the way to the sandbox bank.
func (c *Cloud) Door() http.Handler {
	bank := http.StripPrefix(DoorBank, c.Bank)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(ClockHeader, c.Clock.Now().UTC().Format(time.RFC3339Nano))
		if len(r.URL.Path) > len(DoorBank) && r.URL.Path[:len(DoorBank)+1] == DoorBank+"/" {
			bank.ServeHTTP(w, r)
			return
		}
		c.Services.ServeHTTP(w, r)
	})
}
