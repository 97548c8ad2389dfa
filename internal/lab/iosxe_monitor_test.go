package lab

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// monitorLines are the monitor lines of the running configuration.
func monitorLines(sw *Switch) string {
	text, _ := cmdline.Pipes{}.Apply(sw.RunningConfig(), " section monitor session")
	return text
}

func TestMonitorLinesAddUpAndOnlyNoRemoves(t *testing.T) {
	for _, tc := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"sources are united", []string{"monitor session 1 source interface Gi1/0/1 - 2", "monitor session 1 source interface Gi1/0/3 , Gi1/0/9"},
			"monitor session 1 source interface Gi1/0/1 - 3 , Gi1/0/9\n"},
		{"rx and tx make both", []string{"monitor session 1 source interface Gi1/0/1 rx", "monitor session 1 source interface Gi1/0/1 tx"},
			"monitor session 1 source interface Gi1/0/1\n"},
		{"both is left out, directions have their own lines", []string{"monitor session 1 source interface Gi1/0/5 both", "monitor session 1 source interface Gi1/0/6 tx"},
			"monitor session 1 source interface Gi1/0/5\nmonitor session 1 source interface Gi1/0/6 tx\n"},
		{"no with a direction keeps the other half", []string{"monitor session 1 source interface Gi1/0/1", "no monitor session 1 source interface Gi1/0/1 rx"},
			"monitor session 1 source interface Gi1/0/1 tx\n"},
		{"no without a direction removes", []string{"monitor session 1 source interface Gi1/0/1 - 2 rx", "no monitor session 1 source interface Gi1/0/1"},
			"monitor session 1 source interface Gi1/0/2 rx\n"},
		{"the last line takes the session with it", []string{"monitor session 1 source vlan 5", "no monitor session 1 source vlan 5"}, ""},
		{"vlan ranges", []string{"monitor session 1 source vlan 20 , 30-31 tx"}, "monitor session 1 source vlan 20 , 30 - 31 tx\n"},
		{"port-channel", []string{"interface port-channel 1", "monitor session 1 source interface Po1", "monitor session 1 source interface Gi1/0/9 rx"},
			"monitor session 1 source interface Gi1/0/9 rx\nmonitor session 1 source interface Po1\n"},
		{"destination options", []string{"monitor session 1 dest int Gi1/0/9 encap dot1q ingress untagged vlan 7", "monitor session 1 destination interface Gi1/0/10"},
			"monitor session 1 destination interface Gi1/0/9 encapsulation dot1q ingress untagged vlan 7\nmonitor session 1 destination interface Gi1/0/10\n"},
		{"typing a destination again replaces its options", []string{"monitor session 1 destination interface Gi1/0/9", "monitor session 1 destination interface Gi1/0/9 encapsulation replicate"},
			"monitor session 1 destination interface Gi1/0/9 encapsulation replicate\n"},
		{"filters", []string{"monitor session 1 filter vlan 5 , 7 - 9", "no monitor session 1 filter vlan 8", "monitor session 1 filter ip access-group A", "monitor session 1 filter mac access-group M",
			"no monitor session 1 filter mac access-group M"}, "monitor session 1 filter vlan 5 , 7 , 9\nmonitor session 1 filter ip access-group A\n"},
		{"rspan", []string{"monitor session 2 source interface Gi1/0/3 rx", "monitor session 2 destination remote vlan 999", "monitor session 3 source remote vlan 999", "monitor session 3 destination interface Gi1/0/20"},
			"monitor session 2 source interface Gi1/0/3 rx\nmonitor session 2 destination remote vlan 999\nmonitor session 3 source remote vlan 999\nmonitor session 3 destination interface Gi1/0/20\n"},
		{"no by range", []string{"monitor session 1 source vlan 1", "monitor session 2 source vlan 1", "monitor session 4 source vlan 1", "no monitor session range 1-2"}, "monitor session 4 source vlan 1\n"},
		{"no local keeps remote", []string{"monitor session 1 source vlan 1", "monitor session 2 source remote vlan 9", "no monitor session local"}, "monitor session 2 source remote vlan 9\n"},
		{"no all", []string{"monitor session 1 source vlan 1", "monitor session 2 source remote vlan 9", "no monitor session all"}, ""},
		{"erspan source starts shut", []string{"monitor session 5 type erspan-source", "source interface Gi1/0/1 rx", "destination", "ip address 10.0.0.1", "erspan-id 7", "origin ip address 10.0.0.2", "ip dscp 10"},
			"monitor session 5 type erspan-source\n shutdown\n source interface Gi1/0/1 rx\n destination\n  erspan-id 7\n  ip address 10.0.0.1\n  ip dscp 10\n  origin ip address 10.0.0.2\n"},
		{"erspan is left by a global line", []string{"monitor session 5 type erspan-destination", "no shutdown", "destination interface Gi1/0/4", "source", "erspan-id 9", "monitor session 1 source vlan 3"},
			"monitor session 1 source vlan 3\nmonitor session 5 type erspan-destination\n no shutdown\n destination interface Gi1/0/4\n source\n  erspan-id 9\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sw := start(t, oneSwitch).Switch("acc-1")
			out := sw.Exec(append([]string{"configure terminal"}, tc.lines...)...)
			if strings.Contains(out, "% ") {
				t.Fatalf("refused:\n%s", out)
			}
			if got := monitorLines(sw); got != tc.want {
				t.Errorf("got\n%swant\n%s", got, tc.want)
			}
		})
	}
}

