package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	hookSecret = "wh-secret-77c1"
	urlToken   = "url-token-3f9a"
)

// A receiver answers as the test says, and keeps what it took.
type receiver struct {
	mu     sync.Mutex
	answer func(n int, w http.ResponseWriter, r *http.Request) // n counts from 1; nil = 204
	bodies []string
	heads  []http.Header
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.bodies, r.heads = append(r.bodies, string(body)), append(r.heads, req.Header.Clone())
	n, answer := len(r.bodies), r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(n, w, req)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.bodies)
}

// A rig is a notifier that runs, over a shelf.
type rig struct {
	t     *testing.T
	shelf *shelf
	log   *bytes.Buffer
	n     *Notifier
	end   func()
}

func newRig(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	log := &bytes.Buffer{}
	cfg := Config{Log: slog.New(slog.NewTextHandler(log, nil)), Version: "1.2.3", Pause: func(int) time.Duration { return time.Millisecond },
		Login: func(name string) (mirror.Login, error) {
			return mirror.Login{Profile: name, Password: mirror.NewSecret(hookSecret), For: mirror.Bindings{"127.0.0.0/8"}, Stamp: "1"}, nil
		},
		Encode: func(e mirror.Event) ([]byte, error) {
			return json.Marshal(map[string]any{"type": e.Type, "message": e.Message})
		}}
	if change != nil {
		change(&cfg)
	}
	r := &rig{t: t, shelf: newShelf(), log: log, n: New(cfg)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.n.Run(ctx, Source{r.shelf, r.shelf.added}); close(done) }()
	r.end = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(r.end)
	return r
}

// until waits for a condition of the outlet.
func (r *rig) until(what string, ok func(mirror.Outlet) bool) mirror.Outlet {
	r.t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if o := r.shelf.outlet("w"); ok(o) {
			return o
		}
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatalf("never %s: %+v", what, r.shelf.outlet("w"))
		}
	}
}

func delivered(n int64) func(mirror.Outlet) bool {
	return func(o mirror.Outlet) bool { return o.Delivered >= n }
}

func (r *rig) letters() []mirror.DeadLetter {
	r.shelf.mu.Lock()
	defer r.shelf.mu.Unlock()
	return r.shelf.kept.letters
}

// noSecrets fails the test when a secret stands in what was logged or stored.
func (r *rig) noSecrets() {
	r.t.Helper()
	r.end()
	stored, _ := json.Marshal([]any{r.shelf.kept.outlets, r.shelf.kept.letters, r.shelf.kept.events})
	for _, secret := range []string{hookSecret, urlToken} {
		if all := r.log.String() + string(stored); strings.Contains(all, secret) {
			r.t.Errorf("%s is told: %s", secret, all)
		}
	}
}

func TestAnEventIsDeliveredSigned(t *testing.T) {
	to := &receiver{}
	at := httptest.NewServer(to)
	defer at.Close()
	r := newRig(t, nil)
	r.shelf.tell(time.Unix(5, 0), "Before")
	r.shelf.hang(mirror.Webhook{Name: "w", URL: at.URL + "/in?token=" + urlToken, Secret: "hooks"})
	r.shelf.tell(time.Unix(1_700_000_000, 123_456_000), "SessionAccepted")
	r.until("delivered", delivered(1))
	body, head := to.bodies[0], to.heads[0]
	want := `{"specversion":"1.0","id":"2-60a2418202240","source":"urn:netmirror:i1","type":"dev.netmirror.SessionAccepted","subject":"session/s1",` +
		`"time":"2023-11-14T22:13:20.123456Z","datacontenttype":"application/json","data":{"message":"m","type":"SessionAccepted"}}`
	if body != want {
		t.Errorf("body %s\nwant %s", body, want)
	}
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(head.Get("Netmirror-Timestamp") + "." + body))
	if got := head.Get("Netmirror-Signature"); got != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
		t.Errorf("signature %s", got)
	}
	if got := head.Get("Content-Type"); got != "application/cloudevents+json; charset=utf-8" {
		t.Errorf("content type %s", got)
	}
	if to.count() != 1 {
		t.Errorf("%d requests", to.count())
	}
	r.noSecrets()
}

