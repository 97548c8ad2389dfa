package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestADestinationOfAnotherKindIsRefusedByName before the switch is asked: its
// ports are the destination of one session only, in whatever order they come.
func TestADestinationOfAnotherKindIsRefusedByName(t *testing.T) {
	t.Parallel()
	f := newFleet(t, 2, false, 1, "--resync", "1h")
	remote := func(vlan int) string {
		return fmt.Sprintf(`{"sources":[{"device":"acc-1","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/31"}],
			"rspan":{"vlan":%d,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"acc-0","trunks":["Gi1/0/23"]}]}}`, vlan)
	}
	const local = `{"sources":[{"device":"acc-0","interface":"Gi1/0/2"}],"destinations":[{"device":"acc-0","interface":"Gi1/0/31"}]}`
	for _, c := range []struct{ first, then, why string }{
		{remote(905), local, "from remote VLAN 905 against from ports of the device itself"},
		{local, remote(905), "from ports of the device itself against from remote VLAN 905"},
		{remote(905), remote(906), "from remote VLAN 905 against from remote VLAN 906"},
	} {
		f.call("PUT", "/sessions/first", c.first, 201)
		before := f.switches[0].RunningConfig()
		a := f.call("PUT", "/sessions/then", c.then, 409)
		for _, want := range []string{"destination-in-use", `session \"first\"`, c.why} {
			if !strings.Contains(a.String(), want) {
				t.Errorf("%q is missing: %s", want, a)
			}
		}
		if after := f.switches[0].RunningConfig(); after != before {
			t.Errorf("the switch was asked:\n%s", lineDiff(before, after))
		}
		f.call("DELETE", "/sessions/first", "", 204)
	}
}

// TestALocalAndARemoteSessionShareAToolOnOVS, which allows it: copies of both
// arrive.
func TestALocalAndARemoteSessionShareAToolOnOVS(t *testing.T) {
	t.Parallel()
	p := newPath(t, 2, "trunks=10,20")
	p.call("PUT", "/sessions/remote", p.session(`,"tags":"preserve"`), 201)
	p.call("PUT", "/sessions/local", fmt.Sprintf(`{"sources":[{"device":"sw1","interface":%q,"direction":"rx"}],"destinations":[{"device":"sw1","interface":%q}],"force":true}`,
		p.dave.Port, p.analyser.Port), 201)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	at, err := p.analyser.StartCapture()
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	for _, pair := range []struct {
		from, to string
		ping     func() (int, error)
		copies   int
	}{
		{"alice", "bob", func() (int, error) { return p.lab.Ping(ctx, p.alice, p.bob, 3) }, 6},
		{"carol", "dave", func() (int, error) { return p.lab.Ping(ctx, p.carol, p.dave, 3) }, 3}, // dave's answers
	} {
		if err := p.lab.Reach(ctx, p.alice, p.bob); err != nil {
			t.Fatal(err)
		}
		if err := p.lab.Reach(ctx, p.carol, p.dave); err != nil {
			t.Fatal(err)
		}
		if _, err := at.Wait(ctx, 0, 100*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		at.Reset()
		if got, err := pair.ping(); err != nil || got != 3 {
			t.Fatalf("%d of 3 pings came back: %v", got, err)
		}
		if got, err := at.Wait(ctx, pair.copies, 200*time.Millisecond); err != nil || got.Echoes() != pair.copies {
			t.Errorf("%s to %s: %d copies, want %d: %v", pair.from, pair.to, got.Echoes(), pair.copies, err)
		}
	}
}
