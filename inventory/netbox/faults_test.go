package netbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func answers(code int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code); fmt.Fprint(w, body) }
}

// What a server says, and what is to be done about it, is in the error; nothing of it is
// asked twice, and the token is in none.
func TestRefusalsSayWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(http.ResponseWriter)
		kind  error
		want  []string
	}{
		"a wrong token":      {answers(403, `{"detail": "Invalid v1 token"}`), mirror.ErrAuth, []string{"403", `"Invalid v1 token"`, "nbt_KEY.SECRET as a whole"}},
		"no permission":      {answers(403, `{"detail": "You do not have permission to perform this action."}`), mirror.ErrAuth, []string{"permission to view devices, interfaces and platforms"}},
		"an unknown site":    {answers(400, `{"site": ["Select a valid choice. brelin is not one of the available choices."], "tag": ["No."]}`), mirror.ErrInvalid, []string{"400", "site: ", "brelin is not one", "is a slug", `tag: "No."`}},
		"not a NetBox":       {answers(404, `<html>`), mirror.ErrNotFound, []string{"404", "the address must be that of a NetBox"}},
		"a page of a login":  {answers(200, "\n<!doctype html><html>login</html>"), mirror.ErrParse, []string{"a web page", "the address must be that of a NetBox"}},
		"http where TLS is":  {answers(400, "Client sent an HTTP request to an HTTPS server.\n"), mirror.ErrInvalid, []string{"give the address with https"}},
		"another scheme":     {status(301, "Location", "https://127.0.0.1/nb/api/dcim/platforms/"), mirror.ErrUnreachable, []string{"it sends us to https://127.0.0.1, ", "give it"}},
		"another host":       {status(302, "Location", "http://other.invalid/?next=/"), mirror.ErrUnreachable, []string{"it sends us to http://other.invalid, ", "the token goes to the address that was given alone"}},
		"long words":         {answers(400, `{"detail": "`+strings.Repeat("x", 5000)+`"}`), mirror.ErrInvalid, []string{"xxx..."}},
		"words of no string": {answers(400, `{"detail": 7}`), mirror.ErrInvalid, []string{"it answers 400"}},
	} {
		b := full(t)
		b.faults = []func(http.ResponseWriter){c.fault}
		_, err := b.read()
		if !errors.Is(err, c.kind) || len(b.asked) != 1 {
			t.Errorf("%s: %v, asked %d times", name, err, len(b.asked))
			continue
		}
		for _, w := range append(c.want, b.URL+"/nb/api/dcim/platforms/") {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q lacks %q", name, err, w)
			}
		}
		if strings.Contains(err.Error(), token) || len(err.Error()) > 900 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCertificatesSayWhatToDo(t *testing.T) {
	box := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"count": 0, "next": null, "results": []}`)
	}))
	box.Config.ErrorLog = log.New(io.Discard, "", 0) // each of these is a fault to it
	box.StartTLS()
	t.Cleanup(box.Close)
	plain := httptest.NewServer(box.Config.Handler)
	t.Cleanup(plain.Close)
	babble := listener(t, "no words of TLS\r\n")
	pool := x509.NewCertPool()
	pool.AddCert(box.Certificate())
	good := &tls.Config{RootCAs: pool}
	named := good.Clone()
	named.ServerName = "other.example"
	late := good.Clone()
	late.Time = func() time.Time { return box.Certificate().NotAfter.Add(time.Hour) }
	for name, c := range map[string]struct {
		address string
		tls     *tls.Config
		want    string // "" = it is read
	}{
		"trusted":       {box.URL, good, ""},
		"unknown":       {box.URL, &tls.Config{RootCAs: x509.NewCertPool()}, "--netbox-ca FILE says whose certificates are trusted"},
		"another name":  {box.URL, named, "give the address with a name that its certificate bears"},
		"expired":       {box.URL, late, "NetBox needs a new certificate, or a clock is wrong"},
		"not even HTTP": {"https://" + babble, good, "there is no TLS at this port"},
		"no TLS at all": {strings.Replace(plain.URL, "http:", "https:", 1), good, "there is no TLS at this port"},
	} {
		s, err := NewServer(c.address, token, false, &http.Client{Transport: &http.Transport{TLSClientConfig: c.tls}})
		if err != nil {
			t.Fatal(err)
		}
		s.pause = func(context.Context, time.Duration) error { t.Errorf("%s: it is asked again", name); return nil }
		_, err = s.Read(t.Context(), usual)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		// The command line has advice of its own for certificates, which is about the controller's.
		var verification *tls.CertificateVerificationError
		if !errors.Is(err, mirror.ErrUnreachable) || !strings.Contains(err.Error(), c.want) || errors.As(err, &verification) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// listener answers everybody with the same words, and hangs up.
func listener(t *testing.T, words string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1024)) // what is not read would reset the connection
			_, _ = c.Write([]byte(words))
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// TLS that knows no HTTP hangs up without a word.
func TestAServerThatHangsUp(t *testing.T) {
	b := full(t)
	address := listener(t, "")
	s, err := NewServer("http://"+address, token, false, http.DefaultClient)
	if err != nil {
		t.Fatal(err)
	}
	s.pause = b.server().pause
	if _, err := s.Read(t.Context(), usual); !errors.Is(err, mirror.ErrUnreachable) || !strings.Contains(err.Error(), "the address may be one with https") {
		t.Errorf("%v", err)
	}
}

func TestTokensThatAreWrongBeforeTheyAreSent(t *testing.T) {
	for given, want := range map[string]string{
		"Token " + token:            "the word Token",
		"Bearer nbt_key.S3cret":     "the word Bearer",
		"\n":                        "is empty",
		"nbt_keyS3cret":             "nbt_KEY.SECRET as a whole",
		"S3cret\nand another":       "more than one word",
		"S3cret\u00a0":              "more than one word",
		"# S3cret of the inventory": "more than one word",
	} {
		_, err := NewServer("https://netbox.example", given, false, http.DefaultClient)
		if given == "S3cret\u00a0" { // a blank that is cut off as any
			if err != nil {
				t.Errorf("%q: %v", given, err)
			}
			continue
		}
		if !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "S3cret") || strings.Contains(err.Error(), token) {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func TestAddressesWithAndWithoutTheInterface(t *testing.T) {
	b := full(t)
	for _, end := range []string{"/nb", "/nb/", "/nb/api", "/nb/api/"} {
		s, err := NewServer(" "+b.URL+end+"\n", token, false, b.Client())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(t.Context(), usual); err != nil {
			t.Errorf("%s: %v", end, err)
		}
	}
	for address, want := range map[string]string{
		"https://netbox.example/api/dcim/devices/": "what stands before /api",
		"http://netbox.example":                    "--netbox-insecure-http",
		"netbox.example":                           "such as https://netbox.example",
	} {
		if _, err := NewServer(address, token, false, http.DefaultClient); !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAServerThatAsksToBeLeftAloneUntilATime(t *testing.T) {
	b := full(t)
	const now = "Sun, 29 Nov 2026 12:00:00 GMT" // by its own clock
	b.faults = []func(http.ResponseWriter){
		status(429, "Date", now, "Retry-After", "Sun, 29 Nov 2026 12:00:07 GMT"), nil,
		status(503, "Date", now, "Retry-After", "Sun, 29 Nov 2026 13:00:00 GMT"), nil,
		status(503, "Date", now, "Retry-After", "Sun, 29 Nov 2026 11:00:00 GMT"), nil,
		status(503, "Retry-After", "99999999999999999999"), nil,
		status(503, "Retry-After", "86400"),
	}
	var pauses []time.Duration
	s := b.server()
	s.pause = func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil }
	if _, err := s.Read(t.Context(), usual); err != nil {
		t.Fatal(err)
	}
	if want := []time.Duration{7 * time.Second, longest, firstPause, firstPause, longest}; !slices.Equal(pauses, want) {
		t.Errorf("pauses %v", pauses)
	}
}

// A server that answers, but never to the end, is given up after a time, whatever each page takes.
func TestReadingEndsInTime(t *testing.T) {
	b := full(t)
	s := b.server()
	s.whole = 100 * time.Millisecond
	s.pause = sleep
	b.faults = slices.Repeat([]func(http.ResponseWriter){status(503, "Retry-After", "20")}, 10)
	_, err := s.Read(t.Context(), usual)
	if !errors.Is(err, mirror.ErrTimeout) || !strings.Contains(err.Error(), "not everything was told within 100ms") || !strings.Contains(err.Error(), "503") {
		t.Errorf("%v", err)
	}
	// One page that never ends, of a server that is not cut off.
	b.faults = []func(http.ResponseWriter){func(w http.ResponseWriter) {
		fmt.Fprint(w, `{"results": [`)
		_ = http.NewResponseController(w).Flush()
		testkit.Eventually(t, 10*time.Second, "the reader goes away", func() bool {
			_, err := fmt.Fprint(w, " ")
			return errors.Join(err, http.NewResponseController(w).Flush()) != nil
		})
	}}
	if _, err := s.Read(t.Context(), usual); !errors.Is(err, mirror.ErrTimeout) {
		t.Errorf("%v", err)
	}
	// Who gives up himself is told no such thing.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.server().Read(ctx, usual); !errors.Is(err, context.Canceled) || errors.Is(err, mirror.ErrTimeout) {
		t.Errorf("%v", err)
	}
}

// Between two pages by offset the server loses an entry of the first one, and the second
// begins one too late.
func TestListsThatChangeWhileTheyAreRead(t *testing.T) {
	b := full(t)
	fewer := 1
	b.between = func() {
		if fewer > 0 && len(b.lists["devices"]) > 0 && strings.Contains(b.asked[len(b.asked)-1], "/devices/") {
			fewer--
			b.lists["devices"] = b.lists["devices"][1:]
		}
	}
	a, err := b.read()
	if err != nil || len(a.devices) != 6 || a.devices[0].ID != 8 {
		t.Errorf("%d devices, %v", len(a.devices), err)
	}
	// It never comes to rest.
	b, fewer = full(t), 100
	b.size = 1
	b.between = func() {
		if strings.Contains(b.asked[len(b.asked)-1], "/platforms/") {
			b.lists["platforms"] = b.lists["platforms"][1:]
		}
	}
	for i := range 50 {
		b.add("platforms", fmt.Sprintf(`{"id": %d, "slug": "p%[1]d"}`, 100+i))
	}
	if _, err := b.read(); !errors.Is(err, mirror.ErrUnreachable) || !strings.Contains(err.Error(), "the list changes while it is read") {
		t.Errorf("%v", err)
	}
	// A server that tells, and counts, one entry twice every time.
	b = full(t)
	b.lists["platforms"] = append(b.lists["platforms"], b.lists["platforms"][0])
	if a, err := b.read(); err != nil || len(a.platforms) != 4 {
		t.Errorf("%d platforms, %v", len(a.platforms), err)
	}
}
