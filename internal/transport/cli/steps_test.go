package cli

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestStepsAreTold: who waits for a device that does not answer hears at which
// step, and so does the error.
func TestStepsAreTold(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // takes connections and never speaks
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
		}
	}()
	var mu sync.Mutex
	var steps []string
	ctx, cancel := context.WithCancel(t.Context())
	handshake := "SSH handshake with " + l.Addr().String()
	ctx = mirror.WithSteps(ctx, func(step string) {
		mu.Lock()
		defer mu.Unlock()
		if steps = append(steps, step); step == handshake {
			time.AfterFunc(time.Millisecond, cancel)
		}
	})
	err = NewTransport(ctx, configFor(t, l.Addr().String())).Open(nil)
	wantKind(t, err, mirror.ErrUnreachable, handshake)
	if want := []string{"connect to " + l.Addr().String(), handshake}; !slices.Equal(steps, want) {
		t.Errorf("steps %q, want %q", steps, want)
	}
}
