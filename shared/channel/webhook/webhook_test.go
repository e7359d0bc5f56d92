package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestOnlyPublicAddressesAreReached(t *testing.T) {
	for address, public := range map[string]bool{
		"8.8.8.8:443": true, "200.160.2.3:8443": true, "[2804:14d:1::5]:443": true, "127.0.0.1:443": false, "[::1]:443": false,
		"10.1.2.3:443": false, "172.16.0.1:443": false, "192.168.1.1:443": false, "169.254.169.254:80": false, "100.64.0.1:443": false,
		"0.0.0.0:443": false, "255.255.255.255:443": false, "224.0.0.1:443": false, "198.18.0.1:443": false, "[fe80::1]:443": false,
		"[fd00:ec2::254]:80": false, "[::ffff:10.0.0.1]:443": false, "[::ffff:8.8.8.8]:443": true, "[64:ff9b::a9fe:a9fe]:443": false,
		"[2002:a9fe:a9fe::1]:443": false, "[::a9fe:a9fe]:443": false, "[ff02::1]:443": false, "name.example:443": false, "": false,
		"[fe80::1%eth0]:443": false,
	} {
		if err := check(address, false); (err == nil) != public {
			t.Errorf("%s: %v", address, err)
		}
	}
	if check("127.0.0.1:8080", true) != nil || check("[::1]:8080", true) != nil || check("10.0.0.1:80", true) == nil {
		t.Error("a local stage reaches loopback addresses, and no other private ones")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("8.8.8.8:443")
	f.Add("[::ffff:10.0.0.1]:443")
	f.Fuzz(func(t *testing.T, address string) {
		if check(address, false) != nil {
			return
		}
		at, err := netip.ParseAddrPort(address)
		if ip := at.Addr().Unmap(); err != nil || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() {
			t.Errorf("%q is reached", address)
		}
	})
}

// receiver listens on loopback and tells how often it was asked.
func receiver(t *testing.T, answer http.HandlerFunc) (address string, asked *int) {
	t.Helper()
	asked = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestPost(t *testing.T) {
	address, asked := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("webhook-id") != "case-1" || string(body) != `{"a":1}` {
			t.Errorf("got %s %v %s, %v", r.Method, r.Header, body, err)
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write(make([]byte, 10*maxAnswer)) // the poster may hang up before
	})
	status, err := New(nil, true).Post(t.Context(), address+"/hooks", http.Header{"Webhook-Id": {"case-1"}}, []byte(`{"a":1}`))
	if err != nil || status != http.StatusAccepted || *asked != 1 {
		t.Errorf("got %d, %v after %d", status, err, *asked)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	target, asked := receiver(t, func(http.ResponseWriter, *http.Request) {})
	address, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target, http.StatusTemporaryRedirect)
	})
	status, err := New(nil, true).Post(t.Context(), address, http.Header{}, []byte(`{}`))
	if err != nil || status != http.StatusTemporaryRedirect || *asked != 0 {
		t.Errorf("got %d, %v, the target was asked %d times", status, err, *asked)
	}
}

// What is refused is refused before a byte is sent, and the error names no address.
func TestRefusals(t *testing.T) {
	address, asked := receiver(t, func(http.ResponseWriter, *http.Request) {})
	port := address[strings.LastIndex(address, ":"):]
	for name, test := range map[string]struct {
		loopback bool
		address  string
		want     error
	}{
		"plain":             {false, address + "/secret-path", ErrPlain},
		"plain elsewhere":   {true, "http://hooks.example/secret-path", ErrPlain},
		"loopback":          {false, "https://127.0.0.1" + port + "/secret-path", ErrAddress},
		"name of loopback":  {false, "https://localhost" + port + "/secret-path", ErrAddress},
		"metadata":          {true, "https://169.254.169.254/secret-path", ErrAddress},
		"private":           {true, "https://10.0.0.1/secret-path", ErrAddress},
		"figures of an IP":  {false, "https://2130706433" + port + "/secret-path", nil},
		"another scheme":    {true, "gopher://127.0.0.1/secret-path", nil},
		"not an address":    {true, "https://%zz/secret-path", nil},
		"user in the place": {false, "https://u:p@127.0.0.1" + port + "/secret-path", ErrAddress},
	} {
		_, err := New(nil, test.loopback).Post(t.Context(), test.address, http.Header{}, []byte(`{}`))
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "secret-path") || strings.Contains(err.Error(), "127.0.0.1")) {
			t.Errorf("%s: the error names the address: %v", name, err)
		}
	}
	if *asked != 0 {
		t.Errorf("the receiver was asked %d times", *asked)
	}
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAReceiverThatNeverAnswers(t *testing.T) {
	p := New(silent{}, false)
	p.client.Timeout = time.Millisecond
	if _, err := p.Post(t.Context(), "https://hooks.example", http.Header{}, nil); err == nil || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(silent{}, false).Post(ctx, "https://hooks.example", http.Header{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
