package lab

import (
	"regexp"
	"strings"
	"testing"
)

// oneXR is a router whose timers run a hundred times faster.
const oneXR = `
fabric:
  clockFactor: 100
  switches:
    - name: r1
      platform: cisco_iosxr
      credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]
`

// xrSaid is what a router answers to the last of the lines typed on its console,
// without a time stamp.
func xrSaid(sw *Switch, lines ...string) string {
	return said(sw, append([]string{"terminal exec prompt no-timestamp"}, lines...)...)
}

var stampLine = `(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d\.\d{3} UTC\n`

func TestXRPromptsModesAndStamps(t *testing.T) {
	sw := start(t, oneXR).Switch("r1")
	x := shell(t, dial(t, sw, "admin", "pw"), 24)
	const prompt = "RP/0/RP0/CPU0:r1"
	x.until(prompt + `#$`)
	x.cmd("terminal length 0", prompt+"#")
	if out := x.cmd("show version", prompt+"#"); !regexp.MustCompile(`^` + stampLine + `Cisco IOS XR Software, Version 7\.5\.2\n`).MatchString(out) {
		t.Errorf("%q", out)
	}
	if out := x.cmd("terminal exec prompt no-timestamp", prompt+"#"); out != "" {
		t.Errorf("%q", out)
	}
	if out := x.cmd("show version", prompt+"#"); !strings.HasPrefix(out, "Cisco IOS XR Software, Version 7.5.2\n") {
		t.Errorf("%q", out)
	}
	for _, step := range [][2]string{{"configure exclusive", "(config)#"}, {"monitor-session NM-41", "(config-mon)#"}, {"destination interface Te0/0/0/9", "(config-mon)#"},
		{"interface TenGigE 0/0/0/1", "(config-if)#"}, {"monitor-session NM-41 ethernet direction rx-only", "(config-if-mon)#"}, {"exit", "(config-if)#"}, {"exit", "(config)#"},
		{"ipv4 access-list A", "(config-ipv4-acl)#"}, {"interface te0/0/0/1.100 l2transport", "(config-subif)#"}, {"abort", "#"}} {
		if out := x.cmd(step[0], prompt+step[1]); out != "" {
			t.Errorf("%s: %q", step[0], out)
		}
	}
	if strings.Contains(sw.RunningConfig(), "monitor-session") {
		t.Error("what was aborted is in force")
	}
}

// Configuration has room for 31 letters of the name.
func TestXRLongNamesAreCut(t *testing.T) {
	name := strings.Repeat("r", 40)
	sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: name, Platform: "cisco_iosxr"}}}}).Switch(name)
	if out := sw.Exec("configure"); !strings.HasPrefix(out, "RP/0/RP0/CPU0:"+name+"#configure\n") || !strings.HasSuffix(out, "\nRP/0/RP0/CPU0:"+name[:31]+"(config)#") {
		t.Errorf("%s", out)
	}
}

// What is typed goes into a buffer, and takes effect with the commit.
func TestXRTargetIsCommitted(t *testing.T) {
	sw := start(t, oneXR).Switch("r1")
	typed := []string{"configure", "monitor-session NM-41", "destination interface Te0/0/0/9", "interface te0/0/0/1", "monitor-session NM-41 ethernet direction rx-only port-level"}
	shown := "interface TenGigE0/0/0/1\n monitor-session NM-41 ethernet direction rx-only port-level\n!\nmonitor-session NM-41 ethernet\n destination interface TenGigE0/0/0/9\n!\n"
	if got := xrSaid(sw, append(typed, "show configuration")...); got != "Building configuration...\n!! IOS XR Configuration 7.5.2\n"+shown+"end\n\n" {
		t.Errorf("%s", got)
	}
	if strings.Contains(sw.RunningConfig(), "monitor-session") {
		t.Error("in force before the commit")
	}
	if got := xrSaid(sw, append(typed, "commit label nm-1")...); got != "" || !strings.Contains(sw.RunningConfig(), shown) || sw.StartupConfig() != sw.RunningConfig() {
		t.Errorf("%q\n%s", got, sw.RunningConfig())
	}
	sw.Reload()
	if !strings.Contains(sw.RunningConfig(), shown) {
		t.Error("a commit is for good")
	}
}
