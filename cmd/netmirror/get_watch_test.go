package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// A changing controller has sessions, and tells of each change as an event.
type changing struct {
	mu       sync.Mutex
	sessions []map[string]any
	events   []map[string]any
	streams  bool          // it has a stream of events
	down     bool          // it answers 503
	lists    int           // how often all sessions were read
	asked    int           // how often the list of events was, behind one
	one      int           // how often a session was
	next     chan struct{} // closed by the next change
}

func (c *changing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") && c.stream(w, r) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	answer := map[string]any{"items": c.sessions}
	_, name, _ := strings.Cut(r.URL.Path, "/sessions/")
	switch {
	case strings.HasSuffix(r.URL.Path, "/events"):
		from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		answer = map[string]any{"items": c.events[from:], "nextCursor": strconv.Itoa(len(c.events))}
		if r.URL.Query().Get("order") == "newest" {
			answer["items"] = c.events[len(c.events)-1:]
		} else {
			c.asked++
		}
	case name != "":
		c.one++
		i := slices.IndexFunc(c.sessions, func(s map[string]any) bool { return s["name"] == name })
		if i < 0 {
			w.WriteHeader(http.StatusNotFound)
			answer = map[string]any{"status": 404, "code": "not-found"}
			break
		}
		answer = c.sessions[i]
	default:
		c.lists++
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// stream gives what happens behind Last-Event-ID, until the controller goes down.
func (c *changing) stream(w http.ResponseWriter, r *http.Request) bool {
	from, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
	for {
		c.mu.Lock()
		streams, down, events := c.streams, c.down, c.events
		if c.next == nil {
			c.next = make(chan struct{})
		}
		next := c.next
		c.mu.Unlock()
		if !streams || down || r.Context().Err() != nil {
			return streams && !down
		}
		for ; from < len(events); from++ {
			b, err := json.Marshal(events[from])
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(w, "id: %v\ndata: %s\n\n", events[from]["id"], b)
		}
		_ = http.NewResponseController(w).Flush() // a test server can
		select {
		case <-next:
		case <-r.Context().Done():
		}
	}
}

// set changes what is not told.
func (c *changing) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}

// happens changes something and tells of it.
func (c *changing) happens(event map[string]any, change func()) {
	c.set(func() {
		change()
		c.events = append(c.events, event)
	})
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
	for _, streams := range []bool{true, false} {
		t.Run(fmt.Sprintf("stream=%v", streams), func(t *testing.T) {
			t.Parallel()
			watchChanges(t, streams)
		})
	}
}

// watchChanges is the same with a stream and without.
func watchChanges(t *testing.T, streams bool) {
	c := &changing{streams: streams, sessions: []map[string]any{phased("phones", "Applying"), phased("other", "Active")}, events: []map[string]any{{"id": "1", "type": "Old"}}}
	srv := httptest.NewServer(c)
	defer srv.Close()
	w := runs(t, srv.URL, "get", "sessions", "-w", "--interval", "100ms")
	w.until(t, "other")
	c.happens(map[string]any{"id": "2", "type": "PhaseChanged", "session": "phones"}, func() { c.sessions[0] = phased("phones", "Active") })
	w.until(t, "phones  Active  ")
	c.set(func() {
		if streams && c.asked > 0 {
			t.Errorf("there is a stream, and the list of events was asked %d times", c.asked)
		}
	})
	c.set(func() { c.down = true }) // it starts anew
	c.happens(map[string]any{"id": "3", "type": "SessionDeleted", "object": map[string]any{"kind": "session", "name": "phones"}}, func() { c.sessions = c.sessions[1:]; c.down = false })
	w.until(t, "session/phones deleted")
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	if text := w.text.String(); strings.Count(text, "NAME") != 1 || strings.Count(text, "other") != 1 || strings.Count(text, "phones") != 3 {
		t.Errorf("what does not change is shown again:\n%s", text)
	}
	c.mu.Lock()
	if c.lists > 2 || c.one < 2 {
		t.Errorf("all were read %d times and one %d times, where one was told of", c.lists, c.one)
	}
	c.mu.Unlock()
	j := runs(t, srv.URL, "get", "sessions", "-w", "-o", "json", "--interval", "100ms")
	j.until(t, `"name":"other"`)
	c.happens(map[string]any{"id": "4", "session": "other"}, func() { c.sessions = []map[string]any{} })
	j.until(t, `{"deleted":"session/other"}`)
	if err := j.stop(); err != nil {
		t.Error(err)
	}
	for _, args := range [][]string{{"get", "sessions,tools", "-w"}, {"get", "events", "-w"}, {"get", "sessions", "-w", "--fail-on-drift"}, {"get", "sessions", "-w", "--interval", "1ms"},
		{"get", "sessions", "--type", "repair"}, {"get", "operations", "--type", "nonsense"}, {"get", "operations", "op-1", "-n", "3"}, {"get", "operations", "-n", "-1"}} {
		if err := runs(t, srv.URL, args...).stop(); exitCode(err) != exitUsage || err == nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}
