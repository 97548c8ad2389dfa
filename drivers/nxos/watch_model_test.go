package nxos_test

import (
	"context"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/testkit"
)

// What a hand does on the command line is told over gNMI at once.
func TestWatchTellsOfAHand(t *testing.T) {
	s := contractSwitch(t, withGNMI)
	target := overGNMI(t, s.Switch, s.Target)
	ctx, cancel := context.WithCancel(t.Context())
	news, done := make(chan struct{}, 100), make(chan error, 1)
	go func() { done <- entry(t, models.ProtocolGNMI).Watch(ctx, target, func() { news <- struct{}{} }) }()
	next := func(what string) {
		t.Helper()
		select {
		case <-news:
		case err := <-done:
			t.Fatalf("%s: the watch ended: %v", what, err)
		case <-time.After(testkit.Patience):
			t.Fatalf("%s was not told", what)
		}
	}
	next("that it listens")
	s.Switch.Exec("configure terminal", "monitor session 3", "source interface Ethernet1/9 rx", "end")
	next("a session by hand")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the watch ended with %v", err)
	}
}
