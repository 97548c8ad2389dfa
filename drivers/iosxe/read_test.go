package iosxe

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// readers say what each parser makes of a text, a line for each thing read. The
// longest name that begins a file's is its reader.
var readers = map[string]func(string) ([]string, error){
	"show_access-lists":      parseAccessLists,
	"show_archive":           readDifferences,
	"show_capability":        readCapability,
	"show_cdp_neighbors":     func(text string) ([]string, error) { return neighbourRows(cdpTable, text) },
	"show_lldp_neighbors":    func(text string) ([]string, error) { return neighbourRows(lldpTable, text) },
	"show_interfaces":        readFigures,
	"show_interfaces_status": readStatus,
	"show_mac_address-table": readMACs,
	"show_monitor":           readMonitor,
	"running_config":         readRunning,
	"show_running-config":    readRunning,
	"show_version":           readVersion,
	"show_vlan_brief":        readVLANTable,
	"show_vlan_remote-span":  readRemote,
	"show_vtp_status":        readVTPStatus,

	"show_platform_software_fed":             readFED,
	"show_platform_software_monitor_session": readPlatform,
}

func readerOf(file string) func(string) ([]string, error) {
	best := ""
	for prefix := range readers {
		if strings.HasPrefix(filepath.Base(file), prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return readers[best]
}

func readDifferences(text string) (out []string, err error) {
	found, err := parseDifferences(text)
	for _, d := range found {
		out = append(out, fmt.Sprintf("%q %q", d.Block, d.Line))
	}
	return out, err
}

func readCapability(text string) ([]string, error) {
	c, err := parseCapability(text)
	return []string{fmt.Sprintf("%+v", c)}, err
}

func neighbourRows(table *text.Neighbours, reply string) (out []string, err error) {
	found, err := table.Read(reply)
	for _, n := range found {
		out = append(out, fmt.Sprintf("%s %q by %s", n.Port.Full(), n.Device, n.Protocol))
	}
	return out, err
}

func readFigures(text string) (out []string, err error) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	found, err := interfaceFigures.Read(text, now)
	for _, c := range found {
		line := fmt.Sprintf("%s up %s speed %d in %d/%d out %d/%d drops %d complete %t since %q", c.Port, c.Up, c.Bandwidth,
			c.InPackets, c.InOctets, c.OutPackets, c.OutOctets, c.OutDrops, c.Complete, c.Discontinuity)
		if c.In != nil {
			line += fmt.Sprintf(" in %d bit/s %g/s over %v", c.In.Bits, c.In.Packets, c.In.Over)
		}
		if c.Out != nil {
			line += fmt.Sprintf(" out %d bit/s %g/s over %v", c.Out.Bits, c.Out.Packets, c.Out.Over)
		}
		if s := c.Cleared; s != nil {
			line += fmt.Sprintf(" cleared %v to %v ago", now.Sub(s.From), now.Sub(s.To))
		}
		out = append(out, line)
	}
	return out, err
}

func readStatus(text string) (out []string, err error) {
	rows, err := statusTable.Read(text)
	for _, s := range rows {
		known := map[bool]string{true: "", false: " (not understood)"}[s.Name.Known()]
		out = append(out, fmt.Sprintf("%s%s %s vlan %q access %d speed %d up %s", s.Name.Full(), known, s.Word, s.VLAN, s.Access, s.Speed, up(s.Word)))
	}
	return out, err
}

func readMACs(text string) (out []string, err error) {
	found, err := macTable.Count(text)
	for _, p := range slices.Sorted(maps.Keys(found)) {
		out = append(out, fmt.Sprintf("%s %d", p, found[p]))
	}
	return out, err
}

func nativeLines(natives []mirror.NativeSession) (out []string) {
	for _, n := range natives {
		o, tunnel := n.Spec.Options, tunnelOf(n.Spec)
		out = append(out, fmt.Sprintf("%s %s from %q vlan %d to %q tags %q ingress %q filter %q %v tunnel %d %q %q vrf %q ttl %d dscp %d mtu %d type %d opaque %q",
			n.ID, n.Spec.Role, text.SourceText(n.Spec.Sources), n.Spec.RemoteVLAN, n.Spec.Destinations, o.Tags, o.Ingress, o.Filter, o.FilterVLANs,
			tunnel.ID, o.Collector, tunnel.Origin, tunnel.VRF, tunnel.TTL, tunnel.DSCP, tunnel.MTU, tunnel.Type, n.Opaque))
	}
	return out
}

func readMonitor(text string) ([]string, error) {
	views, err := parseMonitor(text)
	return nativeLines(merge(views, nil)), err
}

func readRunning(text string) ([]string, error) {
	c, err := parseConfig(text)
	out := nativeLines(merge(nil, &c))
	for _, i := range c.interfaces {
		i.lines = nil
		out = append(out, fmt.Sprintf("%s trunk %v routed %v access %d address %q group %d shutdown %v allowed %q native %d",
			i.name.Full(), i.trunk, i.routed, i.access, i.address, i.group, i.shutdown, i.allowed, i.native))
	}
	for _, s := range c.svis {
		out = append(out, fmt.Sprintf("VLAN %d address %q", s.vlan, s.address))
	}
	return out, err
}

func readVersion(text string) ([]string, error) {
	f, err := parseVersion(text)
	return []string{fmt.Sprintf("%q %q %q %q %q up %s", f.Hostname, f.Model, f.Version, f.Serial, f.Extra[factFamily], f.Uptime)}, err
}

func readVLANTable(text string) (out []string, err error) {
	vlans, err := vlanTable.Read(text)
	for _, v := range vlans {
		out = append(out, fmt.Sprintf("%d %q", v.ID, v.Name))
	}
	return out, err
}

func readRemote(text string) ([]string, error) {
	vlans, err := parseRemoteVLANs(text)
	return []string{fmt.Sprint(vlans)}, err
}

func readVTPStatus(text string) ([]string, error) {
	none, spread, err := parseVTP(text)
	return []string{fmt.Sprintf("none %q spread %+v", none, spread)}, err
}

func readFED(text string) ([]string, error) {
	number, h, err := parseFED(text)
	return []string{fmt.Sprintf("%s %+v", number, h)}, err
}

func readPlatform(text string) ([]string, error) {
	id, number, h, err := parsePlatformSession(text)
	return []string{fmt.Sprintf("%s %s %+v", id, number, h)}, err
}

func fixtures(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "read", "*.txt"))
	if err != nil || len(files) < 25 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	out := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if readerOf(f) == nil {
			t.Fatalf("%s has no reader", f)
		}
		out[f] = string(text)
	}
	return out
}