func TestMonitorRefusalsLeaveNothing(t *testing.T) {
	for _, tc := range []struct {
		name, model string
		lines       []string // the last one is refused
	}{
		{"ports and VLANs", "", []string{"monitor session 1 source interface Gi1/0/1", "monitor session 1 source vlan 5"}},
		{"VLANs and ports", "", []string{"monitor session 1 source vlan 5", "monitor session 1 source interface Gi1/0/1"}},
		{"filter and VLAN source", "", []string{"monitor session 1 source vlan 5", "monitor session 1 filter vlan 6"}},
		{"destination of another session", "", []string{"monitor session 1 destination interface Gi1/0/9", "monitor session 2 destination interface Gi1/0/9"}},
		{"destination of an ERSPAN session", "", []string{"monitor session 1 destination interface Gi1/0/9", "monitor session 2 type erspan-destination", "destination interface Gi1/0/9"}},
		{"port-channel as destination", "", []string{"interface po3", "monitor session 1 destination interface Po3"}},
		{"type changed", "", []string{"monitor session 1 source vlan 5", "monitor session 1 type erspan-source"}},
		{"classic line on ERSPAN", "", []string{"monitor session 1 type erspan-source", "monitor session 1 source vlan 5"}},
		{"dscp and prec", "", []string{"monitor session 1 type erspan-source", "destination", "ip dscp 5", "ip prec 3"}},
		{"no ERSPAN on old switches", "WS-C3750X-24", []string{"monitor session 1 type erspan-source"}},
		{"ninth source session", "C9300-24T", []string{"monitor session 1 source vlan 1", "monitor session 2 source vlan 1", "monitor session 3 source vlan 1", "monitor session 4 type erspan-source",
			"monitor session 5 type erspan-destination", "monitor session 6 source vlan 1", "monitor session 7 source vlan 1", "monitor session 8 source vlan 1", "monitor session 9 source vlan 1"}},
		{"fifth source session", "WS-C2960X-24", []string{"monitor session 1 source vlan 1", "monitor session 2 source vlan 1", "monitor session 3 source vlan 1", "monitor session 4 source vlan 1", "monitor session 5 source vlan 1"}},
		{"third receiving session on a 4500", "WS-C4506", []string{"monitor session 1 source vlan 1 rx", "monitor session 2 source vlan 1 rx", "monitor session 3 source vlan 1 tx", "monitor session 4 source vlan 1 rx"}},
		{"two destinations on a 4500", "WS-C4506", []string{"monitor session 1 destination interface Gi1/1", "monitor session 1 destination interface Gi1/2"}},
		{"blanks in a description", "", []string{"monitor session 1 type erspan-source", "description two words"}},
		{"RSPAN VLAN out of range", "", []string{"monitor session 1 destination remote vlan 1002"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "cisco_iosxe", Model: tc.model}}}}).Switch("sw")
			last := len(tc.lines) - 1
			if out := sw.Exec(append([]string{"configure terminal"}, tc.lines[:last]...)...); strings.Contains(out, "% ") {
				t.Fatalf("refused too early:\n%s", out)
			}
			before := sw.RunningConfig()
			if out := sw.Exec(append([]string{"configure terminal"}, tc.lines...)...); !strings.Contains(out, tc.lines[last]+"\n") || !strings.Contains(out[strings.LastIndex(out, tc.lines[last]):], "% ") {
				t.Fatalf("not refused:\n%s", out)
			}
			if sw.RunningConfig() != before {
				t.Errorf("changed:\n%s", monitorLines(sw))
			}
		})
	}
}