// What a receiver may do wrong, and what the outlet says then. Each is told the event
// again until it takes it.
func TestReceiversThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		bad   func(w http.ResponseWriter, r *http.Request)
		error string
	}{
		"fails": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "answered 500 Internal Server Error"},
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "answered 307 Temporary Redirect; redirects are not followed"},
		"is busy": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}, "answered 429 Too Many Requests"},
		"closes in mid-answer": {func(w http.ResponseWriter, _ *http.Request) {
			conn, buf, _ := w.(http.Hijacker).Hijack()
			_, _ = buf.WriteString("HTTP/1.1 20")
			_ = buf.Flush()
			_ = conn.Close()
		}, "malformed HTTP status code"},
		"closes before it answers": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.Close()
		}, "EOF"},
		"is slow": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "did not answer within 1s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := make(chan struct{})
			to := &receiver{answer: func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 1 {
					c.bad(w, r)
					return
				}
				<-seen
				w.WriteHeader(200)
			}}
			at := httptest.NewServer(to)
			defer at.Close()
			r := newRig(t, nil)
			r.shelf.hang(mirror.Webhook{Name: "w", URL: at.URL + "/" + urlToken, Secret: "hooks", Timeout: time.Second})
			begun := time.Now()
			r.shelf.tell(time.Now(), "A", "B")
			o := r.until("failed", func(o mirror.Outlet) bool { return o.Failed > 0 })
			if !strings.Contains(o.Error, c.error) || o.Failing.IsZero() || o.Cursor != 0 {
				t.Errorf("outlet %+v", o)
			}
			close(seen)
			o = r.until("delivered", delivered(2))
			if o.Error != "" || !o.Failing.IsZero() || o.Cursor != 2 || o.Died != 0 {
				t.Errorf("outlet %+v", o)
			}
			if ids := []string{idIn(to.bodies[0]), idIn(to.bodies[1])}; ids[0] != ids[1] || ids[0] == "" {
				t.Errorf("the same event has the ids %v", ids)
			}
			if name == "is busy" && time.Since(begun) < 900*time.Millisecond {
				t.Errorf("Retry-After is not kept: %v", time.Since(begun))
			}
			r.noSecrets()
		})
	}
}

func idIn(body string) string {
	var e struct{ ID string }
	_ = json.Unmarshal([]byte(body), &e)
	return e.ID
}

func TestAReceiverThatIsGoneIsDisabled(t *testing.T) {
	to := &receiver{answer: func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }}
	at := httptest.NewServer(to)
	defer at.Close()
	r := newRig(t, nil)
	r.shelf.hang(mirror.Webhook{Name: "w", URL: at.URL})
	r.shelf.tell(time.Now(), "A")
	r.until("gone", func(o mirror.Outlet) bool { return !o.Gone.IsZero() })
	r.shelf.mu.Lock()
	hook, last := r.shelf.kept.hooks["w"], r.shelf.kept.events[len(r.shelf.kept.events)-1]
	r.shelf.mu.Unlock()
	if !hook.Disabled || last.Type != "WebhookDisabled" || to.count() != 1 {
		t.Errorf("disabled %t, last event %+v, %d requests", hook.Disabled, last, to.count())
	}
	to.mu.Lock()
	to.answer = nil
	to.mu.Unlock()
	hook.Disabled = false
	r.shelf.hang(hook)
	if o := r.until("delivered", delivered(2)); !o.Gone.IsZero() {
		t.Errorf("outlet %+v", o)
	}
}

func TestDeadLettersAreSentAgainWhenAsked(t *testing.T) {
	to := &receiver{answer: func(n int, w http.ResponseWriter, _ *http.Request) {
		if n <= 5 {
			w.WriteHeader(503)
		}
	}}
	at := httptest.NewServer(to)
	defer at.Close()
	r := newRig(t, nil)
	r.shelf.hang(mirror.Webhook{Name: "w", URL: at.URL, MaxAttempts: 2, Filter: mirror.EventFilter{Types: []string{"A", "DeliveryFailed"}}})
	r.shelf.tell(time.Now(), "A", "A")
	// Two attempts each at 1 and 2, which die; the first death is an event, which comes
	// through at its second attempt.
	o := r.until("delivered", delivered(1))
	letters := r.letters()
	if len(letters) != 2 || letters[0].Attempts != 2 || !strings.Contains(letters[1].Error, "503") || o.Died != 2 {
		t.Fatalf("dead letters %+v, outlet %+v", letters, o)
	}
	again := letters[1]
	again.Again = true
	_ = r.shelf.Update(t.Context(), func(tx mirror.Tx) error { return tx.PutDeadLetter(again) })
	r.until("delivered", delivered(2))
	if letters := r.letters(); len(letters) != 1 || letters[0].Event.Seq != 1 {
		t.Errorf("dead letters %+v", letters)
	}
	if idIn(to.bodies[len(to.bodies)-1]) != eventID(again.Event) {
		t.Error("the dead letter has another id")
	}
}

func TestAGapIsTold(t *testing.T) {
	to := &receiver{}
	at := httptest.NewServer(to)
	defer at.Close()
	r := newRig(t, nil)
	r.shelf.hang(mirror.Webhook{Name: "w", URL: at.URL, Disabled: true, Filter: mirror.EventFilter{Types: []string{"A"}}})
	r.shelf.tell(time.Now(), "A", "B", "A", "A")
	r.shelf.drop(3)
	r.shelf.hang(mirror.Webhook{Name: "w", URL: at.URL, Filter: mirror.EventFilter{Types: []string{"A"}}})
	o := r.until("delivered", delivered(2))
	if o.Lost != 3 || !strings.Contains(to.bodies[0], "dev.netmirror.EventsLost") || !strings.Contains(to.bodies[0], "3 events, numbers 1 to 3, were not kept") {
		t.Errorf("lost %d, told %s", o.Lost, to.bodies)
	}
}

