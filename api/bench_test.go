package api

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
)

// BenchmarkReads asks for what a client reads where 10,000 devices and 50,000 sessions are
// stored, one request after another; p99 beside the mean.
func BenchmarkReads(b *testing.B) {
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "db"), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	fillReads(b, db)
	m := &memorySwitch{}
	log := slog.New(slog.DiscardHandler)
	e, err := engine.New(b.Context(), engine.Config{Store: db, Drivers: []worker.Driver{m.driver()}, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	h := &harness{server: newServer(Config{Version: "test", Log: log}, e), t: b, log: &lockedBuffer{}}
	for _, c := range []struct{ what, path string }{
		{"get a session", "/api/v1/sessions/s-025000"}, {"get a device", "/api/v1/devices/d-005000"},
		{"list 20 sessions", "/api/v1/sessions?limit=20"}, {"list 100 sessions", "/api/v1/sessions"},
		{"of a device", "/api/v1/sessions?device=d-005000"}, {"of a tool", "/api/v1/sessions?tool=t3&limit=20"},
		{"by label", "/api/v1/sessions?labelSelector=team%3Dvoice&limit=20"}, {"by two labels", "/api/v1/sessions?labelSelector=team%3Dvoice,rare&limit=20"},
		{"list 20 devices", "/api/v1/devices?limit=20"}, {"summary", "/api/v1/summary"}, {"problems", "/api/v1/problems"},
	} {
		b.Run(c.what, func(b *testing.B) {
			h.t = b
			var took []time.Duration
			for range b.N {
				start := time.Now()
				h.do("GET", c.path, "").is(200)
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

func fillReads(b *testing.B, db *store.Store) {
	b.Helper()
	err := db.Update(b.Context(), func(tx mirror.Tx) error {
		for i := range 50_000 {
			name, device := fmt.Sprintf("s-%06d", i), fmt.Sprintf("d-%06d", i/5)
			labels := map[string]string{"team": []string{"voice", "data"}[i%2]}
			if i%1000 == 0 {
				labels["rare"] = "yes"
			}
			s := mirror.Session{Name: name, Labels: labels, Enabled: true, Sources: []mirror.Source{{Device: device, Interface: "p1", Direction: mirror.Both}}, Destinations: []mirror.Destination{{Tool: fmt.Sprint("t", i%10)}}}
			if err := tx.PutSession(mirror.SessionRecord{Session: s.WithDefaults(), Generation: 1, Phase: mirror.Active, Created: testTime, Updated: testTime}); err != nil {
				return err
			}
			if err := tx.PutPlacement(mirror.Placement{Session: name, Device: device, Role: mirror.RoleLocal, Ends: "p9"}); err != nil {
				return err
			}
			if i%5 != 0 {
				continue
			}
			if _, err := tx.PutDevice(mirror.Device{Name: device, Platform: "memory", Mode: mirror.ModeFull, Transports: mirror.Transports{Config: mirror.Transport{Protocol: "memory", Address: "192.0.2.1"}}}); err != nil {
				return err
			}
		}
		return tx.PutToken(mirror.Token{ID: "op", Name: "op", Access: mirror.Operator, Hash: engine.HashToken(operatorToken), Created: testTime})
	})
	if err != nil {
		b.Fatal(err)
	}
}
