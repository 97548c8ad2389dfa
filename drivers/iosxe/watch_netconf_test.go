package iosxe_test

import (
	"context"
	"testing"
	"time"

	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/testkit"
)

// What a hand does on the command line, and what is set over another transport, is told over
// NETCONF at once.
func TestWatchOverNETCONFTellsOfAHand(t *testing.T) {
	s, target := modelLab(t)
	ctx, cancel := context.WithCancel(t.Context())
	news, done := make(chan struct{}, 100), make(chan error, 1)
	go func() {
		done <- entry(t, iosxe.ProtocolNETCONF).Watch(ctx, target(iosxe.ProtocolNETCONF), func() { news <- struct{}{} })
	}()
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
	s.Switch.Exec("configure terminal", "monitor session 9 source interface Gi1/0/9 rx", "end")
	next("a session by hand")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the watch ended with %v", err)
	}
}