// A receiver whose certificate is another's, or of nobody known, is told nothing.
func TestCertificatesAreVerified(t *testing.T) {
	to := &receiver{}
	at := httptest.NewTLSServer(to)
	defer at.Close()
	at.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: at.Certificate().Raw}))
	for name, c := range map[string]struct {
		hook  mirror.Webhook
		error string
	}{
		"nobody knows":  {mirror.Webhook{}, "certificate signed by unknown authority"},
		"another name":  {mirror.Webhook{CA: ca, ServerName: "other.test"}, "not other.test"},
		"right":         {mirror.Webhook{CA: ca}, ""},
		"its own name":  {mirror.Webhook{CA: ca, ServerName: "example.com"}, ""},
		"not verified":  {mirror.Webhook{Insecure: mirror.InsecureSkipVerify}, ""},
		"speaks no TLS": {mirror.Webhook{URL: "https://" + plainPort(t) + "/"}, "127.0.0.1:"},
	} {
		c.hook.Name, c.hook.URL = "w", cmpOr(c.hook.URL, at.URL)
		if reasons := c.hook.WithDefaults().Validate(); len(reasons) > 0 {
			t.Fatalf("%s: %+v", name, reasons)
		}
		before := to.count()
		_, _, err := newNotifier(nil).Test(t.Context(), c.hook.WithDefaults(), "ann")
		if c.error == "" && (err != nil || to.count() != before+1) || c.error != "" && (err == nil || !strings.Contains(err.Error(), c.error) || to.count() != before) {
			t.Errorf("%s: %v, %d requests", name, err, to.count()-before)
		}
	}
	if at.Certificate().DNSNames[0] != "example.com" {
		t.Fatal("another certificate")
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// plainPort closes each connection at once.
func plainPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func newNotifier(change func(*Config)) *Notifier {
	cfg := Config{Encode: func(e mirror.Event) ([]byte, error) { return []byte(`{}`), nil },
		Login: func(name string) (mirror.Login, error) {
			return mirror.Login{Profile: name, Password: mirror.NewSecret(hookSecret), For: mirror.Bindings{"10.0.0.0/8", "named.test"}, Stamp: "1"}, nil
		}}
	if change != nil {
		change(&cfg)
	}
	return New(cfg)
}

// Where a name leads is looked at when it is dialled, and so is whether the secret may
// be shown there.
func TestAddressesAreLookedAtWhenTheyAreDialled(t *testing.T) {
	to := &receiver{}
	at := httptest.NewServer(to)
	defer at.Close()
	_, port, _ := net.SplitHostPort(at.Listener.Addr().String())
	n := newNotifier(func(c *Config) {
		c.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
			ip := map[string]string{"metadata.test": "169.254.169.254", "localhost": "192.0.2.7", "named.test": "127.0.0.1", "v6.test": "fe80::1", "mapped.test": "::ffff:169.254.169.254",
				"aws.test": "fd00:ec2::254", "any.test": "0.0.0.0"}[host]
			if ip == "" {
				return nil, nil
			}
			return []netip.Addr{netip.MustParseAddr(ip)}, nil
		}
	})
	for host, want := range map[string]string{
		"https://metadata.test": "link-local", "https://v6.test": "link-local", "https://mapped.test": "link-local", "https://aws.test": "link-local",
		"https://any.test": "address of no receiver", "http://localhost": "is not this machine", "https://nowhere.test": "no address",
		"http://127.0.0.1":  `credentials profile "hooks": it may not be shown to 127.0.0.1`,
		"http://named.test": "",
	} {
		hook := mirror.Webhook{Name: "w", URL: host + ":" + port + "/", Secret: "hooks"}
		if want == "" {
			hook.Insecure = mirror.InsecurePlaintext
		}
		_, _, err := n.Test(t.Context(), hook.WithDefaults(), "ann")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", host, err, want)
		}
	}
	if to.count() != 1 {
		t.Errorf("%d requests", to.count())
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "-7": 0, "x": 0, "86400": time.Hour, "99999999999999999999": 0,
		"Tue, 01 Jan 2030 00:00:30 GMT": 30 * time.Second, "Mon, 31 Dec 2029 00:00:00 GMT": 0} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestPausesGrowAndDiffer(t *testing.T) {
	for attempt, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 10: lastPause, 99: lastPause} {
		for range 50 {
			if d := pause(attempt); d < most/2 || d > most {
				t.Errorf("attempt %d: %v", attempt, d)
			}
		}
	}
}
