package iosxr

import (
	"errors"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestVerdicts(t *testing.T) {
	replies := console.Replies{showStatus: observed(t, "status.txt")}
	for id, want := range map[string]struct {
		sources string
		state   mirror.State
		waits   bool
		words   string
	}{
		"theirs":        {"Bundle-Ether1", mirror.True, false, "Destination interface TenGigE0/0/0/20"},
		"nm-aaaaaaaaaa": {"TenGigE0/0/0/1", mirror.Unknown, true, "TenGigE0/0/0/1: Not operational (destination not active)"},
		"orphan":        {"TenGigE0/0/0/7", mirror.False, false, "Session is not configured globally"},
		"broken":        {"TenGigE0/0/0/8", mirror.False, false, "Error: see detailed output for explanation"},
		"not-listed":    {"TenGigE0/0/0/8", mirror.Unknown, false, "does not tell of it"},
	} {
		n := mirror.NativeSession{ID: id, Spec: mirror.NativeSpec{Sources: []mirror.NativeSource{{Port: mirror.PortName(want.sources)}}}}
		v := judge(mirror.Facts{}, n, "", replies)
		if v.Programmed != want.state || (v.Waits != "") != want.waits || !strings.Contains(v.Reason, want.words) {
			t.Errorf("%s: %+v", id, v)
		}
	}
	missing := mirror.NativeSession{ID: "theirs", Spec: mirror.NativeSpec{Sources: []mirror.NativeSource{{Port: "TenGigE0/0/0/9"}}}}
	if v := judge(mirror.Facts{}, missing, "", replies); v.Programmed != mirror.Unknown || !strings.Contains(v.Reason, "TenGigE0/0/0/9 is not listed") {
		t.Errorf("a source that is not listed: %+v", v)
	}
	for _, words := range []string{"% This command is not authorized", "% Something else"} {
		v := judge(mirror.Facts{}, missing, "", console.Replies{showStatus: "Thu Sep 17 10:00:00.000 UTC\n" + words + "\n"})
		if v.Programmed != mirror.Unknown || !strings.HasSuffix(v.Reason, words) {
			t.Errorf("%q: %+v", words, v)
		}
	}
	if v := judge(mirror.Facts{}, missing, "", nil); v.Ask != showStatus {
		t.Errorf("not asked yet: %+v", v)
	}
}

// A destination that is down or not there is told above the sources, and copies nothing
// whatever stands there; rows may go on in the next line.
func TestWordsOfSessions(t *testing.T) {
	const columns = "================================================================================\nSource Interface      Dir   Status\n--------------------- ----  ----------------------------------------------------\n"
	for reply, want := range map[string]struct {
		state mirror.State
		waits string
	}{
		"Destination interface TenGigE0/0/0/9\n" + columns + "Te0/0/0/2 (port)      Rx    Operational\n":                                                          {mirror.True, ""},
		"rx destination interface tunnel-ip5\ntx destination is not specified\n" + columns + "Te0/0/0/2 (port)      Rx    Operational\n":                          {mirror.True, ""},
		"Destination interface TenGigE0/0/0/9 (admin-down)\n" + columns + "Te0/0/0/2 (port)      Rx    Operational\n":                                             {mirror.Unknown, "admin-down"},
		"Destination interface TenGigE0/0/0/9 is not configured\n" + columns + "Te0/0/0/2             Rx    Operational\n":                                        {mirror.Unknown, "is not configured"},
		"Destination interface TenGigE0/0/0/9\r\n" + columns + "Te0/0/0/2.4094 (port)\r\n                      Both  Operational\r\n\r\nRP/0/RP0/CPU0:edge-1#":    {mirror.True, ""},
		"Destination interface TenGigE0/0/0/9\n" + columns + "Te0/0/0/2             Both  Not operational (source\n                            interface down)\n": {mirror.Unknown, "(source interface down)"},
		"Destination interface TenGigE0/0/0/9\n" + columns + "Te0/0/0/2             Both  Not operational (source interface is a destination)\n":                  {mirror.False, ""},
		"Destination interface TenGigE0/0/0/9\n" + columns + "Te0/0/0/2             Both  Operational\n                            in part\n":                     {mirror.Unknown, ""},
		"Destination interface TenGigE0/0/0/9\n" + columns + " Te0/0/0/2 Rx  Operational\n Te0/0/0/3 Rx  Not operational (no such thing)\n":                       {mirror.False, ""},
	} {
		all, err := parseStatus("Thu Sep 17 10:00:00.000 UTC\n0/RP0/ADMIN0:Sep 17 10:00:00.100 UTC: envmon[3680]: %PKT_INFRA-FM-3-FAULT_MAJOR : ALARM_MAJOR :Power :DECLARE ::\nMonitor-session s\n" + reply)
		if err != nil || len(all) != 1 {
			t.Errorf("%s: %+v, %v", reply, all, err)
			continue
		}
		if v := all[0].verdict(nil); v.Programmed != want.state || (v.Waits == "") != (want.waits == "") || !strings.Contains(v.Waits, want.waits) {
			t.Errorf("%s: %+v", reply, v)
		}
	}
	for _, strange := range []string{columns + "Te0/0/0/2\n", columns + "Te0/0/0/2             Sideways  Operational\n"} {
		if all, err := parseStatus("Monitor-session s\nDestination interface TenGigE0/0/0/9\n" + strange); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s is read as %+v", strange, all)
		}
	}
	detail := "Monitor-session s\n  Destination interface is not configured\n  Source Interfaces\n  -----------------\n  TenGigE0/1/0/1\n    Direction:  Both\n    Status:     Operational\n"
	if all, err := parseStatus(detail); err == nil {
		t.Errorf("the detailed form is read as %+v", all)
	}
}

// The device's words decide, one by one.
func TestStatusWords(t *testing.T) {
	for words, want := range map[string]mirror.State{
		"Operational": mirror.True, "operational": mirror.Unknown,
		"Not operational (destination not known)":              mirror.Unknown,
		"Not operational (source interface down)":              mirror.Unknown,
		"Not operational (source same as destination)":         mirror.False,
		"Not operational (Session is not configured globally)": mirror.False,
		"Not operational (something that nobody has seen)":     mirror.False,
		"Error: see detailed output for explanation":           mirror.False,
		"<Source interface status>":                            mirror.Unknown,
	} {
		v := status{rows: []row{{"TenGigE0/0/0/1", words}}}.verdict(nil)
		if v.Programmed != want || (v.Waits != "") != (strings.HasPrefix(words, "Not") && want == mirror.Unknown) {
			t.Errorf("%q: %+v", words, v)
		}
	}
}
