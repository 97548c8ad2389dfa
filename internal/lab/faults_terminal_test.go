package lab

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/testkit"
)

// prompted is a terminal at its first prompt in configuration mode.
func configuring(t *testing.T, sw *Switch) *term {
	t.Helper()
	x := shell(t, dial(t, sw, "admin", "pw"), 0)
	x.until(`acc-1#`)
	x.send("configure terminal\n")
	x.until(`acc-1\(config\)#`)
	return x
}

func terminalFaults(t *testing.T, sw *Switch, f TerminalFaults) {
	t.Helper()
	if err := sw.UpdateFaults(func(all *Faults) { all.Terminal = f }); err != nil {
		t.Fatal(err)
	}
}

func TestAnInputBufferDropsTheTail(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := configuring(t, sw)
	terminalFaults(t, sw, TerminalFaults{InputBuffer: 20})
	x.send("vlan 10\nvlan 11\nvlan 12\nvlan 13\n") // 8 octets each
	x.until(`config-vlan\)#vlan 11\r\nacc-1\(config-vlan\)#vlan`)
	x.send("\n")
	x.until(`% Incomplete command`)
	if c := sw.RunningConfig(); !strings.Contains(c, "vlan 11") || strings.Contains(c, "vlan 12") {
		t.Errorf("configured:\n%s", c)
	}
}

func TestOctetsLostInTheMiddleJoinTwoLines(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := configuring(t, sw)
	terminalFaults(t, sw, TerminalFaults{LoseFrom: 7, LoseBytes: 6})
	x.send("vlan 10\nvlan 11\nvlan 12\n")
	x.until(`^vlan 1011\r\n(?s:.*)#vlan 12\r\n`) // "\nvlan " is lost
	if c := sw.RunningConfig(); !strings.Contains(c, "vlan 1011") {
		t.Errorf("configured:\n%s", c)
	}
}

func TestAMuteTerminalStaysOpen(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := configuring(t, sw)
	terminalFaults(t, sw, TerminalFaults{Mute: "^vlan 11$"})
	x.send("vlan 10\nvlan 11\nvlan 12\n")
	x.until(`#vlan 11\r\n`)
	if n := sw.Stats().ConnectionsOpen; n != 1 {
		t.Errorf("%d connections", n)
	}
	if c := sw.RunningConfig(); strings.Contains(c, "vlan 11") || strings.Contains(c, "vlan 12") {
		t.Errorf("configured:\n%s", c)
	}
	sw.DropConnections()
	testkit.Eventually(t, testkit.Patience, "the connection ends", func() bool { return sw.Stats().ConnectionsOpen == 0 })
}

func TestEarlyEcho(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := configuring(t, sw)
	terminalFaults(t, sw, TerminalFaults{EarlyEcho: "behind"})
	x.send("! a\n! b\n")
	x.until(regexp.QuoteMeta("! a\r\n! b\r\nacc-1(config)#! b\r\nacc-1(config)#"))
	terminalFaults(t, sw, TerminalFaults{EarlyEcho: "all"})
	x.send("! a\n! b\n")
	x.until(regexp.QuoteMeta("! a\r\n! b\r\n! a\r\nacc-1(config)#! b\r\nacc-1(config)#"))
	if err := sw.SetFaults(Faults{Terminal: TerminalFaults{EarlyEcho: "often"}}); err == nil {
		t.Error("a kind of echo that does not exist was taken")
	}
}

func TestBroadcastsAndQuestions(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := configuring(t, sw)
	terminalFaults(t, sw, TerminalFaults{
		Broadcasts: []Broadcast{{Before: "^! nm", Text: "***\n*** --- SHUTDOWN in 0:05:00 ---\n***", Times: 1}},
		Questions:  []Question{{Line: "^vlan 10$", Prompt: "Are you sure? [yes/no]: "}, {Line: "^vlan 11$", Prompt: "Really?[confirm]", AnyKey: true}},
	})
	x.send("! nm1\n! nm2\n")
	x.until(`^\r\n\*\*\*\r\n\*\*\* --- SHUTDOWN in 0:05:00 ---\r\n\*\*\*\r\n! nm1\r\nacc-1\(config\)#! nm2\r\nacc-1\(config\)#`)
	x.send("vlan 10\n")
	x.until(`\[yes/no\]: `)
	x.send("no\n")
	x.until(`\(config\)#`)
	if strings.Contains(sw.RunningConfig(), "vlan 10") {
		t.Error("carried out in spite of the answer")
	}
	x.send("vlan 11\n")
	x.until(`\[confirm\]`)
	x.send("y")
	x.until(`config-vlan\)#`)
	if !strings.Contains(sw.RunningConfig(), "vlan 11") {
		t.Error("not carried out after the answer")
	}
}

func TestAnIdleTerminalIsHungUp(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := configuring(t, sw)
	terminalFaults(t, sw, TerminalFaults{IdleTimeout: Duration(time.Hour)})
	x.send("! still here\n")
	x.until(`\(config\)#$`)
	terminalFaults(t, sw, TerminalFaults{IdleTimeout: Duration(10 * time.Millisecond)}) // also while it waits
	testkit.Eventually(t, testkit.Patience, "hung up", func() bool { return sw.Stats().ConnectionsOpen == 0 })
}

func TestNoFreeTerminalLine(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	terminalFaults(t, sw, TerminalFaults{Lines: 1})
	x := configuring(t, sw)
	if c, err := tryDial(sw, "admin", ssh.Password("pw")); err == nil {
		c.Close()
		t.Error("a second line was given")
	}
	x.send("end\nexit\n")
	testkit.Eventually(t, testkit.Patience, "the line is free", func() bool { return sw.Stats().ConnectionsOpen == 0 })
	configuring(t, sw)
}

func TestAuthorizationTakesItsTimePerCommand(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := configuring(t, sw)
	sw.SetTiming(Timing{Authorization: Duration(20 * time.Millisecond)})
	begin := time.Now()
	x.send("vlan 10\n! free\nvlan 11\n")
	x.until(`vlan 11\r\nacc-1\(config-vlan\)#$`)
	if d := time.Since(begin); d < 40*time.Millisecond {
		t.Errorf("two commands took %v", d)
	}
}