const foreign = `
fabric:
  switches:
    - name: acc-1
      platform: cisco_iosxe
      model: C9300-24T
      nativeSessions:
        - {id: 1, type: Service Module Session, fields: ["Modules allowed          : 1-9", "Modules active           : 1"], config: ["monitor session 1 type  service-module weird   blanks "]}
      config: |
        hostname core
        snmp-server community  public   RO
        aaa new-model
        crypto pki certificate chain TP
         certificate self-signed 01
          3082  0330
          	quit
        monitor session 9 type capture
         buffer  size 10
        banner motd ^CHello
        core# not a prompt
        ^C
        interface gi1/0/5
         switchport access vlan 10
          odd   line
        vlan 10
         name ten
`

func TestForeignConfigurationIsKeptByteForByte(t *testing.T) {
	sw := start(t, foreign).Switch("acc-1")
	before := sw.RunningConfig()
	for _, want := range []string{"snmp-server community  public   RO\n", " certificate self-signed 01\n  3082  0330\n  \tquit\n",
		"monitor session 9 type capture\n buffer  size 10\n", "banner motd ^CHello\ncore# not a prompt\n^C\n", "  odd   line\n", "monitor session 1 type  service-module weird   blanks \n", "hostname core\n"} {
		if !strings.Contains(before, want) {
			t.Errorf("no %q in\n%s", want, before)
		}
	}
	if strings.Contains(before, "hostname acc-1") {
		t.Error("two host names")
	}
	out := sw.Exec("configure terminal", "monitor session 2 source interface Gi1/0/1", "monitor session 2 destination interface Gi1/0/2", "no monitor session 2",
		"monitor session 1 source interface Gi1/0/1", "no monitor session 1", "no monitor session all", "end", "show monitor session 1")
	if sw.RunningConfig() != before {
		t.Errorf("changed to\n%s", sw.RunningConfig())
	}
	if n := strings.Count(out, "% Session 1 Used by Service Module"); n != 2 {
		t.Errorf("%d refusals in\n%s", n, out)
	}
	if !strings.Contains(out, "Type                     : Service Module Session\nModules allowed          : 1-9\n") {
		t.Errorf("show monitor:\n%s", out)
	}
	sw.Exec("write memory")
	sw.Reload()
	if sw.RunningConfig() != before {
		t.Errorf("after a restart\n%s\nbefore\n%s", sw.RunningConfig(), before)
	}
}

func TestRestartForgetsWhatIsNotSavedAndDisablesERSPAN(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	clean := sw.RunningConfig()
	sw.Exec("configure terminal", "monitor session 5 type erspan-source", "source interface Gi1/0/1", "no shutdown", "end", "write memory",
		"configure terminal", "monitor session 6 source interface Gi1/0/2", "end")
	if sw.StartupConfig() == clean || strings.Contains(sw.StartupConfig(), "session 6") {
		t.Errorf("startup:\n%s", sw.StartupConfig())
	}
	sw.Reload()
	if got := monitorLines(sw); got != "monitor session 5 type erspan-source\n shutdown\n source interface Gi1/0/1\n" {
		t.Errorf("after the restart\n%s", got)
	}
}

func TestDifferencesBetweenStartupAndRunning(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	const diff = "show archive config differences nvram:startup-config system:running-config"
	if out := sw.Exec(diff); !strings.Contains(out, "!Contextual Config Diffs:\n!No changes were found\n") {
		t.Errorf("clean:\n%s", out)
	}
	out := sw.Exec("configure terminal", "interface Gi1/0/1", "description to be seen", "no lldp run", "monitor session 5 type erspan-source", "end", diff)
	want := "!Contextual Config Diffs:\ninterface GigabitEthernet1/0/1\n +description to be seen\n+monitor session 5 type erspan-source\n +shutdown\n-lldp run\n"
	if !strings.Contains(out, want) {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	if out := sw.Exec("show archive config differences nvram:startup-config"); !strings.Contains(out, "+lldp run") {
		t.Errorf("one name is the target:\n%s", out)
	}
}

func TestTrunkListsAreEditedAndReplaced(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	out := sw.Exec("configure terminal", "interface Gi1/0/1", "switchport mode trunk", "switchport trunk allowed vlan 5,7-9", "switchport trunk allowed vlan add 999", "switchport trunk allowed vlan remove 8",
		"do show running-config interface Gi1/0/1", "switchport trunk allowed vlan 3", "do show run int gi1/0/1", "switchport access vlan 77")
	for _, want := range []string{" switchport trunk allowed vlan 5,7,9,999\n switchport mode trunk\nend", " switchport trunk allowed vlan 3\n", "% Access VLAN does not exist. Creating vlan 77\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