// What each fixture means stands beside it. -update writes it; whoever does that
// compares it with the text.
func TestFixturesAreRead(t *testing.T) {
	for file, text := range fixtures(t) {
		want, err := os.ReadFile(strings.TrimSuffix(file, ".txt") + ".want")
		if err != nil && !*update {
			t.Fatal(err)
		}
		for kind, text := range map[string]string{"as it is": text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"),
			"with echo and prompt": "sw-1#show something | include x\n" + text + "sw-1#\n"} {
			got, err := readerOf(file)(text)
			if err != nil {
				t.Errorf("%s, %s: %v", file, kind, err)
				continue
			}
			if *update {
				if err := os.WriteFile(strings.TrimSuffix(file, ".txt")+".want", []byte(strings.Join(got, "\n")+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if d := cmp.Diff(strings.TrimSpace(string(want)), strings.Join(got, "\n")); d != "" {
				t.Errorf("%s, %s (-want +got):\n%s", file, kind, d)
			}
		}
	}
}

// interrupting are lines of each kind that may stand anywhere.
var interrupting = []string{
	"*Nov 22 12:00:01.123: %SYS-5-CONFIG_I: Configured from console by vty0",
	"000123: .Nov 22 12:00:01.123 CET: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/1, changed state to up",
	"1w2d: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/2, changed state to down",
	"%SYS-3-CPUHOG: Task is running for (2004)msecs",
	"-Traceback= 1A2B3C 4D5E6F",
	"Nov 22 12:00:01.123: CDP-PA: Packet received from sw-2 on interface GigabitEthernet1/0/1",
	"Load for five secs: 1%/0%; one minute: 1%; five minutes: 1%",
	"Time source is NTP, 17:34:06.635 EST Fri Oct 21 2016",
	"No time source, *17:34:06.635 UTC Fri Oct 21 2016",
	"***",
	"*** Message from tty2 to all terminals:",
	"*** --- SHUTDOWN in 0:05:00 ---",
	"",
	"   ",
	"sw-1#",
	"sw-1(config)#do show something | include x",
}

// A line that may stand anywhere changes nothing, wherever it stands.
func TestInterruptionsChangeNothing(t *testing.T) {
	for file, text := range fixtures(t) {
		checkInterruptions(t, file, text)
	}
}

func checkInterruptions(t *testing.T, file, text string) {
	t.Helper()
	read := readerOf(file)
	want, err := read(text)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return
	}
	lines := strings.Split(text, "\n")
	for at := range len(lines) + 1 {
		for i := range 3 { // of each kind somewhere, and three kinds everywhere
			noise := interrupting[(3*at+i)%len(interrupting)]
			got, err := read(strings.Join(slices.Insert(slices.Clone(lines), at, noise), "\n"))
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %q before line %d: %v\n%s", file, noise, at, err, cmp.Diff(want, got))
				return
			}
		}
	}
}

// garbage is what devices say instead of an answer, or in the middle of one.
var garbage = []string{"Command is currently busy, try again later", "The system goes down in 5 minutes for repairs", "^@^@ x", "reload is in progress"}

// A line that no grammar has is an error, or, where any text may stand (a
// version, a service module's session, figures of an interface), takes nothing
// from what is said elsewhere.
func TestGarbageIsAnError(t *testing.T) {
	for file, text := range fixtures(t) {
		read := readerOf(file)
		want, _ := read(text)
		lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
		for _, g := range garbage {
			if g == "reload is in progress" && (strings.Contains(file, "whole") || strings.Contains(file, "archive")) {
				continue // a line of a configuration could be that
			}
			if got, err := read(g); !errors.Is(err, mirror.ErrParse) {
				t.Errorf("%s: %q alone: %q, %v, want ErrParse", file, g, got, err)
			}
			for at := range len(lines) + 1 {
				got, err := read(strings.Join(slices.Insert(slices.Clone(lines), at, g), "\n"))
				if !errors.Is(err, mirror.ErrParse) && !mayHold(file, want, got) {
					t.Errorf("%s: %q before line %d: %q, %v", file, g, at, got, err)
				}
			}
			for at := range lines {
				if blankOrRule(lines[at]) || strings.Contains(file, "show_version") {
					continue // says nothing, or a fact that is then unknown
				}
				changed := slices.Clone(lines)
				changed[at] = g
				got, err := read(strings.Join(changed, "\n"))
				if !errors.Is(err, mirror.ErrParse) && !mayHold(file, want, got) {
					t.Errorf("%s: %q instead of %q: %q, %v", file, g, lines[at], got, err)
				}
			}
		}
	}
}

func blankOrRule(line string) bool { return strings.Trim(line, " -+") == "" }

// mayHold reports whether nothing is lost or moved: the same was read, or, of
// counters, whole ports of it.
func mayHold(file string, want, got []string) bool {
	switch {
	case strings.Contains(file, "cdp"): // whatever stands alone in its line is a name
		return slices.Equal(ports(want), ports(got))
	case !strings.Contains(file, "show_interfaces__"):
		return slices.Equal(want, got)
	}
	return !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, "Complete:true") && !slices.Contains(want, line) })
}

