package lab

import (
	"strings"
	"testing"
)

func TestSyntaxErrorsAsIOSPrintsThem(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	for _, tc := range []struct{ config, line, want string }{
		{"", "show interfacesx", "acc-1#show interfacesx\n" + strings.Repeat(" ", len("acc-1#show interfaces")) + "^\n% Invalid input detected at '^' marker.\n\n"},
		{"", "show", "acc-1#show\n% Incomplete command.\n\n"},
		{"", "show i", "acc-1#show i\n% Ambiguous command:  \"show i\"\n"},
		{"", "frobnicate", "% Unknown command or computer name, or unable to find computer address\n"},
		{"configure terminal", "monitor session 1 source", "% Incomplete command.\n\n"},
		{"configure terminal", "monitor session 67 source interface Gi1/0/1", "(config)#monitor session 67 source interface Gi1/0/1\n" +
			strings.Repeat(" ", len("acc-1(config)#monitor session ")) + "^\n"},
		{"configure terminal", "monitor session 1 source interface Gi1/0/99", strings.Repeat(" ", len("acc-1(config)#monitor session 1 source interface Gi1/0/")) + "^\n"},
		{"configure terminal", "monitor session 1 source interface Gi1/0/1,Gi1/0/2", "^\n% Invalid input"},
		{"configure terminal", "monitor session 1 source interface Gi1/0/1 - Gi1/0/4", "^\n% Invalid input"},
		{"configure terminal", "no monitor session range 1 - 3", "^\n% Invalid input"},
		{"configure terminal", "monitor session 1 source interface Gi1/0/1 ,", "% Incomplete command."},
	} {
		lines := []string{tc.line}
		if tc.config != "" {
			lines = []string{tc.config, tc.line}
		}
		if out := sw.Exec(lines...); !strings.Contains(out, tc.want) {
			t.Errorf("%s:\n%s\nwant %q", tc.line, out, tc.want)
		}
	}
	if strings.Contains(sw.RunningConfig(), "monitor session") {
		t.Error("a refused line left a session behind")
	}
}

// No line whatever may crash the switch or leave something that it cannot
// read back: the configuration survives a restart byte for byte.
func FuzzConfigurationLines(f *testing.F) {
	for _, s := range []string{
		"monitor session 1 source interface Gi1/0/1 - 3 , Te1/1/1 rx\nmonitor session 1 destination interface Gi1/0/9 encapsulation replicate ingress untagged vlan 5",
		"monitor session 2 type erspan-source\nsource vlan 3 , 5 - 7 tx\ndestination\nerspan-id 4\nip address 1.2.3.4\norigin ip address 1.1.1.1 force\nexit\nheader-type 3\nno shutdown",
		"interface range gi1/0/1 - 4\nswitchport trunk allowed vlan add 5,7-9\nno switchport\nip address 1.2.3.4 255.255.255.0",
		"vlan 5,7\nname x\nremote-span\nno vlan 5", "no monitor session range 1-9,11", "do show run | sec mon", "end\nshow monitor session all detail | i x_",
		"interface Po5\nhostname a\nno hostname", "ip access-list extended x\n10 permit ip any any\nno 10", "int gi1/0/1\nchannel-group 3 mode active\nexit\nexit",
	} {
		f.Add(s)
	}
	l := startSpec(f, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "cisco_iosxe", Model: "C9300-24T"}}}})
	sw := l.Switch("sw")
	clean := sw.StartupConfig()
	f.Fuzz(func(t *testing.T, text string) {
		d := sw.device.(*iosxe)
		d.mu.Lock()
		d.startup = clean
		d.mu.Unlock()
		d.boot("test")
		c := d.login("fuzz", 15, "console")
		c.Run("configure terminal")
		for _, line := range strings.Split(text, "\n") {
			if strings.TrimSpace(line) != "" && !strings.ContainsAny(line, "\r\t\x00!") {
				c.Run(line)
				c.Help(line)
				c.Complete(line)
				c.Canonical(line)
			}
		}
		c.Control(26)
		before := sw.RunningConfig()
		d.model.erspanShut = false
		d.mu.Lock()
		d.save("fuzz")
		d.mu.Unlock()
		d.boot("test")
		if after := sw.RunningConfig(); after != before {
			t.Fatalf("after a restart\n%s\nbefore\n%s", after, before)
		}
	})
}
