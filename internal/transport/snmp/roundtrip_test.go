package snmp

import (
	"sync/atomic"
	"testing"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestARequestIsOneRoundTrip(t *testing.T) {
	conn := opened(t, func(_ int, request *gosnmp.SnmpPacket) []byte { return reply(request, nil) })
	var heard atomic.Int64
	ctx := mirror.WithRoundTrips(t.Context(), func() { heard.Add(1) })
	before := conn.Stats()
	if _, err := conn.Get(ctx, sysUpTime); err != nil {
		t.Fatal(err)
	}
	if heard.Load() != 1 || conn.Stats().Received-before.Received != 1 {
		t.Errorf("%d round trips, %+v", heard.Load(), conn.Stats())
	}
}
