package eos

import (
	"errors"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestSessionLines(t *testing.T) {
	for text, w := range map[string]want{
		"monitor session 1 source Ethernet1":                                                 {sources: "both Ethernet1"},
		"monitor session 1 source Ethernet3, Ethernet5 rx":                                   {sources: "rx Ethernet3 Ethernet5"},
		"monitor session 1 source Ethernet1/1-2,2/1 tx":                                      {sources: "tx Ethernet1/1 Ethernet1/2 Ethernet2/1"},
		"monitor session 1 source ethernet 5 rx":                                             {sources: "rx Ethernet5"},
		"monitor session 1 source Et3/1 , Po7":                                               {sources: "both Ethernet3/1 Port-Channel7"},
		"monitor session 1 source Ethernet1 - 2 both":                                        {sources: "both Ethernet1 Ethernet2"},
		"monitor session 1 source Ethernet1.100 rx":                                          {sources: "rx Ethernet1.100"},
		"monitor session 1 source Recirc-Channel1 tx":                                        {sources: "tx Recirc-Channel1"},
		"monitor session 1 source Ethernet1 rx\nmonitor session 1 source Ethernet1 tx":       {sources: "both Ethernet1"},
		"monitor session 1 source Ethernet5 both  ip access-group a":                         {sources: "both Ethernet5", opaque: []string{"source Ethernet5 both ip access-group a"}},
		"monitor session 1 source Ethernet5  ip access-group a":                              {sources: "both Ethernet5", opaque: []string{"source Ethernet5 ip access-group a"}},
		"monitor session 1 source Ethernet5 rx newword 7":                                    {sources: "rx Ethernet5", opaque: []string{"newword 7"}},
		"monitor session 1 source Ethernet5 sideways":                                        {sources: "both Ethernet5", opaque: []string{"sideways"}},
		"monitor session 1 source vlan 110 rx":                                               {opaque: []string{"source vlan 110 rx"}},
		"monitor session 1 source Ethernet7-3":                                               {opaque: []string{"source Ethernet7-3"}},
		"monitor session 1":                                                                  {opaque: []string{"name alone"}},
		"monitor session 1 source":                                                           {opaque: []string{"source"}},
		"monitor session 1 destination Ethernet48":                                           {to: []mirror.PortName{"Ethernet48"}},
		"monitor session 1 destination Ethernet48-49":                                        {to: []mirror.PortName{"Ethernet48", "Ethernet49"}},
		"monitor session 1 destination port-channel 3":                                       {to: []mirror.PortName{"Port-Channel3"}},
		"monitor session 1 destination cpu":                                                  {to: []mirror.PortName{cpu}},
		"monitor session 1 destination Ethernet48 something":                                 {to: []mirror.PortName{"Ethernet48"}, opaque: []string{"Ethernet48 something"}},
		"monitor session 1 destination Cpu something":                                        {opaque: []string{"destination Cpu something"}},
		"monitor session 1 destination vxlan vtep 10.0.0.1":                                  {opaque: []string{"destination vxlan vtep 10.0.0.1"}},
		"monitor session 1 destination tunnel mode gre source 10.1.1.1 destination 10.2.2.2": {options: gre("10.1.1.1", "10.2.2.2")},
		"monitor session 1 destination tunnel mode gre destination 10.2.2.2 source 10.1.1.1": {options: gre("10.1.1.1", "10.2.2.2")},
		"monitor session 1 destination tunnel mode gre source 10.1.1.1 destination 10.2.2.2 ttl 9 vrf x": {options: gre("10.1.1.1", "10.2.2.2"),
			opaque: []string{"tunnel options ttl 9 vrf x"}},
		"monitor session 1 destination tunnel mode gre source 10.1.1.1 source 10.2.2.2": {options: gre("10.1.1.1", ""), opaque: []string{"tunnel mode gre"}},
		"monitor session 1 ip access-group a":                                           {options: mirror.Options{Filter: "a"}},
		"monitor session 1 ipv6 access-group a":                                         {options: mirror.Options{Filter: "ipv6:a"}},
		"monitor session 1 mac access-group a":                                          {options: mirror.Options{Filter: "mac:a"}},
		"monitor session 1 ip access-group a in":                                        {opaque: []string{"ip access-group a in"}},
		"monitor session 1 ip access-group a\nmonitor session 1 ip access-group b":      {options: mirror.Options{Filter: "b"}, opaque: []string{"ip access-group b"}},
		"monitor session 1 truncate":                                                    {opaque: []string{"truncate"}},
		"monitor session 1 truncate size 128":                                           {options: mirror.Options{Truncate: 128}},
		"monitor session 1 truncate size all":                                           {opaque: []string{"truncate size all"}},
		"monitor session 1 sample 50":                                                   {options: mirror.Options{Sample: 50}},
		"monitor session 1 sample 050":                                                  {opaque: []string{"sample 050"}},
		"monitor session 1 rate-limit per-egress-chip 10 mbps":                          {opaque: []string{"rate-limit per-egress-chip 10 mbps"}},
		"monitor session 1 header remove size 14":                                       {opaque: []string{"header remove size 14"}},
		"monitor session 1 encapsulation gre metadata tx":                               {opaque: []string{"encapsulation gre metadata tx"}},
		"monitor session 1 shutdown":                                                    {opaque: []string{"shutdown"}},
		"! Command: show running-config\r\nmonitor   session 1  source  Ethernet1\r\n":  {sources: "both Ethernet1"},
	} {
		w.id = "1"
		got, err := parseSessions(text)
		if err != nil || len(got) != 1 {
			t.Errorf("%q: %d sessions, %v", text, len(got), err)
			continue
		}
		t.Run(text, func(t *testing.T) { w.check(t, got[0]) })
	}
}

func TestWhatIsNoSession(t *testing.T) {
	for _, text := range []string{"", "\n!\n", "! monitor session x source y", "monitor session default encapsulation gre payload full-packet",
		"alias ms show monitor session", "role r\n   10 permit command monitor session .*\n", "interface Ethernet1\n   description a monitor session\n", "hostname a\n!\nend\n"} {
		if got, err := parseSessions(text); err != nil || len(got) != 0 {
			t.Errorf("%q: %d sessions, %v", text, len(got), err)
		}
	}
	for _, text := range []string{"% Invalid input", "% Authorization denied for command 'show running-config'", "monitor session", "no such thing",
		"\x07monitor session a source Ethernet1", "sw1#monitor session a source Ethernet1", "hostname a"} {
		if got, err := parseSessions(text); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %d sessions, %v, want ErrParse", text, len(got), err)
		}
	}
}

