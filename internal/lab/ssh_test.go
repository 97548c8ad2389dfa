package lab

import (
	"strings"
	"testing"
)

func TestTerminalFromLoginToMonitorSession(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	x := shell(t, dial(t, sw, "op", "pw"), 24)
	if hello := x.until(`acc-1>$`); !strings.Contains(hello, "SIMULATION") {
		t.Errorf("greeting %q does not say that this is a simulation", hello)
	}
	x.send("enable\n")
	x.until(`Password: $`)
	x.send("en\n")
	if got := x.until(`#$`); got != "\nacc-1#" {
		t.Errorf("after the secret %q, want no echo and the prompt", got)
	}
	x.cmd("terminal length 0", "acc-1#")
	x.cmd("conf t", "acc-1(config)#")
	if out := x.cmd("mon sess 1 so int gi1/0/1 - 4 , Gi1/0/9 rx", "acc-1(config)#"); out != "" {
		t.Errorf("session refused: %q", out)
	}
	x.cmd("monitor session 1 destination interface GigabitEthernet 1/0/24 encapsulation replicate", "acc-1(config)#")
	x.cmd("end", "acc-1#")
	want := "monitor session 1 source interface Gi1/0/1 - 4 , Gi1/0/9 rx\nmonitor session 1 destination interface Gi1/0/24 encapsulation replicate\n"
	if got := x.cmd("show running-config | section monitor session", "acc-1#"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if s := sw.Stats(); s.ConfigLines != 3 || s.Logins != 1 || s.ConnectionsOpen != 1 {
		t.Errorf("%+v", s)
	}
}
