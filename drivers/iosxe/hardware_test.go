package iosxe

import (
	"fmt"
	"strings"
	"testing"
)

// erspanBox is a Catalyst 9500 with the ERSPAN sessions of these numbers and,
// behind each, the hardware's; "" = the platform's command is refused for it.
func erspanBox(t *testing.T, numbers map[string]string, more map[string]string) (*held, *script) {
	t.Helper()
	answers := map[string]string{showVersion: "Cisco IOS XE Software, Version 17.09.04a\nModel Number : C9500-24Y4C\n", showMonitor: "", showConfig: "interface GigabitEthernet1/0/1\n"}
	for _, id := range []string{"1", "5", "66"} {
		number, there := numbers[id]
		if !there {
			continue
		}
		answers[showMonitor] += "Session " + id + "\n---------\nType : ERSPAN Source Session\nStatus : Admin Enabled\nSource VLANs :\n    Both : 1" + id + "\n"
		answers[showConfig] += "monitor session " + id + " type erspan-source\n no shutdown\n source vlan 1" + id + "\n destination\n  erspan-id " + id + "\n"
		if number != "" {
			answers[platformQuestion(id)] = fmt.Sprintf("Span Session %s (FED Session %s):\n  Type:      ERSPAN Source\n  ERSPAN State : Enabled\n", id, number)
		}
	}
	for k, v := range more {
		answers[k] = v
	}
	return scripted(t, answers)
}

func fedText(number, programmed string) string {
	return "Session " + number + "\n---------\n  Session Type         : ERSPAN Source Session\n  ERSPAN Enable        : 1\n  ERSPAN Hw Programmed : " + programmed +
		"\n  ERSPAN Mandatory Cfg : 1\n"
}

func programmed(t *testing.T, c *held) map[string]string {
	t.Helper()
	o, err := c.reread(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, n := range o.Natives {
		out[n.ID] = string(n.Programmed) + " " + n.ProgrammedReason
	}
	return out
}

// The hardware's number of a session is not the one that is configured: what it
// shows is believed only under the number that the device itself puts beside
// ours, whichever of the two the command takes.
func TestTheHardwaresNumberIsTheDevicesOwn(t *testing.T) {
	const fed = "show platform software fed active monitor "
	for name, more := range map[string]map[string]string{
		"takes the hardware's number": {fed + "0": fedText("0", "1"), fed + "1": fedText("1", "0")},
		"takes the configured number": {fed + "1": fedText("0", "1"), fed + "66": fedText("1", "0")},
		"shows whatever it likes":     {fed + "0": fedText("0", "1"), fed + "1": fedText("1", "0"), fed + "66": fedText("0", "1")},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := erspanBox(t, map[string]string{"1": "0", "66": "1"}, more)
			for range 2 {
				got := programmed(t, c)
				if !strings.HasPrefix(got["1"], "True ERSPAN Enable") || !strings.HasPrefix(got["66"], "False ERSPAN Enable : 1, ERSPAN Hw Programmed : 0") {
					t.Fatalf("%q", got)
				}
				c.dirty = true
			}
			before := len(s.asked)
			programmed(t, c)
			if n := len(s.asked) - before; n != 1 {
				t.Errorf("%d writes where the command is known: %q", n, s.asked[before:])
			}
		})
	}
}

// A session whose state is refused, or shown under another number, is unknown;
// the others are asked all the same, and it is asked again.
func TestOneRefusalSilencesNoOtherSession(t *testing.T) {
	const fed = "show platform software fed active monitor "
	c, s := erspanBox(t, map[string]string{"1": "0", "5": "", "66": "2"}, map[string]string{fed + "0": fedText("0", "1"), fed + "2": fedText("7", "1")})
	got := programmed(t, c)
	if !strings.HasPrefix(got["1"], "True ") || !strings.HasPrefix(got["5"], "Unknown the device does not tell: ") || !strings.Contains(got["5"], "Invalid input") ||
		!strings.HasPrefix(got["66"], "Unknown ") {
		t.Errorf("%q", got)
	}
	s.answers[platformQuestion("5")] = "Span Session 5 (FED Session NotMapped):\n  Type:      ERSPAN Source\n"
	s.answers[platformQuestion("66")] = "Span Session 65 (FED Session 3):\n  Type:      ERSPAN Source\n"
	c.dirty = true
	got = programmed(t, c)
	if !strings.HasPrefix(got["1"], "True ") || got["5"] != "False FED Session NotMapped" || !strings.HasPrefix(got["66"], "Unknown ") || !strings.Contains(got["66"], "session 65, not 66") {
		t.Errorf("%q", got)
	}
}

// A session that was not in the hardware is asked for with every narrow read,
// under the number that it has by then.
func TestTheHardwareIsAskedUntilItHasASession(t *testing.T) {
	const fed = "show platform software fed active monitor "
	c, s := erspanBox(t, map[string]string{"66": "NotMapped"}, map[string]string{fed + "66": "\n"})
	if got := programmed(t, c); got["66"] != "False FED Session NotMapped" {
		t.Fatalf("%q", got)
	}
	s.answers[platformQuestion("66")] = "Span Session 66 (FED Session 4):\n  Type:      ERSPAN Source\n"
	s.answers[fed+"4"] = fedText("4", "1")
	if got := programmed(t, c); !strings.HasPrefix(got["66"], "True ") {
		t.Errorf("%q", got)
	}
	if strings.Contains(strings.Join(s.asked[len(s.asked)-2:], "\n"), showConfig) {
		t.Errorf("the configuration was read for it: %q", s.asked)
	}
}