func TestANamesakeOfTheGlobalLineIsASession(t *testing.T) {
	got, err := parseSessions("monitor session default source Ethernet1 rx\nmonitor session default encapsulation gre payload inner-packet\n")
	if err != nil || len(got) != 1 || len(got[0].Spec.Sources) != 1 || got[0].Opaque != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTheNameIsTheMark(t *testing.T) {
	got, err := parseSessions("monitor session nm-4f2a37bcde source Ethernet1\nmonitor session nm-old source Ethernet2\n")
	if err != nil || len(got) != 2 || got[0].Mark != "nm-4f2a37bcde" || got[1].Mark != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestALongLineCostsItsLength(t *testing.T) {
	text := "monitor session x source " + strings.Repeat("Ethernet1-9999 , ", 20_000) + "rx\n"
	got, err := parseSessions(text)
	if err != nil || len(got) != 1 || got[0].Opaque == "" || len(got[0].Opaque) > 1000 {
		t.Errorf("%d sessions, %v", len(got), err)
	}
}

func TestStates(t *testing.T) {
	for text, want := range map[string]string{ // what it waits for, "" = nothing
		`{"sessions":{"a":{"targetInterfaces":[{"name":"Ethernet48","operState":"active"},{"name":"Ethernet49","operState":"unknown"}]}}}`:   "Ethernet49: unknown",
		`{"sessions":{"a":{"targetInterfaces":[{"name":"Ethernet48","operState":"inactive"},{"name":"Ethernet49","operState":"unknown"}]}}}`: "Ethernet48: inactive, Ethernet49: unknown",
		`{"sessions":{"a":{"sourceRxInterfaces":["Ethernet1"],"newField":{"x":1}}}}`:                                                         "no destination",
		"\nSession a\n-----\nSource Ports:\n   Rx: Et1, Et2\n   Tx: Po3\nDestination Ports:\n   Et48 : active\n   Po1 :  inactive\n":         "Po1: inactive",
		"Session a\n---\nSource Ports:\n  Both: Et1\nTruncation: off\nDestination Ports:\n  Et48 :  active\nEncapsulation: none\n":           "",
	} {
		got, err := parseShown(text)
		if err != nil || len(got) != 1 || got[0].id != "a" {
			t.Errorf("%q: %+v, %v", text, got, err)
			continue
		}
		v := got[0].verdict()
		switch {
		case want == "no destination":
			if v.Programmed != mirror.Unknown || v.Waits != "" {
				t.Errorf("%q: %+v", text, v)
			}
		case v.Waits != want || (v.Programmed == mirror.True) != (want == ""):
			t.Errorf("%q: %+v", text, v)
		}
	}
	for _, text := range []string{`{"sessions":{}}`, "", "No sessions created\n"} {
		if got, err := parseShown(text); err != nil || len(got) != 0 {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"{}", `{"sessions":[]}`, `{"errors":["x"]}`, `{"sessions":{"a"`, "% Invalid input", "Session\n", "Session a\n---\nwhatever"} {
		if got, err := parseShown(text); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %+v, %v, want ErrParse", text, got, err)
		}
	}
}

func TestStatesFindTheirSession(t *testing.T) {
	r := console.Replies{showState: `{"sessions":{"web":{"targetInterfaces":[{"name":"Ethernet48","operState":"active"}]},"OTHER":{"targetInterfaces":[{"name":"Ethernet47","operState":"inactive"}]}}}`}
	for id, want := range map[string]console.Verdict{
		"web":   {Programmed: mirror.True, Reason: "Ethernet48: active", By: showState},
		"Other": {Programmed: mirror.Unknown, Reason: "Ethernet47: inactive", Waits: "Ethernet47: inactive", By: showState},
		"none":  {Programmed: mirror.Unknown, Reason: `"show monitor session | json" does not tell of it`, By: showState},
	} {
		if got := judge(mirror.Facts{}, mirror.NativeSession{ID: id}, "", r); got != want {
			t.Errorf("%s: got %+v", id, got)
		}
	}
}

func TestADeviceWithoutJSONIsAskedInWords(t *testing.T) {
	n := mirror.NativeSession{ID: "a"}
	r := console.Replies{}
	if got := judge(mirror.Facts{}, n, "", r); got.Ask != showState {
		t.Errorf("nothing asked: %+v", got)
	}
	r[showState] = "% This is an unconverted command"
	if got := judge(mirror.Facts{}, n, "", r); got.Ask != showWords {
		t.Errorf("no JSON: %+v", got)
	}
	r[showWords] = "Session a\n---\nDestination Ports:\n   Cpu : active (mirror0)\n"
	if got := judge(mirror.Facts{}, n, "", r); got.Programmed != mirror.True {
		t.Errorf("in words: %+v", got)
	}
	r[showWords] = "something else"
	if got := judge(mirror.Facts{}, n, "", r); got.Programmed != mirror.Unknown || !strings.Contains(got.Reason, "something else") {
		t.Errorf("not understood: %+v", got)
	}
	r[showWords] = "% Invalid input"
	if got := judge(mirror.Facts{}, n, "", r); got.Programmed != "" || got.Ask != "" {
		t.Errorf("in no way: %+v", got)
	}
}

func TestRefusals(t *testing.T) {
	for answer, want := range map[string]string{
		"% Invalid input (at token 2: 'sesion')":                  "% Invalid input (at token 2: 'sesion')",
		"% Interface Ethernet99 does not exist":                   "% Interface Ethernet99 does not exist",
		"! Access list ipv4ACL not configured. Assigning anyway.": "! Access list ipv4ACL not configured. Assigning anyway.",
		"! Source Ethernet1 in Session m1 is applied with access list ipv4ACL with type ip instead of access list abcd with type ipv6. Only one access list type per session is supported.": "! Source Ethernet1 in Session m1",
		"": "", "! a warning": "", "% Monitor session x does not exist": "", "some words": "",
	} {
		words, no := refusal(answer)
		if no != (want != "") || !strings.HasPrefix(words, want) || want == "" && words != "" {
			t.Errorf("%q: %q, %v", answer, words, no)
		}
	}
	for reply, want := range map[string]bool{"% Invalid input": true, "% LLDP is not enabled": true, "% Authorization denied for command 'show lldp'": true,
		"% Unavailable command (not supported on this hardware platform)": true, "% Internal error": false, `{"a":1}`: false, "": false} {
		if absent(reply) != want {
			t.Errorf("%q: absent is %v", reply, !want)
		}
	}
}

// What a terminal shows between the lines is no part of an answer.
func TestNoise(t *testing.T) {
	text := "sw1#show running-config section monitor session\nNov 28 14:00:00 sw1 ConfigAgent: %SYS-5-CONFIG_I: Configured from console by monitor session on vty2\n" +
		"monitor session a source Ethernet1\nBroadcast message from root@sw1\nsw1(s1)#\n"
	got, err := parseSessions(text)
	if err != nil || len(got) != 1 || got[0].Opaque != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := parseStatus("sw1#show interfaces status | json\n" + someStatus + "\nsw1#"); err != nil {
		t.Error(err)
	}
}

func TestSecretsAreNotInTranscripts(t *testing.T) {
	for text, want := range map[string]string{
		"username a privilege 15 role x secret sha512 $6$abc": "username a privilege 15 role x secret sha512 ********",
		"enable password 5 $1$abc":                            "enable password 5 ********",
		"snmp-server community public ro":                     "snmp-server community ******** ro",
		"   key 8a $hash":                                     "   key 8a ********",
		"monitor session a source Ethernet1":                  "monitor session a source Ethernet1",
	} {
		if got := platform.Hello.Redact.ReplaceAllString(text, "$1 ********"); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
