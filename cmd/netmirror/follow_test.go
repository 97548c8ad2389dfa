package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A streaming controller has one session and a stream of events, which breaks off when it is
// told so.
type streaming struct {
	mu       sync.Mutex
	phase    string // "" = deleted
	events   []map[string]any
	broken   chan struct{}
	asked    []string // Last-Event-ID of each stream
	denied   bool
	happened *sync.Cond
}

func newStreaming() *streaming {
	s := &streaming{phase: "Pending", broken: make(chan struct{})}
	s.happened = sync.NewCond(&s.mu)
	return s
}

func (s *streaming) happens(typ, phase string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = phase
	s.events = append(s.events, map[string]any{"id": strconv.Itoa(len(s.events) + 1), "at": time.Now(), "type": typ, "actor": "alice", "session": "phones",
		"object": map[string]any{"kind": "session", "name": "phones"}, "message": fmt.Sprintf("event %d", len(s.events)+1)})
	s.happened.Broadcast()
}

func (s *streaming) breaks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.broken)
	s.broken = make(chan struct{})
	s.happened.Broadcast()
}

func (s *streaming) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.denied:
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"title":"A valid token is needed","status":401,"code":"unauthenticated","detail":"no"}`))
	case r.Header.Get("Accept") == "text/event-stream":
		s.stream(w, r)
	case strings.HasSuffix(r.URL.Path, "/events"):
		items := slices.Clone(s.events)
		if r.URL.Query().Get("order") == "newest" {
			slices.Reverse(items)
		}
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		if r.URL.Query().Get("cursor") != "" {
			items = nil
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"items": append([]map[string]any{}, items[:min(limit, len(items))]...), "nextCursor": "end"})
	case s.phase == "":
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"title":"There is no such resource","status":404,"code":"not-found","detail":"session \"phones\""}`))
	default:
		x := phased("phones", s.phase)
		x["status"].(map[string]any)["conditions"] = []any{map[string]any{"type": "Configured", "status": "Unknown", "reason": "At" + s.phase}}
		if strings.HasSuffix(r.URL.Path, "/sessions") {
			x = map[string]any{"items": []any{x}}
		}
		_ = json.NewEncoder(w).Encode(x)
	}
}

// stream gives the events after the last that was received, until it breaks off.
func (s *streaming) stream(w http.ResponseWriter, r *http.Request) {
	last := r.Header.Get("Last-Event-ID")
	s.asked = append(s.asked, last)
	next, _ := strconv.Atoi(last)
	w.Header().Set("Content-Type", "text/event-stream")
	broken, gone := s.broken, r.Context().Done()
	go func() {
		<-gone
		s.mu.Lock()
		s.happened.Broadcast()
		s.mu.Unlock()
	}()
	for {
		for ; next < len(s.events); next++ {
			raw, _ := json.Marshal(s.events[next])
			fmt.Fprintf(w, "id: %d\ndata: %s\n\n", next+1, raw)
		}
		_, _ = w.Write([]byte(": alive\n\n"))
		_ = http.NewResponseController(w).Flush()
		s.happened.Wait()
		select {
		case <-broken:
			return
		case <-gone:
			return
		default:
		}
	}
}

func TestEventsAreFollowedOverRestarts(t *testing.T) {
	t.Parallel()
	c := newStreaming()
	srv := httptest.NewServer(c)
	defer srv.Close()
	c.happens("SessionAccepted", "Applying")
	e := runs(t, srv.URL, "events", "-f")
	e.until(t, "event 1")
	c.happens("RolloutSucceeded", "Active")
	e.until(t, "event 2")
	c.breaks()
	c.happens("DriftSeen", "Degraded")
	e.until(t, "event 3")
	c.mu.Lock()
	c.denied = true
	c.mu.Unlock()
	c.breaks()
	testkit.Eventually(t, patience, "the stream ends where the token is not taken any more", func() bool {
		select {
		case err := <-e.done:
			e.done <- err
			return err != nil && strings.Contains(err.Error(), "401")
		default:
			return false
		}
	})
	if text := e.text.String(); strings.Count(text, "event ") != 3 || !slices.Equal(c.asked, []string{"1", "2"}) {
		t.Errorf("asked for what is after %q:\n%s", c.asked, text)
	}
	c.denied = false
	for _, args := range [][]string{{"events", "phones"}, {"events", "interface/x"}, {"events", "--since", "yesterday"}, {"events", "-f", "--until", "1h"}, {"events", "-n", "-1"}, {"events", "-o", "xml"}} {
		if err := runs(t, srv.URL, args...).stop(); exitCode(err) != exitUsage || err == nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestASessionIsWatchedUntilItIsThere(t *testing.T) {
	t.Parallel()
	c := newStreaming()
	srv := httptest.NewServer(c)
	defer srv.Close()
	w := runs(t, srv.URL, "watch", "phones", "--until", "Active,Degraded")
	w.until(t, "phones            Pending")
	c.happens("SessionChanged", "Applying")
	w.until(t, "Configured Unknown AtApplying")
	c.happens("PhaseChanged", "Active")
	if err := <-w.done; err != nil {
		t.Error(err)
	}
	if text := w.text.String(); !strings.Contains(text, "SessionChanged by alice: event 1") || !strings.Contains(text, "Active     Configured Unknown AtActive") {
		t.Error(text)
	}
	all := runs(t, srv.URL, "watch")
	all.until(t, "phones            Active")
	c.happens("SessionDeleted", "")
	all.until(t, "gone")
	if err := all.stop(); err != nil {
		t.Error(err)
	}
	if err := <-runs(t, srv.URL, "watch", "phones", "--until", "gone").done; err != nil {
		t.Error(err)
	}
	if err := <-runs(t, srv.URL, "watch", "phones").done; err == nil || exitCode(err) != exitFailed {
		t.Error(err)
	}
	c.happens("SessionAccepted", "Applying")
	err := <-runs(t, srv.URL, "watch", "phones", "--until", "Active", "--timeout", "300ms").done
	if err == nil || exitCode(err) != exitFailed || !strings.Contains(err.Error(), "not Active within 300ms: phones is Applying: Configured=Unknown AtApplying") {
		t.Error(err)
	}
	if err := <-runs(t, srv.URL, "watch", "--until", "Active").done; exitCode(err) != exitUsage || err == nil {
		t.Error(err)
	}
}

func TestHowLongAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{"": {}, "2h": now.Add(-2 * time.Hour), "7d": now.Add(-7 * 24 * time.Hour), "1h30m": now.Add(-90 * time.Minute),
		"2030-01-31T11:00:00+01:00": now.Add(-2 * time.Hour)} {
		if got, err := timeAt(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q is %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"2", "d", "-2h", "soon", "2030-01-31"} {
		if got, err := timeAt(text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
