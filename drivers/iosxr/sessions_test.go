package iosxr

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

func observed(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/observe/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSessionsOfAConfiguration(t *testing.T) {
	checkAll(t, read(t, observed(t, "config.txt")),
		want{id: "absent", opaque: []string{"source TenGigE0/1/0/0"}},
		want{id: "collector", sources: "tx TenGigE0/0/0/4", options: func() mirror.Options {
			o := through("tunnel-ip20017", "192.0.2.1", "198.51.100.7")
			o.ERSPAN.VRF, o.ERSPAN.TTL, o.ERSPAN.DSCP, o.Sample = "blue", 32, 8, 1024
			return o
		}()},
		want{id: "limited", sources: "both TenGigE0/0/0/6", to: []mirror.PortName{"TenGigE0/0/0/24"},
			opaque: []string{"rate-limit rx 100000", "mirror first 200", "a source under l2transport of TenGigE0/0/0/6"}},
		want{id: "nm-aaaaaaaaaa", sources: "rx TenGigE0/0/0/1", to: []mirror.PortName{"TenGigE0/0/0/46"},
			options: mirror.Options{Filter: "nm-bbbbbbbbbb", Truncate: 128}},
		want{id: "orphan", sources: "tx TenGigE0/0/0/7"},
		want{id: "routed", sources: "rx TenGigE0/0/0/3", to: []mirror.PortName{"TenGigE0/0/0/21"}, opaque: []string{"kind ipv4"}},
		want{id: "split", sources: "both TenGigE0/0/0/3", to: []mirror.PortName{"TenGigE0/0/0/22", "TenGigE0/0/0/23"}, opaque: []string{"destination rx interface TenGigE0/0/0/22", "destination tx interface"}},
		want{id: "tape", sources: "both TenGigE0/0/0/3", opaque: []string{"destination file size 1000 buffer-type linear"}},
		want{id: "theirs", sources: "both Bundle-Ether1; rx TenGigE0/0/0/5.100", to: []mirror.PortName{"TenGigE0/0/0/20"}},
		want{id: "wrong", opaque: []string{"source MgmtEth0/RP0/CPU0/0"}})
}

// What is indented and what stands for itself say the same.
func TestSessionsOfFormalLines(t *testing.T) {
	got, err := parseSessions(observed(t, "formal.txt"), nil, true)
	if err != nil {
		t.Fatal(err)
	}
	checkAll(t, got,
		want{id: "nm-aaaaaaaaaa", sources: "rx TenGigE0/0/0/1", to: []mirror.PortName{"TenGigE0/0/0/46"}, options: mirror.Options{Truncate: 128, Sample: 512}},
		want{id: "orphan", sources: "tx TenGigE0/0/0/7"},
		want{id: "theirs", sources: "both Bundle-Ether1; rx TenGigE0/0/0/5.100", to: []mirror.PortName{"TenGigE0/0/0/20"}})
	if got[0].Mark != "nm-aaaaaaaaaa" || got[2].Mark != "" {
		t.Errorf("marks %q and %q", got[0].Mark, got[2].Mark)
	}
	if !strings.Contains(got[1].Text, "interface TenGigE0/0/0/7 monitor-session orphan ethernet direction tx-only") {
		t.Errorf("text %q", got[1].Text)
	}
}

func TestOneSession(t *testing.T) {
	const to = "monitor-session s ethernet\n destination interface Te0/0/0/9\n"
	nine := []mirror.PortName{"TenGigE0/0/0/9"}
	for name, tt := range map[string]struct {
		config string
		want   want
	}{
		"nothing at its sources": {to, want{id: "s", to: nine}},
		"nothing but its name":   {"monitor-session s\n", want{id: "s"}},
		"a number as a name":     {"monitor-session 5\n destination interface BE7\n", want{id: "5", to: []mirror.PortName{"Bundle-Ether7"}}},
		"named like a kind":      {"monitor-session ipv4 ethernet\n destination interface Te0/0/0/9\n", want{id: "ipv4", to: nine}},
		"several truncations": {to + "interface Te0/0/0/1\n monitor-session s\n  mirror first 64\ninterface Te0/0/0/2\n monitor-session s\n",
			want{id: "s", to: nine, sources: "both Te0/0/0/1 Te0/0/0/2", options: mirror.Options{Truncate: 64}, opaque: []string{"in several ways"}}},
		"an access list by name": {to + "interface Te0/0/0/1\n ipv4 access-group L ingress\n monitor-session s ethernet direction rx-only\n  acl ipv4 L\n",
			want{id: "s", to: nine, sources: "rx Te0/0/0/1", opaque: []string{"acl ipv4 L"}}},
		"an access list of another's": {to + "interface Te0/0/0/1\n ipv4 access-group L ingress\n monitor-session s ethernet direction rx-only acl\n",
			want{id: "s", to: nine, sources: "rx Te0/0/0/1", options: mirror.Options{Filter: "L"}}},
		"two families of lists": {to + "interface Te0/0/0/1\n ipv4 access-group L ingress\n ipv6 access-group M ingress\n monitor-session s ethernet direction rx-only acl\n",
			want{id: "s", to: nine, sources: "rx Te0/0/0/1", opaque: []string{"does not stand there alone"}}},
		"a list and none": {to + "interface Te0/0/0/1\n ipv4 access-group L ingress\n monitor-session s ethernet direction rx-only acl\ninterface Te0/0/0/2\n monitor-session s\n",
			want{id: "s", to: nine, sources: "rx Te0/0/0/1; both Te0/0/0/2", opaque: []string{"or some have none"}}},
		"a list that selects from what leaves": {to + "interface Te0/0/0/1\n ipv4 access-group L ingress\n monitor-session s ethernet acl\n",
			want{id: "s", to: nine, sources: "both Te0/0/0/1", options: mirror.Options{Filter: "L"}, opaque: []string{"from what arrives alone"}}},
		"without its subinterfaces": {to + "interface Te0/0/0/1\n monitor-session s\ninterface Te0/0/0/1.7\n encapsulation dot1q 7\n",
			want{id: "s", to: nine, sources: "both Te0/0/0/1", opaque: []string{"without its subinterfaces"}}},
		"with its subinterfaces": {to + "interface Te0/0/0/1\n monitor-session s ethernet port-level\ninterface Te0/0/0/1.7\n encapsulation dot1q 7\n",
			want{id: "s", to: nine, sources: "both Te0/0/0/1"}},
		"two destinations": {to + " destination interface Te0/0/0/8\n", want{id: "s", to: []mirror.PortName{"TenGigE0/0/0/8", "TenGigE0/0/0/9"}, opaque: []string{"a second destination"}}},
		"an id of ERSPAN":  {"monitor-session s\n destination interface Hu0/0/0/9 erspan-session-id 5\n", want{id: "s", to: []mirror.PortName{"HundredGigE0/0/0/9"}, opaque: []string{"erspan-session-id 5"}}},
		"a limit of a destination": {"monitor-session s\n destination rx interface FH0/0/0/9 rate-limit 100 kbps\n",
			want{id: "s", to: []mirror.PortName{"FourHundredGigE0/0/0/9"}, opaque: []string{"rate-limit 100 kbps"}}},
		"a port for injection": {to + " inject-interface Te0/0/0/8\n", want{id: "s", to: []mirror.PortName{"TenGigE0/0/0/8", "TenGigE0/0/0/9"}, opaque: []string{"inject-interface"}}},
		"other destinations": {"monitor-session s\n destination interface BVI10\ninterface BVI20 monitor-session s ethernet\ninterface PW-Ether5\n monitor-session s ethernet\n",
			want{id: "s", opaque: []string{"destination BVI10", "source BVI20", "source PW-Ether5"}}},
		"sources of a group": {to + "group MIRRORED\n interface 'TenGigE.*'\n  monitor-session s ethernet port-level\n !\nend-group\n", want{id: "s", to: nine, opaque: []string{"what group MIRRORED gives it"}}},
		"nothing but a group": {"group MIRRORED interface 'TenGigE.*' description monitor-session t\ngroup MIRRORED interface 'TenGigE.*' monitor-session s ethernet\r\nRP/0/RP0/CPU0:edge-1#",
			want{id: "s", opaque: []string{"what group MIRRORED gives it"}}},
		"lines of the whole device": {"monitor-session default-capture-disable\nmonitor-session local-capture capacity 1000\nmonitor-session mirror-interval 512\n" + to, want{id: "s", to: nine}},
		"a satellite's port":        {to + "interface GigabitEthernet100/0/0/1 monitor-session s ethernet direction tx-only port-level\n", want{id: "s", to: nine, sources: "tx GigabitEthernet100/0/0/1"}},
		"words of a description":    {to + "interface TenGigE0/0/0/2\n description monitor-session s ethernet\n ! monitor-session s ethernet\n!\n", want{id: "s", to: nine}},
		"a tunnel by an interface": {"monitor-session s\n destination interface tunnel-ip1\ninterface tunnel-ip1\n ipv4 unnumbered Loopback0\n tunnel mode gre ipv4\n tunnel source Loopback0\n tunnel destination 198.51.100.8\n",
			want{id: "s", options: through("tunnel-ip1", "Loopback0", ""), opaque: []string{"tunnel source Loopback0"}}},
		"a tunnel over IPv6": {"monitor-session s\n destination interface tunnel-ip1\ninterface tunnel-ip1\n tunnel mode gre ipv6\n",
			want{id: "s", options: through("tunnel-ip1", "", ""), opaque: []string{"tunnel mode gre ipv6"}}},
		"a tunnel that is not there": {"monitor-session s\n destination interface tunnel-ip1\n", want{id: "s", options: through("tunnel-ip1", "", ""), opaque: []string{"not configured"}}},
		"a word that nobody knows":   {to + " sample-everything\n", want{id: "s", to: nine, opaque: []string{"sample-everything"}}},
		"an address":                 {"monitor-session s\n destination next-hop ipv4 192.0.2.1\n", want{id: "s", opaque: []string{"destination next-hop ipv4 192.0.2.1"}}},
	} {
		t.Run(name, func(t *testing.T) { checkAll(t, read(t, tt.config), tt.want) })
	}
}

// Nothing but an empty text, or words that say so, means that there is no session.
func TestWhatIsNoConfiguration(t *testing.T) {
	for text, fine := range map[string]bool{
		"": true, "Tue Sep  1 10:24:50.937 UTC\n": true, "% No such configuration item(s)\n": true, "!\nend\n": true,
		"% Invalid input detected at '^' marker.\n": false, "Permission denied\n": false, "nothing to see here\n": false,
		"monitor-session s ethernet\ndestination interface Te0/0/0/9\n": false,
		"TenGigE0/3/0/0 is up, line protocol is up\n":                   false,
	} {
		got, err := parseSessions(text, nil, true)
		if (err == nil) != fine || err != nil && !errors.Is(err, mirror.ErrParse) || len(got) > 0 {
			t.Errorf("%q: %d sessions, %v", text, len(got), err)
		}
	}
}

func TestFootingsOfAConfiguration(t *testing.T) {
	at, err := parseInterfaces(observed(t, "config.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := []mirror.Footing{{Kind: mirror.FootingTunnel, Name: "tunnel-ip1"}, {Kind: mirror.FootingTunnel, Name: "tunnel-ip20017",
		Tunnel: &mirror.Tunnel{From: "192.0.2.1", To: "198.51.100.7", VRF: "blue", TTL: 32, DSCP: 8}}}
	if d := cmp.Diff(want, tunnels(at)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
