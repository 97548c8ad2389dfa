package iosxr

import (
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
	if v := judge(mirror.Facts{}, missing, "", nil); v.Ask != showStatus {
		t.Errorf("not asked yet: %+v", v)
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
