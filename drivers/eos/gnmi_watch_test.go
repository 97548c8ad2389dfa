package eos

import (
	"context"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// What a hand does on the command line is told over gNMI at once.
func TestWatchTellsOfAHand(t *testing.T) {
	b := startLab(t, 1, func(s *lab.SwitchSpec) { s.GNMI = &lab.GNMISpec{} })
	host, port, err := net.SplitHostPort(b.sw.GNMIAddr())
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	target := mirror.Target{Device: b.device, Login: mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("admin"), Password: mirror.NewSecret("admin")},
		Transport: mirror.Transport{Protocol: ProtocolGNMI, Address: host, Port: n, Insecure: mirror.InsecureSkipVerify}}
	ctx, cancel := context.WithCancel(t.Context())
	news, done := make(chan struct{}, 100), make(chan error, 1)
	go func() { done <- WatchOverGNMI(ctx, target, certs.Files{}, func() { news <- struct{}{} }) }()
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
	b.sw.Exec("configure", "monitor session theirs source Ethernet3 rx", "end")
	next("a session by hand")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the watch ended with %v", err)
	}
}
