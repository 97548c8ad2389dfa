package lab

import (
	"context"
	"sync"
	"testing"

	gpb "github.com/openconfig/gnmi/proto/gnmi"

	"github.com/netmirror/netmirror/internal/testkit"
)

// Calls that are made side by side wait for one round trip, whatever a subscription tells
// between them; one that is made behind an answer waits for another.
func TestGNMIRoundTrips(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	c := dialGNMI(t, sw)
	trips := func(want int64, of func()) {
		t.Helper()
		before := sw.Stats().RoundTrips
		of()
		if n := sw.Stats().RoundTrips - before; n != want {
			t.Errorf("%d round trips, want %d", n, want)
		}
	}
	trips(3, func() {
		for range 3 {
			c.read("/system", gpb.GetRequest_STATE)
		}
	})
	changes := c.subscribe(gpb.SubscriptionList_STREAM, &gpb.Subscription{Path: protoPath(t, "/interface[name=*]/description"), Mode: gpb.SubscriptionMode_ON_CHANGE})
	changes.until("synced")
	if err := sw.UpdateFaults(func(f *Faults) { f.Silent = true }); err != nil {
		t.Fatal(err)
	}
	var beside sync.WaitGroup
	ctx, cancel := context.WithCancel(asUser("admin", "pw"))
	defer beside.Wait()
	defer cancel()
	ask := func() {
		asked := sw.Stats().Commands
		beside.Go(func() {
			_, _ = c.Get(ctx, &gpb.GetRequest{Path: []*gpb.Path{protoPath(t, "/system")}, Encoding: gpb.Encoding_JSON_IETF})
		})
		testkit.Eventually(t, testkit.Patience, "the switch is asked", func() bool { return sw.Stats().Commands > asked })
	}
	trips(1, func() {
		for _, text := range []string{"one", "two", "three"} {
			ask()
			sw.Exec("enter candidate private", "set / interface ethernet-1/1 description "+text, "commit now")
			changes.until(text)
		}
	})
}
