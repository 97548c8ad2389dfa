package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

const patience = testkit.Patience

// served starts the harness behind the server that NewServer makes, and counts
// the connections that it holds.
func served(t *testing.T, change func(*Config)) (h *harness, addr string, held *atomic.Int64) {
	t.Helper()
	var c Config
	h = newHarness(t, func(own *Config) { change(own); c = *own })
	held = new(atomic.Int64)
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = serverFor(c, h.server.log, h.router)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			held.Add(1)
		case http.StateClosed, http.StateHijacked:
			held.Add(-1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	return h, srv.Listener.Addr().String(), held
}

func dial(t *testing.T, addr, send string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, send); err != nil {
		t.Fatal(err)
	}
	return conn
}

func head(method, path, token, more string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%s\r\n", method, path, token, more)
}

// Whatever a client leaves undone, the connection is given up, and an answer
// that needs no body does not wait for one.
func TestNoConnectionIsHeldForNothing(t *testing.T) {
	const length = "Content-Length: 100000\r\n"
	for name, c := range map[string]struct {
		send   string
		status int // 0 = closed without an answer
	}{
		"unknown token":          {head("PUT", s1, "nobody", length), 401},
		"unknown token, chunked": {head("PUT", s1, "nobody", "Transfer-Encoding: chunked\r\n"), 401},
		"unknown token, huge":    {head("PUT", s1, "nobody", "Content-Length: 100000000000\r\n"), 401},
		"unknown token, expects": {head("PUT", s1, "nobody", length+"Expect: 100-continue\r\n"), 401},
		"not allowed":            {head("PUT", s1, viewerToken, length), 403},
		"no such path":           {head("PUT", "/nothing", operatorToken, length), 404},
		"no such method":         {head("PUT", "/api/v1/sessions", operatorToken, length), 405},
		"get with a body":        {head("GET", s1, operatorToken, length), 400},
		"health with a body":     {head("GET", "/healthz", "", length), 400},
		"another host":           {strings.Replace(head("PUT", s1, operatorToken, length), "localhost", "example.net", 1), 421},
		"a doubtful query":       {head("PUT", s1+"?dryRun=", operatorToken, length), 400},
		"a body that is late":    {head("PUT", s1, operatorToken, length) + "{", 408},
		"too large":              {head("PUT", s1, operatorToken, "Content-Length: 100000000\r\n"), 413},
		"half a header":          {"GET / HTTP/1.1\r\nHost: local", 0},
		"nothing at all":         {"", 0},
		"idle after an answer":   {head("GET", "/healthz", "", ""), 200},
	} {
		t.Run(name, func(t *testing.T) {
			_, addr, held := served(t, func(own *Config) {
				own.IdleTimeout, own.Linger, own.BodyTimeout, own.CheckHost = 100*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond, true
				if c.status == 0 { // else a slow machine might be late with its headers
					own.HeaderTimeout = 100 * time.Millisecond
				}
			})
			conn := dial(t, addr, c.send)
			if c.status != 0 {
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != c.status {
					t.Errorf("want %d, got %d, %v", c.status, resp.StatusCode, err)
				}
				if want := c.status != 200; resp.Close != want {
					t.Errorf("the answer announces the end of the connection: %v", resp.Close)
				}
			}
			testkit.Eventually(t, patience, "the connection is given up", func() bool { return held.Load() == 0 })
		})
	}
}

// The answer is there although neither the deadline of a body nor that of a
// lingering connection ever comes.
func TestAnEarlyAnswerWaitsForNothing(t *testing.T) {
	_, addr, _ := served(t, func(c *Config) { c.BodyTimeout, c.Linger = time.Hour, time.Hour })
	for _, send := range []string{head("PUT", s1, "nobody", "Content-Length: 10\r\n"), head("POST", "/nothing", operatorToken, "Transfer-Encoding: chunked\r\n")} {
		conn := dial(t, addr, send)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(b), `"status":40`) {
			t.Errorf("%s, %v", b, err)
		}
		conn.Close()
	}
}

// A client that sends its whole body before it looks at the answer sees it: the
// connection is not reset under its hands.
func TestAnEarlyAnswerIsSeenByWhoIsStillSending(t *testing.T) {
	_, addr, held := served(t, func(c *Config) { c.Linger = patience })
	for range 20 {
		const size = 3 << 20
		conn := dial(t, addr, head("PUT", s1, "nobody", fmt.Sprintf("Content-Length: %d\r\n", size)))
		if _, err := conn.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusUnauthorized {
			t.Fatalf("%v, %v", resp, err)
		}
		conn.Close()
	}
	testkit.Eventually(t, patience, "all are given up", func() bool { return held.Load() == 0 })
}

