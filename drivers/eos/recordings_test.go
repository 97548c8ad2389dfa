package eos

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// What people wrote into a banner is no configuration, whatever it looks like
// (a banner ends with a line "EOF").
func TestABannerIsNoConfiguration(t *testing.T) {
	const banner = "banner login\nDo not touch a monitor session here\nmonitor session trap source Ethernet1\n% ask first\ninterface Ethernet9\n   shutdown\nip access-list no-list\nEOF\n"
	for _, text := range []string{banner, banner + "monitor session a source Ethernet1\n", "monitor session a source Ethernet1\n" + banner} {
		got, err := parseSessions(text)
		if want := strings.Count(text, "session a "); err != nil || len(got) != want {
			t.Errorf("%q: %d sessions, %v, want %d", text, len(got), err, want)
		}
	}
	stanzas, err := parseStanzas(banner + "interface Ethernet1\n   shutdown\n")
	if _, is := stanzas["Ethernet1"]; err != nil || !is || len(stanzas) != 1 {
		t.Errorf("%v, %v", stanzas, err)
	}
	lists, err := parseLists(banner + "ip access-list one\n   10 permit ip any any\n")
	if err != nil || !slices.Equal(lists, []string{"one"}) {
		t.Errorf("%q, %v", lists, err)
	}
	for _, cut := range []string{"banner login\nhello\nmonitor session a source Ethernet1\n", "banner login\nmonitor session a source Ethernet1\nbanner motd\nhello\nEOF\n"} {
		if got, err := parseSessions(cut); err != nil || len(got) != 1 {
			t.Errorf("%q: %d sessions, %v: what has no end swallows sessions", cut, len(got), err)
		}
	}
}

// A command that cannot answer has its words in "errors", as in eAPI's replies
// (arista-eos.md 3.1).
func TestARefusalAsJSON(t *testing.T) {
	for reply, want := range map[string]bool{
		`{"errors":["LLDP is not enabled"]}`: true,
		"{\n    \"errors\": [\n        \"Unavailable command (not supported on this hardware platform)\"\n    ]\n}": true,
		`{"errors":["% Invalid input"]}`:                   true,
		`{"errors":["Internal error"]}`:                    false,
		`{"errors":[]}`:                                    false,
		`{"sessions":{},"errors":["LLDP is not enabled"]}`: false,
		`{"sessions":{},"errors":[]}`:                      false,
		`{"errors`:                                         false,
	} {
		if absent(reply) != want {
			t.Errorf("%q: absent is %v", reply, !want)
		}
	}
	if words, refused := showRefusal(`{"errors":["Internal error"]}`); !refused || words != "% Internal error" {
		t.Errorf("%q, %v", words, refused)
	}
	a, err := surroundingsOf(nil, mirror.Look{}, console.Replies{showLLDP: `{"errors":["LLDP is not enabled"]}`, showMACs: someMACs})
	if err != nil || a.(around).macs["Ethernet1"] != 2 {
		t.Errorf("%+v, %v", a, err)
	}
}

// Newer releases warn of a command before they answer it.
func TestAWarningBeforeJSON(t *testing.T) {
	for _, before := range []string{"! 'show interfaces status' is deprecated\n", "\n! a\n! b\n", "2026-11-28T14:00:00.123456+00:00 sw1 Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet1, changed state to up\n"} {
		if _, err := parseStatus(before + someStatus); err != nil {
			t.Errorf("%q: %v", before, err)
		}
		if got, err := parseShown(before + `{"sessions":{"a":{"targetInterfaces":[]}}}`); err != nil || len(got) != 1 {
			t.Errorf("%q: %v, %v", before, got, err)
		}
	}
	if _, err := parseStatus("! nothing but this\n"); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("a warning alone: %v", err)
	}
}

// Many sources do not fit into one line of "show monitor session".
func TestListsOfPortsGoOn(t *testing.T) {
	text := "\nSession a\n------------------------\n\nProgrammed in HW: Yes\n\nSource Ports:\n\n  Both:        Et1, Et2,\n               Et3/1/1, Po7\n\nDestination Ports:\n\n    Et48 :  active\n\n"
	got, err := parseShown(text)
	if err != nil || len(got) != 1 || got[0].verdict().Programmed != mirror.True {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestPortsOfOtherModels(t *testing.T) {
	for text, w := range map[string]want{
		"monitor session a source Ethernet3/1/1-3/1/4 rx":                                  {sources: "rx Ethernet3/1/1 Ethernet3/1/2 Ethernet3/1/3 Ethernet3/1/4"},
		"monitor session a source Ethernet3/1/1-4, Ethernet4/1/1 rx":                       {sources: "rx Ethernet3/1/1 Ethernet3/1/2 Ethernet3/1/3 Ethernet3/1/4 Ethernet4/1/1"},
		"monitor session a source Ethernet3/35-4/2":                                        {opaque: []string{"Ethernet3/35-4/2"}}, // where module 3 ends is not told
		"monitor session a source Ethernet1-2,Port-Channel5-6,9 tx":                        {sources: "tx Ethernet1 Ethernet2 Port-Channel5 Port-Channel6 Port-Channel9"},
		"monitor session a source Port-Channel100001":                                      {sources: "both Port-Channel100001"},
		"monitor session a source Recirc-Channel501":                                       {sources: "both Recirc-Channel501"},
		"monitor session a source Vlan10 rx":                                               {opaque: []string{"source Vlan10 rx"}},
		"monitor session a source Vxlan1":                                                  {opaque: []string{"source Vxlan1"}},
		"monitor session a source UnconnectedEthernet2":                                    {opaque: []string{"source UnconnectedEthernet2"}},
		"monitor session a destination Management1":                                        {opaque: []string{"destination Management1"}},
		"leaf-1(config-s-nm-abc)#monitor session a source Ethernet1":                       {sources: "both Ethernet1"},
		"leaf-1.14:22:02(s1)(config-s-nm-abc)#monitor session a  source  Ethernet1.100 rx": {sources: "rx Ethernet1.100"},
	} {
		w.id = "a"
		got, err := parseSessions(text)
		if err != nil || len(got) != 1 {
			t.Errorf("%q: %d sessions, %v", text, len(got), err)
			continue
		}
		t.Run(text, func(t *testing.T) { w.check(t, got[0]) })
	}
	for _, id := range []string{`"web"`, "Web.Server_1", "1", "MONITOR", "a/b:c", "default"} {
		if got, err := parseSessions("monitor session " + id + " source Ethernet1\n"); err != nil || len(got) != 1 || got[0].ID != id {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
}

func TestHashesOfSNMPUsersAreSecrets(t *testing.T) {
	const line = "snmp-server user u g v3 localized f5717f00 auth sha256 0123abcd priv aes256 4567ef"
	if got := platform.Hello.Redact.ReplaceAllString(line, "$1 ********"); strings.Contains(got, "0123abcd") || strings.Contains(got, "4567ef") {
		t.Error(got)
	}
}
