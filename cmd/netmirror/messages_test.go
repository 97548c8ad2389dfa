package main

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestMessagesOfADeviceHaveItRead: a change by hand is repaired as soon as the switch says
// in its log, or by SNMP, that it was configured, long before the next resync.
func TestMessagesOfADeviceHaveItRead(t *testing.T) {
	c := newLeaf(t, "4.30.4M", 0, "", "--syslog-udp", "127.0.0.1:0", "--syslog-tcp", "127.0.0.1:0", "--snmp-traps", "127.0.0.1:0")
	c.call("PUT", "/sessions/taps", taps, 201)
	c.reach("taps", "Active")
	good := c.sw.RunningConfig()
	name, _, _ := strings.Cut(good[strings.Index(good, "monitor session nm-")+len("monitor session "):], " ")
	send := func(network, what, message string) {
		conn, err := net.Dial(network, c.messages[what])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := conn.Write([]byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	for what, tell := range map[string]func(){
		"by a log over UDP": func() {
			send("udp", "syslog over UDP", "<189>Nov 29 01:00:00 leaf-1 ConfigAgent: %SYS-5-CONFIG_I: Configured from console by admin")
		},
		"by a log over TCP": func() {
			send("tcp", "syslog over TCP", "<189>1 2026-11-29T01:00:00Z leaf-1 ConfigAgent - - - %SYS-5-CONFIG_SESSION_COMMIT_SUCCESS: User admin committed\n")
		},
		"by a notification": func() {
			at, err := netip.ParseAddrPort(c.messages["SNMP notifications"])
			if err != nil {
				t.Fatal(err)
			}
			g := &gosnmp.GoSNMP{Target: at.Addr().String(), Port: at.Port(), Version: gosnmp.Version2c, Community: "public", Timeout: patience, MaxOids: 60}
			if err := g.Connect(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = g.Conn.Close() }()
			if _, err := g.SendTrap(gosnmp.SnmpTrap{IsInform: true, Variables: []gosnmp.SnmpPDU{{Name: "1.3.6.1.6.3.1.1.4.1.0", Type: gosnmp.ObjectIdentifier, Value: "1.3.6.1.6.3.1.1.5.3"}}}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		c.sw.Exec("configure", "no monitor session "+name, "end")
		tell()
		testkit.Eventually(t, patience, "the session is repaired "+what, func() bool { return c.sw.RunningConfig() == good })
		c.reach("taps", "Active")
	}
}

func TestAnAddressForMessagesThatIsNoneIsRefused(t *testing.T) {
	c := newController(t)
	_, err := c.cli("", "serve", "--data", c.data, "--syslog-udp", "514", "--snmp-traps", "here")
	if err == nil || !strings.Contains(err.Error(), "syslog-udp") || !strings.Contains(err.Error(), "snmp-traps") {
		t.Errorf("error %v", err)
	}
}
