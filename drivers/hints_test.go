package drivers_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// reads is how a command begins that changes nothing.
var reads = regexp.MustCompile(`^(show|display|get|info from (state|running)|ovs-vsctl (list|show)|snmpwalk|snmpget) ?`)

// hinted are native sessions of every role that somebody may want to look at.
func hinted(id string, port mirror.PortName) (out []mirror.NativeSession) {
	for _, r := range []mirror.Role{mirror.RoleLocal, mirror.RoleRSPANSource, mirror.RoleRSPANDestination, mirror.RoleERSPANSource, mirror.RoleERSPANDestination} {
		n := mirror.NativeSession{ID: id, Spec: mirror.NativeSpec{Role: r, Destinations: []mirror.PortName{port}}}
		if strings.HasPrefix(string(r), "rspan") {
			n.Spec.RemoteVLAN = 900
		}
		out = append(out, n)
	}
	return out
}

// TestHints: each driver names at least one command by which a person sees a native session;
// every command reads, says what to look for and whose it is, and holds no text of a device
// that a command line or a shell would take for more than a word.
func TestHints(t *testing.T) {
	for _, d := range drivers.All() {
		t.Run(d.Platform+" "+d.Protocol, func(t *testing.T) {
			for _, id := range []string{"", "1", "nm-abcdefghij", "x; reload", "a\nconfigure", "*", "$(id)"} {
				for _, port := range []mirror.PortName{"Ethernet1", "e|no shutdown"} {
					for _, n := range hinted(id, port) {
						list := d.Hints(mirror.Facts{}, n)
						if !slices.ContainsFunc(list, func(h mirror.Hint) bool { return len(h.Reasons) == 0 }) {
							t.Errorf("%s: no command that always helps: %+v", n.Spec.Role, list)
						}
						for _, h := range list {
							ours := strings.ReplaceAll(strings.ReplaceAll(h.Command, " | section monitor session", ""), " | display set", "")
							if !reads.MatchString(h.Command) || strings.ContainsAny(ours, "|;\n*$") || h.Shows == "" || h.Source == "" {
								t.Errorf("%+v", h)
							}
							for _, r := range h.Reasons {
								if _, known := mirror.AdviceOn(r); !known {
									t.Errorf("%q: no condition has reason %s", h.Command, r)
								}
							}
						}
					}
				}
			}
		})
	}
}

// TestTheLabKnowsHints: what the simulated switches have of the commands is understood there.
func TestTheLabKnowsHints(t *testing.T) {
	refused := regexp.MustCompile(`(?im)^\s*(% ?(invalid|incomplete|ambiguous|unknown)|syntax error|error:|parsing error|unknown )`)
	for platform, at := range map[string]struct {
		port      mirror.PortName
		elsewhere []string // what the lab does not have
	}{
		"cisco_iosxe":   {"GigabitEthernet1/0/1", nil},
		"cisco_nxos":    {"Ethernet1/1", nil},
		"cisco_iosxr":   {"GigabitEthernet0/0/0/1", nil},
		"arista_eos":    {"Ethernet1", nil},
		"juniper_junos": {"ge-0/0/1", nil},
		"nokia_srl":     {"ethernet-1/1", nil},
	} {
		t.Run(platform, func(t *testing.T) {
			t.Parallel()
			spec := lab.Spec{}
			spec.Fabric.Switches = []lab.SwitchSpec{{Name: "sw1", Platform: platform}}
			l, err := lab.Start(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(l.Close)
			i := slices.IndexFunc(drivers.All(), func(d worker.Driver) bool { return d.Platform == platform })
			known := 0
			for _, h := range drivers.All()[i].Hints(mirror.Facts{}, hinted("1", at.port)[0]) {
				answer := l.Switch("sw1").Exec(h.Command)
				_, answer, _ = strings.Cut(answer, "\n")
				switch {
				case !refused.MatchString(answer):
					known++
				case !slices.Contains(at.elsewhere, h.Command):
					t.Errorf("%s: %s", h.Command, answer)
				}
			}
			if known == 0 {
				t.Error("the lab knows none of them")
			}
		})
	}
}
