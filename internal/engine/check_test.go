package engine_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// closed is a host whose profiles cannot be read any more.
type closed struct{ gone atomic.Bool }

func (c *closed) Login(name string) (mirror.Login, error) {
	if c.gone.Load() {
		return mirror.Login{}, fmt.Errorf("credentials profile %q: no such file: %w", name, mirror.ErrCredentials)
	}
	return mirror.Login{Profile: name}, nil
}
func (c *closed) List() ([]mirror.Profile, error) { return []mirror.Profile{{Name: "campus"}}, nil }
func (c *closed) Known(string) bool               { return true }

// TestACheckWithoutCredentialsIsNoSuccess: a connection that is open proves
// nothing about the next login.
func TestACheckWithoutCredentialsIsNoSuccess(t *testing.T) {
	profiles := &closed{}
	b := newBench(t, func(c *engine.Config) { c.Profiles = profiles }, one())
	b.change("sw1", func(d *mirror.Device) { d.Transports.Config.Credentials = "campus" })
	check, err := b.CheckDevice(t.Context(), "sw1")
	if err != nil || !check.OK {
		t.Fatalf("%+v %v", check, err)
	}
	profiles.gone.Store(true)
	check, err = b.CheckDevice(t.Context(), "sw1")
	if err != nil || check.OK || len(check.Items) != 1 || check.Items[0].Name != "credentials" || check.Items[0].State != mirror.False {
		t.Errorf("%+v %v", check, err)
	}
}