func ports(rows []string) (out []string) {
	for _, r := range rows {
		port, _, _ := strings.Cut(r, " ")
		out = append(out, port)
	}
	return out
}

// A line that is no answer may hold a secret of the configuration.
func TestErrorsQuoteNoSecret(t *testing.T) {
	for _, text := range []string{"interface GigabitEthernet1/0/1\nusername bob secret 9 $9$topsecret\n", "username bob secret 9 $9$topsecret\n",
		"interface GigabitEthernet1/0/1\n ip ospf message-digest-key 1 md5 7 topsecret\n% Busy\n"} {
		if _, err := parseSection(text); !errors.Is(err, mirror.ErrParse) || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"!Contextual Config Diffs:\n +key topsecret\n", "+username bob secret 9 $9$topsecret\n", "!Contextual Config Diffs:\n+username bob password topsecret\nBusy\n"} {
		if _, err := parseDifferences(text); !errors.Is(err, mirror.ErrParse) || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A line that is missing is an error, or takes away what it said and nothing
// else.
func TestAMissingLineTakesNothingElse(t *testing.T) {
	for file, text := range fixtures(t) {
		read := readerOf(file)
		want, _ := read(text)
		lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
		for at := range lines {
			got, err := read(strings.Join(slices.Delete(slices.Clone(lines), at, at+1), "\n"))
			if errors.Is(err, mirror.ErrParse) {
				continue
			}
			lost := 0
			for _, w := range want {
				if !slices.Contains(got, w) {
					lost++
				}
			}
			// A row of its own is one; a head in a configuration also gives its lines
			// to the block above, which tells more then.
			if limit := map[bool]int{true: 2, false: 1}[strings.Contains(file, "running-config")]; lost > limit {
				t.Errorf("%s: without %q: lost %d of %d: %q", file, lines[at], lost, len(want), got)
			}
		}
	}
}