// A client that takes nothing of a long answer does not keep it.
func TestAnAnswerMustBeTaken(t *testing.T) {
	h, addr, held := served(t, func(c *Config) { c.WriteTimeout = 100 * time.Millisecond })
	for i := range 400 {
		h.do("PUT", fmt.Sprintf("/api/v1/tools/t%d", i), `{"ip":"192.0.2.1","description":"`+strings.Repeat("x", 500)+`"}`).is(201)
	}
	conn := dial(t, addr, "")
	go func() { // more answers than any buffer between us holds
		for range 200 {
			if _, err := io.WriteString(conn, head("GET", "/api/v1/tools?limit=400", operatorToken, "")); err != nil {
				return
			}
		}
	}()
	testkit.Eventually(t, patience, "it was served", func() bool { return strings.Contains(strings.Join(h.fake.called(), " "), " SelectTools") })
	testkit.Eventually(t, patience, "the connection is given up", func() bool { return held.Load() == 0 })
}

// Many connections that were refused leave neither sockets nor goroutines.
func TestManyRefusedConnectionsLeaveNothing(t *testing.T) {
	_, addr, held := served(t, func(c *Config) { c.Linger = 50 * time.Millisecond })
	before := runtime.NumGoroutine()
	for range 280 {
		dial(t, addr, head("PUT", s1, "nobody", "Content-Length: 1000\r\n"))
	}
	testkit.Eventually(t, patience, "they are given up", func() bool { return held.Load() == 0 && runtime.NumGoroutine() <= before+2 })
}

// Requests that wait take nothing from readers; one too many is accepted and
// does not wait.
func TestWhoWaitsTakesNoPlaceOfReaders(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxInFlight = 2 })
	h.fake.openOps = true
	var waiting sync.WaitGroup
	waiting.Add(2)
	leave := make(chan struct{})
	var all atomic.Int64
	h.fake.waiting = func(_ context.Context, _ string, _ time.Duration) {
		if all.Add(1) <= 2 {
			waiting.Done()
		}
		<-leave
	}
	done := make(chan *reply)
	for i := range 2 {
		go func() { done <- h.do("PUT", fmt.Sprintf("/api/v1/sessions/w%d", i), plainSession, "Prefer", "wait=30") }()
	}
	waiting.Wait()
	h.do("GET", "/api/v1/sessions", "").is(http.StatusOK)
	for i := range 3 {
		r := h.do("PUT", fmt.Sprintf("/api/v1/sessions/n%d", i), plainSession, "Prefer", "wait=30").is(http.StatusAccepted, "Preference-Applied", "")
		if r.header.Get("Location") == "" {
			t.Error("the answer does not say where to look")
		}
	}
	if n := all.Load(); n != 2 {
		t.Errorf("%d wait", n)
	}
	close(leave)
	for range 2 {
		(<-done).is(http.StatusAccepted, "Preference-Applied", "wait=30")
	}
	h.do("PUT", s1, plainSession, "Prefer", "wait=30").is(http.StatusAccepted, "Preference-Applied", "wait=30")
}

// A write that waits for a device before it is accepted takes no place of other
// writes.
func TestWhoWaitsTakesNoPlaceOfWriters(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxInFlight = 1 })
	entered, leave := make(chan struct{}), make(chan struct{})
	var first sync.Once
	h.fake.before = func(m string) {
		if m == "Submit" {
			first.Do(func() {
				close(entered)
				<-leave
			})
		}
	}
	done := make(chan *reply)
	go func() { done <- h.do("PUT", s1, plainSession, "Prefer", "wait=30") }()
	<-entered
	h.do("PUT", "/api/v1/tools/t1", `{"ip":"192.0.2.1"}`).is(http.StatusCreated)
	h.do("PUT", "/api/v1/tools/t2", `{"ip":"192.0.2.1"}`, "Prefer", "wait=30").is(http.StatusCreated) // and does not wait
	close(leave)
	(<-done).is(http.StatusCreated)
}

