package api

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A stream is a client that follows events.
type stream struct {
	t      *testing.T
	status int
	header http.Header
	lines  chan string // closed at the end of the answer
	close  func()
}

func follow(t *testing.T, addr, query string, headers ...string) *stream {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+addr+"/api/v1/events?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+viewerToken)
	r.Header.Set("Accept", mediaStream)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	s := &stream{t: t, status: resp.StatusCode, header: resp.Header, lines: make(chan string, 1000), close: cancel}
	go func() {
		defer close(s.lines)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			s.lines <- lines.Text()
		}
	}()
	return s
}

// next is the next line that begins so, and what follows.
func (s *stream) next(prefix string) string {
	s.t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, ok := <-s.lines:
			if rest, is := strings.CutPrefix(line, prefix); is {
				return rest
			}
			if !ok {
				s.t.Fatalf("the stream ended before %q", prefix)
			}
		case <-late:
			s.t.Fatalf("no %q", prefix)
		}
	}
}

// ended waits for the end of the answer.
func (s *stream) ended() {
	s.t.Helper()
	late := time.After(patience)
	for {
		select {
		case _, ok := <-s.lines:
			if !ok {
				return
			}
		case <-late:
			s.t.Fatal("the stream goes on")
		}
	}
}

func event(session string) mirror.Event {
	return mirror.Event{At: testTime, Type: "DriftRepaired", Actor: "system", Session: session, Message: "about " + session}
}

func TestAStreamTellsWhatHappensAndGoesOn(t *testing.T) {
	h, addr, _ := served(t, func(c *Config) {
		c.WriteTimeout = 200 * time.Millisecond
		c.RequestTimeout = 100 * time.Millisecond
		c.StreamBeat = 20 * time.Millisecond
	})
	h.fake.happen(mirror.Event{Seq: 1, Type: "Before", Session: "s1"})
	s := follow(t, addr, "session=s1")
	if got := s.header.Get("Content-Type"); s.status != 200 || got != mediaStream {
		t.Fatalf("%d %s", s.status, got)
	}
	first := s.next("id: ")
	for range 20 { // many beats: neither the deadline of a request nor that of an answer cuts it off
		s.next(": netmirror")
	}
	h.fake.happen(event("s2"))
	h.fake.happen(event("s1"))
	if got := s.next("data: "); !strings.Contains(got, `"message":"about s1"`) || !strings.Contains(got, `"object":{"kind":"session","name":"s1"}`) {
		t.Errorf("got %s", got)
	}
	h.fake.happen(event("s2"))
	h.fake.happen(event("s1"))
	s.next("data: ")
	s.close()
	again := follow(t, addr, "session=s1", "Last-Event-ID", first)
	id := again.next("id: ")
	if id != first {
		t.Errorf("it goes on at %s", id)
	}
	if id = again.next("id: "); id != eventID(3) {
		t.Errorf("then comes %s", id)
	}
	if page := decodeReply[EventPage](h.do("GET", "/api/v1/events?cursor="+id, "").is(200)); len(page.Items) != 2 { // one kind of cursor
		t.Errorf("%+v", page)
	}
	h.fake.events = h.fake.events[3:]
	lost := follow(t, addr, "", "Last-Event-ID", first)
	if got := lost.next("event: "); got != "lost" {
		t.Errorf("what is not kept is called %s", got)
	}
	lost.next("data: ")
	if got := lost.next("id: "); got != eventID(4) {
		t.Errorf("then comes %s", got)
	}
	past := follow(t, addr, "since=2000-01-01T00:00:00Z")
	if past.next("data: "); past.next("data: ") == "" {
		t.Error("the past is told too")
	}
}

func TestAStreamEnds(t *testing.T) {
	h, addr, _ := served(t, func(c *Config) { c.StreamBeat = 10 * time.Millisecond; c.MaxStreams = 2 })
	revoked := follow(t, addr, "")
	revoked.next("id: ")
	h.fake.revoke(viewerToken)
	if got := revoked.next("event: "); got != "end" || !strings.Contains(revoked.next("data: "), codeUnauthenticated) {
		t.Errorf("at the end of the token: %s", got)
	}
	revoked.ended()
	testkit.Eventually(t, patience, "its place is free", func() bool { return len(h.places.streams.places) == 0 })
	two := []*stream{follow(t, addr, "", "Authorization", "Bearer "+operatorToken), follow(t, addr, "", "Authorization", "Bearer "+adminToken)}
	for _, s := range two {
		s.next("id: ")
	}
	if third := follow(t, addr, "", "Authorization", "Bearer "+adminToken); third.status != 503 {
		t.Errorf("one too many: %d", third.status)
	}
	close(h.closing)
	for _, s := range two {
		if got := s.next("event: "); got != "end" || !strings.Contains(s.next("data: "), "shutting-down") {
			t.Errorf("at the end of the server: %s", got)
		}
		s.ended()
	}
}

// TestAStreamThatNobodyTakesIsCutOff, and holds up nobody.
func TestAStreamThatNobodyTakesIsCutOff(t *testing.T) {
	h, addr, held := served(t, func(c *Config) { c.WriteTimeout = 50 * time.Millisecond; c.StreamBeat = time.Hour })
	conn := dial(t, addr, fmt.Sprintf("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nAccept: %s\r\n\r\n", viewerToken, mediaStream))
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetReadBuffer(4096)
	}
	testkit.Eventually(t, patience, "it is served", func() bool { return len(h.places.streams.places) == 1 })
	e := event("s1")
	e.Message = strings.Repeat("x", 64<<10)
	testkit.Eventually(t, patience, "it is cut off", func() bool {
		h.fake.happen(e)
		return len(h.places.streams.places) == 0
	})
	testkit.Eventually(t, patience, "its connection is closed", func() bool { return held.Load() == 0 })
}

func TestWhatNoStreamCanDo(t *testing.T) {
	h := newHarness(t)
	for _, query := range []string{"order=newest", "until=2030-01-01T00:00:00Z", "cursor=x"} {
		h.do("GET", "/api/v1/events?"+query, "", "Accept", mediaStream).problem(400, codeInvalid)
	}
	h.do("GET", "/api/v1/events", "", "Accept", mediaStream, "Last-Event-ID", "x").problem(400, codeInvalid)
	h.do("GET", "/api/v1/events", "", "Accept", "text/html").problem(406, codeNotAcceptable)
}
