package cli

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// memoryKeys is a store of host keys.
type memoryKeys struct {
	mu   sync.Mutex
	keys map[string]string
}

func (m *memoryKeys) Lookup(_ context.Context, host string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys[host], nil
}

func (m *memoryKeys) Pin(_ context.Context, host, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys == nil {
		m.keys = map[string]string{}
	}
	if old := m.keys[host]; old != "" && old != key {
		return fmt.Errorf("another key was pinned for %s: %w", host, mirror.ErrConflict)
	}
	m.keys[host] = key
	return nil
}

func iosxe(t testing.TB) *Platform {
	t.Helper()
	p, err := LoadPlatform("cisco_iosxe")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// configFor is a configuration for the server at addr.
func configFor(t testing.TB, addr string) Config {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if _, err := fmt.Sscan(port, &n); err != nil {
		t.Fatal(err)
	}
	return Config{
		Target: mirror.Target{
			Device:    mirror.Device{Name: "dev1"},
			Transport: mirror.Transport{Address: host, Port: n},
			Login: mirror.Login{Profile: "campus", For: mirror.Bindings{mirror.Any},
				Username: mirror.NewSecret(testUser), Password: mirror.NewSecret(testPassword), Enable: mirror.NewSecret(testEnable)},
		},
		Platform: iosxe(t), HostKeys: &memoryKeys{},
		Timeouts: Timeouts{Open: testkit.Patience, Command: testkit.Patience},
	}
}

// open connects to a fake and closes at the end of the test.
func open(t testing.TB, f *fake, change func(*Config)) *Conn {
	t.Helper()
	cfg := configFor(t, f.listen(t))
	if change != nil {
		change(&cfg)
	}
	c, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