// One token does not take what others need, be it with reads, with writes or with
// requests that wait.
func TestOneTokenLeavesPlacesToOthers(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxInFlight = 4 })
	h.fake.openOps = true
	leave := make(chan struct{})
	h.fake.waiting = func(context.Context, string, time.Duration) { <-leave }
	entered := make(chan struct{}, 8)
	hang := true
	var mu sync.Mutex
	h.fake.before = func(m string) {
		mu.Lock()
		hangs := hang && (m == "SelectSessions" || m == "Submit")
		mu.Unlock()
		if hangs {
			entered <- struct{}{}
			<-leave
		}
	}
	done := make(chan *reply)
	for range 3 {
		go func() { done <- h.do("GET", "/api/v1/sessions", "") }()
		go func() { done <- h.do("PUT", s1, plainSession) }()
	}
	for range 6 {
		<-entered
	}
	mu.Lock()
	hang = false
	mu.Unlock()
	p := h.do("GET", "/api/v1/sessions", "").is(http.StatusServiceUnavailable, "Retry-After", "1").problem(http.StatusServiceUnavailable, codeOverloaded)
	if !strings.Contains(p.Detail, "of this token") {
		t.Error(p.Detail)
	}
	h.do("PUT", s1, plainSession).problem(http.StatusServiceUnavailable, codeOverloaded)
	for _, other := range []string{viewerToken, adminToken} {
		h.do("GET", "/api/v1/sessions", "", "Authorization", "Bearer "+other).is(http.StatusOK)
	}
	h.do("PUT", s1, plainSession, "Authorization", "Bearer "+adminToken).is(http.StatusAccepted)
	close(leave)
	for range 6 {
		<-done
	}
	h.do("GET", "/api/v1/sessions", "").is(http.StatusOK) // what was refused has left nothing behind
	for name, p := range map[string]*pool{"reads": h.server.places.reads, "writes": h.server.places.writes, "waits": h.server.places.waits} {
		if len(p.held) != 0 || len(p.places) != 0 {
			t.Errorf("%s: %v, %d places", name, p.held, len(p.places))
		}
	}
}

// Writes that hang on a device take no place of readers either.
func TestSlowWritesTakeNoPlaceOfReaders(t *testing.T) {
	h := newHarness(t, func(c *Config) { c.MaxInFlight = 1 })
	entered, leave := make(chan struct{}), make(chan struct{})
	h.fake.before = func(m string) {
		if m == "Submit" {
			close(entered)
			<-leave
		}
	}
	done := make(chan *reply)
	go func() { done <- h.do("PUT", s1, plainSession) }()
	<-entered
	h.do("PUT", s1, plainSession).problem(http.StatusServiceUnavailable, codeOverloaded)
	h.do("GET", "/api/v1/sessions", "").is(http.StatusOK)
	close(leave)
	(<-done).is(http.StatusCreated)
}

func TestHostsOfALoopbackListener(t *testing.T) {
	h := newHarness(t, func(c *Config) {
		c.CheckHost, c.Hosts = true, []string{"Mirror.Example.net", "192.0.2.7", "[2001:db8::1]"}
	})
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8420": 200, "LOCALHOST:1": 200, "localhost.": 200, "127.0.0.1": 200, "127.0.0.1:8420": 200, "127.9.9.9:80": 200, "[::1]": 200, "[::1]:8420": 200,
		"[::ffff:127.0.0.1]:80": 200, "mirror.example.net": 200, "mirror.example.NET.:443": 200, "192.0.2.7:80": 200, "[2001:db8::1]:80": 200,
		"": 421, "example.net": 421, "evil.example:8420": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421, "x.mirror.example.net": 421, "0.0.0.0:8420": 421, "192.0.2.8": 421, "[::2]": 421, "127.1": 421,
	} {
		for _, path := range []string{"/api/v1/sessions", "/healthz", "/docs", "/none"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = host
			r.Header.Set("Authorization", "Bearer "+operatorToken)
			w := httptest.NewRecorder()
			h.router.ServeHTTP(w, r)
			if ok := w.Code == http.StatusMisdirectedRequest; ok != (want == 421) {
				t.Errorf("%q %s: %d", host, path, w.Code)
			}
		}
	}
	open := newHarness(t)
	r := httptest.NewRequest("GET", "/healthz", nil)
	r.Host = "any.example"
	w := httptest.NewRecorder()
	if open.router.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Errorf("a listener for others asked for a name: %d", w.Code)
	}
}

// The same over HTTP/2, which has no connection of its own for a request: the
// answer does not wait for the body, and a body has its deadline.
func TestBodiesOverHTTP2(t *testing.T) {
	var c Config
	h := newHarness(t, func(own *Config) { own.BodyTimeout = 50 * time.Millisecond; c = *own })
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = serverFor(c, h.server.log, h.router)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	for token, want := range map[string]int{"nobody": http.StatusUnauthorized, viewerToken: http.StatusForbidden, operatorToken: http.StatusRequestTimeout} {
		body, end := io.Pipe()
		req, err := http.NewRequest(http.MethodPut, srv.URL+s1, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {mediaJSON}}
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != want || resp.ProtoMajor != 2 {
			t.Errorf("%s %d, want %d, %v", resp.Proto, resp.StatusCode, want, err)
		}
		resp.Body.Close()
		end.Close()
	}
}
