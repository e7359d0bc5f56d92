package creditor

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

type webhooksFile struct {
	URL    string   `json:"url"`
	Events []string `json:"events"`
}

func (f *webhooksFile) domain(c *checker) collection.Webhooks {
	if f == nil {
		return collection.Webhooks{}
	}
	c.check(receives(f.URL), "webhooks.url must be an https:// address of at most 300 characters, without user, fragment and trailing dot; "+
		"http:// is for loopback addresses, which only a local stage speaks to")
	known := contract.WebhookEvents()
	c.between("number of webhooks.events", len(f.Events), 1, len(known))
	for i, event := range f.Events {
		c.check(slices.Contains(known, event), fmt.Sprintf("webhooks.events[%d] must be one of %s", i, strings.Join(known, ", ")))
		c.check(!slices.Contains(f.Events[:i], event), fmt.Sprintf("webhooks.events[%d] stands there twice", i))
	}
	return collection.Webhooks{URL: f.URL, Events: f.Events}
}

// receives reports whether a system may listen at an address. What its name leads to is looked at when it is called.
func receives(address string) bool {
	u, err := url.Parse(address)
	if err != nil || len(address) > 300 || u.User != nil || u.Fragment != "" || strings.ContainsFunc(address, hidden) {
		return false
	}
	host := u.Hostname()
	ip, err := netip.ParseAddr(host)
	loopback := host == "localhost" || err == nil && ip.IsLoopback()
	switch u.Scheme {
	case "http":
		return loopback
	case "https":
		return !loopback && (err == nil && ip.IsGlobalUnicast() && !ip.IsPrivate() || publicName(host))
	}
	return false
}

// publicName reports whether a host is named as the public name service does: by letters, not by figures, and below a top level.
func publicName(host string) bool {
	labels := strings.Split(host, ".")
	top := labels[len(labels)-1]
	return len(labels) > 1 && !slices.Contains(labels, "") && strings.ContainsFunc(top, func(r rune) bool { return r < '0' || r > '9' }) &&
		net.ParseIP(host) == nil
}
