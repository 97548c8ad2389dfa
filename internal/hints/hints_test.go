package hints

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// A heard listener collects its hints.
type heard struct {
	*Listener
	hints chan string
}

func listen(t *testing.T) heard {
	t.Helper()
	h := heard{hints: make(chan string, 100)}
	config := func(m string) bool { return strings.Contains(m, "%SYS-5-CONFIG_I") }
	loop := netip.MustParseAddr("127.0.0.1")
	l, err := Listen(Settings{SyslogUDP: "127.0.0.1:0", SyslogTCP: "127.0.0.1:0", Traps: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler),
		Hint: func(d string) { h.hints <- d },
		Devices: func(from netip.Addr, names []string) (out []Device) {
			if from == loop {
				out = append(out, Device{Name: "here", Logged: config, Notified: func(oid string) bool { return oid == "1.3.6.1.4.1.9.9.43.2.0.1" }})
			}
			if slices.Contains(names, "behind-relay") {
				out = append(out, Device{Name: "relayed", Logged: config})
			}
			return out
		}})
	if err != nil {
		t.Fatal(err)
	}
	h.Listener = l
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return h
}

// expect waits for these hints, and a last message that gives one shows that there were
// no others.
func (h heard) expect(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case got := <-h.hints:
			if got != w {
				t.Fatalf("hint of %s, want %s", got, w)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no hint of %s", w)
		}
	}
}

func send(t *testing.T, network, addr string, messages ...string) {
	t.Helper()
	c, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, m := range messages {
		if _, err := c.Write([]byte(m)); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	bsd      = "<189>45: sw1: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: Configured from console by vty2 (10.34.195.36)"
	relayed  = "<189>Oct 11 22:14:15 behind-relay 77: %SYS-5-CONFIG_I: Configured from console"
	rfc5424  = "<165>1 2003-10-11T22:14:15.003Z behind-relay app - ID47 - %SYS-5-CONFIG_I: Configured"
	nothing  = "<189>46: *Mar  1 18:46:12: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up"
	notASlog = "%SYS-5-CONFIG_I without a priority"
)

func TestLogsWakeTheirDevice(t *testing.T) {
	h := listen(t)
	udp, tcp, _ := h.Addrs()
	send(t, "udp", udp, nothing, notASlog, "<192>"+bsd[5:], bsd)
	h.expect(t, "here")
	send(t, "udp", udp, relayed)
	h.expect(t, "here", "relayed")
	send(t, "tcp", tcp, nothing+"\n", bsd+"\r\n", fmt.Sprintf("%d %s", len(rfc5424), rfc5424), notASlog+"\n")
	h.expect(t, "here", "here", "relayed")
	send(t, "tcp", tcp, "99999999 "+bsd)
	send(t, "tcp", tcp, strings.Repeat("x", mostMessage+1)+"\n"+bsd+"\n")
	send(t, "tcp", tcp, bsd) // without an end
	h.expect(t, "here")
	if len(h.hints) > 0 {
		t.Errorf("a further hint of %s", <-h.hints)
	}
}

func notify(t *testing.T, addr string, v gosnmp.SnmpVersion, trap gosnmp.SnmpTrap) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	var p uint16
	if _, err := fmt.Sscan(port, &p); err != nil {
		t.Fatal(err)
	}
	g := &gosnmp.GoSNMP{Target: host, Port: p, Version: v, Community: "public", Timeout: 5 * time.Second, MaxOids: 60}
	if err := g.Connect(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Conn.Close() }()
	if _, err := g.SendTrap(trap); err != nil {
		t.Fatal(err)
	}
}

func v2(oid string, inform bool) gosnmp.SnmpTrap {
	return gosnmp.SnmpTrap{IsInform: inform, Variables: []gosnmp.SnmpPDU{{Name: trapOID, Type: gosnmp.ObjectIdentifier, Value: oid}}}
}

func TestNotificationsWakeTheirDevice(t *testing.T) {
	h := listen(t)
	_, _, traps := h.Addrs()
	notify(t, traps, gosnmp.Version2c, v2("1.3.6.1.6.3.1.1.5.5", false)) // authenticationFailure says nothing
	send(t, "udp", traps, "nonsense", "\x30\x82\xff\xff")
	notify(t, traps, gosnmp.Version2c, v2("1.3.6.1.6.3.1.1.5.3", false))
	h.expect(t, "here")
	notify(t, traps, gosnmp.Version2c, v2("1.3.6.1.4.1.9.9.43.2.0.1", true)) // fails without an answer
	h.expect(t, "here")
	notify(t, traps, gosnmp.Version1, gosnmp.SnmpTrap{Enterprise: "1.3.6.1.4.1.9.9.43.2", AgentAddress: "127.0.0.1", GenericTrap: 6, SpecificTrap: 1,
		Variables: []gosnmp.SnmpPDU{{Name: "1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(1)}}})
	h.expect(t, "here")
	notify(t, traps, gosnmp.Version1, gosnmp.SnmpTrap{Enterprise: "1.3.6.1.4.1.9", AgentAddress: "127.0.0.1", GenericTrap: 3,
		Variables: []gosnmp.SnmpPDU{{Name: "1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(1)}}})
	h.expect(t, "here")
	if len(h.hints) > 0 {
		t.Errorf("a further hint of %s", <-h.hints)
	}
}

func TestTakenAddressesAreTold(t *testing.T) {
	h := listen(t)
	udp, _, _ := h.Addrs()
	if _, err := Listen(Settings{SyslogTCP: "127.0.0.1:0", SyslogUDP: udp}); err == nil || !strings.Contains(err.Error(), "syslog over UDP") {
		t.Errorf("error %v", err)
	}
}

func FuzzNotifications(f *testing.F) {
	f.Add([]byte("\x30\x26\x02\x01\x01\x04\x06public\xa7\x19\x02\x01\x01\x02\x01\x00\x02\x01\x00\x30\x0e"))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if p, err := decode(raw); err == nil {
			_ = kind(p)
		}
	})
}
