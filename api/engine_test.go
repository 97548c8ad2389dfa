package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
)

// memorySwitch is the smallest device that the real engine can drive.
type memorySwitch struct {
	mu      sync.Mutex
	natives map[string]mirror.NativeSession
	pushes  int
	down    bool
	ports   []mirror.Port
	can     func(*mirror.Capabilities) // what else it can, nil = nothing
}

func (m *memorySwitch) Facts() mirror.Facts { return mirror.Facts{Model: "memory"} }
func (m *memorySwitch) Close() error        { return nil }

func (m *memorySwitch) Observe(context.Context, mirror.Look) (mirror.Known, error) {
	o, err := m.observe()
	return mirror.Known{Observation: o, Read: o.At}, err
}

func (m *memorySwitch) observe() (mirror.Observation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return mirror.Observation{}, fmt.Errorf("memory: connection refused: %w", mirror.ErrUnreachable)
	}
	o := mirror.Observation{At: time.Now(), Ports: m.ports}
	for _, id := range slices.Sorted(maps.Keys(m.natives)) {
		o.Natives = append(o.Natives, m.natives[id])
	}
	return o, nil
}

func (m *memorySwitch) Push(_ context.Context, _ string, p mirror.Payload) (report mirror.PushReport, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range p.Blocks {
		var c mirror.Change
		if err := json.Unmarshal([]byte(b.Text), &c); err != nil {
			return report, err
		}
		m.pushes++
		if c.Before != nil {
			delete(m.natives, c.Before.ID)
		}
		if c.After != nil {
			n := *c.After
			n.Programmed = mirror.True
			m.natives[n.ID] = n
		}
		report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark()})
	}
	return report, nil
}

// count gives the native sessions that the switch holds and the blocks it took.
func (m *memorySwitch) count() (natives, pushes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.natives), m.pushes
}

func (m *memorySwitch) driver() worker.Driver {
	yes := mirror.Support{Level: mirror.Yes}
	each := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	return worker.Driver{
		Platform: "memory", Protocol: "memory",
		Ports: func(s string) ([]mirror.PortName, error) { return []mirror.PortName{mirror.PortName(s)}, nil },
		Capabilities: func(mirror.Facts) mirror.Capabilities {
			caps := mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes}, Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: each}, TagsPreserve: yes, Marks: true, Persistent: true}
			if m.can != nil {
				m.can(&caps)
			}
			return caps
		},
		Render: func(_ mirror.Facts, _ mirror.Observation, changes []mirror.Change) (p mirror.Payload, err error) {
			for _, c := range changes {
				b, err := json.Marshal(c)
				if err != nil {
					return p, err
				}
				p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: string(b)})
			}
			return p, nil
		},
		Connect: func(context.Context, mirror.Target) (worker.Conn, error) { return m, nil },
	}
}

