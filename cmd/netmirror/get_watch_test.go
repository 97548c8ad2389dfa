package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A changing controller has sessions, and tells of each change as an event.
type changing struct {
	mu       sync.Mutex
	sessions []map[string]any
	events   []map[string]any
	down     bool // it answers 503
	lists    int  // how often the sessions were read
}

func (c *changing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	answer := map[string]any{"items": c.sessions}
	switch {
	case strings.HasSuffix(r.URL.Path, "/events"):
		from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		answer = map[string]any{"items": c.events[from:], "nextCursor": strconv.Itoa(len(c.events))}
		if r.URL.Query().Get("order") == "newest" {
			answer["items"] = c.events[len(c.events)-1:]
		}
	default:
		c.lists++
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// happens changes something and tells of it.
func (c *changing) happens(event map[string]any, change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	c.events = append(c.events, event)
}

func phased(name, phase string) map[string]any {
	return map[string]any{"name": name, "spec": map[string]any{}, "status": map[string]any{"phase": phase, "created": time.Now().Format(time.RFC3339)}}
}

// running runs a command against a controller until stop, which gives its output and error.
type running struct {
	text *lockedBuffer
	done chan error
	stop func() error
}

func runs(t *testing.T, url string, args ...string) running {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	r := running{text: &lockedBuffer{}, done: done}
	env := map[string]string{"NETMIRROR_URL": url, "NETMIRROR_TOKEN": "t"}
	go func() {
		done <- run(ctx, args, console{strings.NewReader(""), r.text, io.Discard, func(k string) (string, bool) { v, ok := env[k]; return v, ok }})
	}()
	r.stop = func() error { cancel(); return <-done }
	t.Cleanup(cancel)
	return r
}

func (r running) until(t *testing.T, text string) {
	t.Helper()
	testkit.Eventually(t, patience, "it says "+text, func() bool { return strings.Contains(r.text.String(), text) })
}

func TestGetWatchesWhatChanges(t *testing.T) {
	t.Parallel()
	c := &changing{sessions: []map[string]any{phased("phones", "Applying"), phased("other", "Active")}, events: []map[string]any{{"id": "1", "type": "Old"}}}
	srv := httptest.NewServer(c)
	defer srv.Close()
	w := runs(t, srv.URL, "get", "sessions", "-w", "--interval", "100ms")
	w.until(t, "other")
	c.happens(map[string]any{"id": "2", "type": "PhaseChanged"}, func() { c.sessions[0] = phased("phones", "Active") })
	w.until(t, "phones  Active  ")
	c.mu.Lock()
	c.down = true // it starts anew
	c.mu.Unlock()
	c.happens(map[string]any{"id": "3", "type": "SessionDeleted"}, func() { c.sessions = c.sessions[1:]; c.down = false })
	w.until(t, "session/phones deleted")
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	if text := w.text.String(); strings.Count(text, "NAME") != 1 || strings.Count(text, "other") != 1 || strings.Count(text, "phones") != 3 {
		t.Errorf("what does not change is shown again:\n%s", text)
	}
	if c.lists > 4 {
		t.Errorf("the sessions were read %d times, though little has happened", c.lists)
	}
	j := runs(t, srv.URL, "get", "sessions", "-w", "-o", "json", "--interval", "100ms")
	j.until(t, `"name":"other"`)
	c.happens(map[string]any{"id": "4"}, func() { c.sessions = []map[string]any{} })
	j.until(t, `{"deleted":"session/other"}`)
	if err := j.stop(); err != nil {
		t.Error(err)
	}
	for _, args := range [][]string{{"get", "sessions,tools", "-w"}, {"get", "events", "-w"}, {"get", "sessions", "-w", "--fail-on-drift"}, {"get", "sessions", "-w", "--interval", "1ms"}} {
		if err := runs(t, srv.URL, args...).stop(); exitCode(err) != exitUsage || err == nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}
