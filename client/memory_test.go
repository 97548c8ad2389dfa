package client_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/api"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
)

const adminToken = "nmt_admin"

// A memorySwitch is the smallest device that the engine can drive: what is
// pushed to it is what it holds.
type memorySwitch struct {
	mu      sync.Mutex
	natives map[string]mirror.NativeSession
}

func (m *memorySwitch) Facts() mirror.Facts { return mirror.Facts{Model: "memory"} }
func (m *memorySwitch) Close() error        { return nil }

func (m *memorySwitch) Observe(context.Context, mirror.Look) (mirror.Known, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := mirror.Observation{At: time.Now()}
	for _, name := range []mirror.PortName{"p1", "p2", "p9"} {
		o.Ports = append(o.Ports, mirror.Port{Name: name, Up: mirror.True})
	}
	for _, id := range slices.Sorted(maps.Keys(m.natives)) {
		o.Natives = append(o.Natives, m.natives[id])
	}
	return mirror.Known{Observation: o, Read: o.At}, nil
}

func (m *memorySwitch) Push(_ context.Context, _ string, p mirror.Payload) (report mirror.PushReport, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range p.Blocks {
		var c mirror.Change
		if err := json.Unmarshal([]byte(b.Text), &c); err != nil {
			return report, err
		}
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

func (m *memorySwitch) driver() worker.Driver {
	yes := mirror.Support{Level: mirror.Yes}
	each := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	return worker.Driver{
		Platform: "memory", Protocol: "memory",
		Ports: func(s string) ([]mirror.PortName, error) { return []mirror.PortName{mirror.PortName(s)}, nil },
		Capabilities: func(mirror.Facts) mirror.Capabilities {
			return mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes},
				Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: each}, TagsPreserve: yes, Marks: true, Persistent: true}
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

// startController serves the whole API over an engine and a store of its own,
// with a platform named memory and one token. What goes wrong is a panic:
// examples have no other way to fail.
func startController() (url string, stop func()) {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	dir, err := os.MkdirTemp("", "netmirror-client-")
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	db, err := store.Open(ctx, filepath.Join(dir, "db"), nil)
	must(err)
	m := &memorySwitch{natives: map[string]mirror.NativeSession{}}
	log := slog.New(slog.DiscardHandler)
	e, err := engine.New(ctx, engine.Config{Store: db, Drivers: []worker.Driver{m.driver()}, Log: log, Resync: time.Hour})
	must(err)
	must(db.Update(ctx, func(tx mirror.Tx) error {
		return tx.PutToken(mirror.Token{ID: "admin", Name: "ops", Access: mirror.Admin, Hash: engine.HashToken(adminToken), Created: time.Now()})
	}))
	done := make(chan error)
	go func() { done <- e.Run(ctx) }()
	srv := httptest.NewServer(api.New(api.Config{Engine: e, Version: "test", Log: log}))
	return srv.URL, func() {
		srv.Close()
		cancel()
		must(<-done)
		must(db.Close())
		must(os.RemoveAll(dir))
	}
}
