package iosxr

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestWhatWaits(t *testing.T) {
	const unknown = "% Invalid input detected at '^' marker.\n"
	wait := func(kind mirror.WaitKind, holder string) []console.Wait {
		return []console.Wait{{Pending: mirror.Pending{Kind: kind, Holder: holder}}}
	}
	for name, tt := range map[string]struct {
		long, short string
		want        []console.Wait
		err         error
	}{
		"a trial":     {long: observed(t, "waits.txt"), want: wait(mirror.WaitTrial, "by clab on unknown")},
		"nobody":      {long: "Tue Sep  1 10:24:50.937 UTC\n"},
		"in one line": {long: "1) Session: 00001000-00005b40-00000000  Line: vty0  Lock: Exclusive  User: clab  Client: CLI  Process: config\n", want: wait(mirror.WaitLock, "by clab on vty0")},
		"without numbers": {long: "Session             : 00001000-00005b40-00000000\n  Line              : vty0\n  User              :\n  Lock              : None\n  Client            : commit-confirm\n" +
			"Session             : 00001000-00005b41-00000000\n  Line              : vty1\n  User              : bob\n  Lock              : None\n  Client            : CLI\n",
			want: wait(mirror.WaitTrial, "by somebody on vty0")},
		"below a title": {long: "Current Configuration Sessions:\n1) Session: 00001000-00005b40-00000000 (current)\n   Line: vty0  Lock: Exclusive  User: bob\n", want: wait(mirror.WaitLock, "by bob on vty0")},
		"of nobody":     {long: "1) Session: 00001000-00005b40-00000000  Elapsed Time: 00:00:10  Line: vty0  Lock:   User:   Client: commit-confirm  Process: cfgmgr_trial_co\n", want: wait(mirror.WaitTrial, "by somebody on vty0")},
		"an older release": {long: unknown, short: "Current Configuration Session  Line       User     Date                     Lock\n" +
			"00000201-0015f0a9-00000000     vty0       cisco    Mon Sep  7 10:00:00 2026\n00000201-0015f0aa-00000000     con0_RP0_C netadmin Mon Sep  7 10:00:00 2026 *\n",
			want: wait(mirror.WaitLock, "by netadmin on con0_RP0_C")},
		"not for this account":  {long: "% This command is not authorized\n", short: "% This command is not authorized\n", err: mirror.ErrRejected},
		"something else":        {long: "TenGigE0/0/0/1 is up\n", err: mirror.ErrParse},
		"something else, older": {long: unknown, short: "TenGigE0/0/0/1 is up\n", err: mirror.ErrParse},
	} {
		got, err := waits(mirror.Facts{}, console.Replies{showWho: tt.long, showWhoShort: tt.short}, time.Time{})
		if d := cmp.Diff(tt.want, got); d != "" || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
	}
}

func TestAnswersToACommit(t *testing.T) {
	const failed = "% Failed to commit one or more configuration items during a pseudo-atomic operation. All changes made have been reverted. Please issue 'show configuration failed [inheritance]' from this session to view the errors"
	for answer, want := range map[string]struct {
		taken   bool
		refused bool
	}{
		"": {true, false}, "Thu Sep 17 10:00:00.000 UTC\n": {true, false}, "% Confirming commit for trial session.\n": {true, false},
		"No configuration changes to commit.\n": {false, false}, failed: {false, true},
		"% Cannot commit because there is an unexpired trial/rollback session '00001000-00005b40-00000000'.": {false, true},
		"One or more commits have occurred from other configuration sessions since this session started":     {false, false},
	} {
		taken, words := judged(answer)
		if taken != want.taken || (words != "") != want.refused {
			t.Errorf("%q: taken %v, refused with %q", answer, taken, words)
		}
	}
}

func TestWhyACommitFailed(t *testing.T) {
	got := reasons("Thu Sep 17 10:00:00.000 UTC\n!! SEMANTIC ERRORS: This configuration was rejected by \n!! the system due to semantic errors. The individual \n" +
		"!! errors with each failed configuration command can be \n!! found below.\n\n\ninterface TenGigE0/0/0/1\n monitor-session s ethernet port-level\n!!% port-level: not supported\n!\n!\n" +
		"monitor-session s ethernet\n!!% 'SPAN' detected the 'warning' condition: too many\n!\nend\n")
	want := map[string]string{"interface TenGigE0/0/0/1\nmonitor-session s ethernet port-level": "port-level: not supported",
		"monitor-session s ethernet": "'SPAN' detected the 'warning' condition: too many"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Of several reasons each is told.
func TestEachReasonIsTold(t *testing.T) {
	long := strings.Repeat("too many of them; ", 6)
	got := reasons("monitor-session s ethernet\n!!% " + long + "\n!!% port-level: not supported\n!\nend\n")
	if words := got["monitor-session s ethernet"]; !strings.HasPrefix(words, "too many") || !strings.HasSuffix(words, "; port-level: not supported") {
		t.Errorf("%q", words)
	}
}

func TestEmptyDifferences(t *testing.T) {
	for text, empty := range map[string]bool{
		"": true, "Building configuration...\n!! IOS XR Configuration 7.5.2\nend\n": true,
		"Building configuration...\n!! IOS XR Configuration 7.5.2\nno monitor-session s\nend\n":    false,
		"!! IOS XR Configuration 7.5.2\ninterface TenGigE0/0/0/1\n no monitor-session s\n!\nend\n": false,
	} {
		if got := commit.Empty(text); got != empty {
			t.Errorf("%q: empty is %v", text, got)
		}
	}
}
