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
		// Of the faults of a sub-mode and of the global lines the one that came
		// furthest is told, the sub-mode's of two alike (how a device decides is not recorded).
		{"configure terminal\narchive", "c", "\n" + strings.Repeat(" ", len("acc-1(config-archive)#")) + "^\n% Invalid input"},
	} {
		lines := []string{tc.line}
		if tc.config != "" {
			lines = append(strings.Split(tc.config, "\n"), tc.line)
		}
		if out := sw.Exec(lines...); !strings.Contains(out, tc.want) {
			t.Errorf("%s:\n%s\nwant %q", tc.line, out, tc.want)
		}
	}
	if strings.Contains(sw.RunningConfig(), "monitor session") {
		t.Error("a refused line left a session behind")
	}
}