// newEngineHarness is the API over the real engine and store, with one device.
func newEngineHarness(t *testing.T, change ...func(*engine.Config, *memorySwitch)) (*harness, *memorySwitch) {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := &memorySwitch{natives: map[string]mirror.NativeSession{}, ports: []mirror.Port{{Name: "p1", Up: mirror.True}, {Name: "p2", Up: mirror.True}, {Name: "p9", Up: mirror.True}}}
	log := slog.New(slog.DiscardHandler)
	cfg := engine.Config{Store: db, Drivers: []worker.Driver{m.driver()}, Log: log, Resync: time.Hour}
	for _, c := range change {
		c(&cfg, m)
	}
	e, err := engine.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx mirror.Tx) error {
		for token, access := range map[string]mirror.Access{viewerToken: mirror.Viewer, operatorToken: mirror.Operator, adminToken: mirror.Admin} {
			if err := tx.PutToken(mirror.Token{ID: string(access), Name: string(access), Access: access, Hash: engine.HashToken(token), Created: testTime}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error)
	go func() { done <- e.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &harness{server: newServer(Config{Version: "test", Log: log}, e), t: t, log: &lockedBuffer{}}
	h.do("PUT", "/api/v1/devices/sw1", `{"platform":"memory","transports":{"config":{"protocol":"memory","address":"192.0.2.1"}}}`, asAdmin("If-None-Match", "*")...).is(201, "ETag", `"1"`)
	return h, m
}

// The fake of the other tests promises what the real engine does.
func TestASessionOnTheRealEngine(t *testing.T) {
	h, m := newEngineHarness(t)
	h.do("GET", s1, "").problem(404, codeNotFound)
	h.do("DELETE", s1, "").problem(404, codeNotFound)
	h.do("GET", "/api/v1/sessions", "", "Authorization", "Bearer nonsense").problem(401, codeUnauthenticated)

	plan := decodeReply[Plan](h.do("PUT", s1+"?dryRun=true", plainSession).is(200))
	if len(plan.Devices) != 1 || len(plan.Devices[0].Forward.Blocks) != 1 {
		t.Errorf("plan: %+v", plan)
	}
	if _, pushes := m.count(); pushes != 0 {
		t.Error("a dry run pushed")
	}
	h.do("GET", s1, "").problem(404, codeNotFound)

	got := decodeReply[Session](h.do("PUT", s1, plainSession, "Prefer", "wait=20", "If-None-Match", "*").is(201, "ETag", `"1"`, "Location", s1))
	if got.Status.Phase != "Active" || len(got.Status.Fragments) != 1 || got.Status.Fragments[0].NativeID == "" {
		t.Errorf("after the rollout: %+v", got.Status)
	}
	h.do("PUT", s1, plainSession).is(200, "ETag", `"1"`)
	h.do("PUT", s1, plainSession, "If-None-Match", "*").problem(412, codePrecondition)
	h.do("PUT", s1, plainSession, "If-Match", `"9"`).problem(412, codePrecondition)
	h.do("PATCH", s1, `{"sources":[{"device":"sw1","interface":"p1"},{"device":"sw1","interface":"p2","direction":"rx"}]}`, "If-Match", `"1"`, "Prefer", "wait=20").is(200, "ETag", `"2"`)
	h.do("POST", s1+":disable", "", "Prefer", "wait=20").is(200, "ETag", `"3"`)
	if natives, _ := m.count(); natives != 0 {
		t.Errorf("disabled, and the switch holds %d", natives)
	}
	h.do("POST", s1+":enable", "", "Prefer", "wait=20").is(200, "ETag", `"4"`)
	h.do("GET", "/api/v1/operations?session=s1", "").is(200)
	if n := len(decodeReply[ObservedList](h.do("GET", "/api/v1/observed-sessions?owner=netmirror", "").is(200)).Items); n != 1 {
		t.Errorf("%d observed", n)
	}
	h.do("GET", "/api/v1/devices/sw1/interfaces", "").is(200)
	h.do("DELETE", "/api/v1/devices/sw1", "", asAdmin()...).problem(409, codeConflict)
	h.do("DELETE", s1, "", "Prefer", "wait=20").is(204)
	if natives, _ := m.count(); natives != 0 {
		t.Errorf("deleted, and the switch holds %d", natives)
	}
	events := decodeReply[EventPage](h.do("GET", "/api/v1/events", "").is(200))
	if len(events.Items) < 5 || events.Items[0].Actor != "admin" {
		t.Errorf("events: %+v", events.Items)
	}
}

// What the request's shape cannot tell is refused by the engine, with places in
// the same body, and nothing is sent.
func TestRefusalsOfTheRealEngine(t *testing.T) {
	h, m := newEngineHarness(t)
	for _, c := range []struct {
		name, body string
		status     int
		code       string
		pointers   []string
	}{
		{"device unknown", strings.Replace(plainSession, `"device":"sw1","interface":"p1"`, `"device":"sw7","interface":"p1"`, 1), 422, "cannot-be-done", []string{"/sources/0/device"}},
		{"port unknown", strings.Replace(plainSession, `"p1"`, `"p7"`, 1), 422, "cannot-be-done", []string{"/sources/0"}},
		{"tool unknown", `{"sources":[{"device":"sw1","interface":"p1"}],"destinations":[{"tool":"t7"}]}`, 422, "cannot-be-done", []string{"/destinations/0/tool"}},
		{"filter unknown", `{"sources":[{"device":"sw1","interface":"p1"}],"destinations":[{"device":"sw1","interface":"p9"}],"filter":"web"}`, 422, "cannot-be-done", []string{"/filter"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.t = t
			p := h.do("PUT", s1, c.body).problem(c.status, c.code)
			for _, want := range c.pointers {
				if !slices.ContainsFunc(p.Errors, func(r Reason) bool { return r.Pointer == want }) {
					t.Errorf("no reason at %s: %+v", want, p.Errors)
				}
			}
			h.do("GET", s1, "").problem(404, codeNotFound)
		})
	}
	h.t = t
	m.mu.Lock()
	m.down = true
	m.mu.Unlock()
	h.do("PUT", s1, plainSession).problem(503, "device-unreachable")
	h.do("POST", "/api/v1/devices/sw1:sync", "").problem(503, "device-unreachable")
	if check := decodeReply[DeviceCheck](h.do("POST", "/api/v1/devices/sw1:check", "").is(200)); check.OK {
		t.Errorf("check: %+v", check)
	}
	if _, pushes := m.count(); pushes != 0 {
		t.Errorf("%d pushes", pushes)
	}
}
