package eos

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

var noon = time.Date(2026, 9, 20, 12, 0, 0, 0, time.UTC)

// upFor is a switch that has run for a time at noon.
func upFor(d time.Duration) mirror.Facts { return mirror.Facts{LearnedAt: noon, Uptime: d} }

func TestWhatWaits(t *testing.T) {
	const tx = "abcdefghijklmnop"
	timer := func(w mirror.Pending) mirror.Pending { w.Kind = mirror.WaitTimer; return w }
	for name, c := range map[string]struct {
		sessions, lock string
		want           []mirror.Pending
	}{
		"nothing": {`{"maxOpenSessions":5,"sessions":{}}`, `{"userInfo":{}}`, nil},
		"ours, up to 4.31": {`{"maxOpenSessions":5,"sessions":{"nm-` + tx + `":{"state":"pendingCommitTimer","commitBy":3661.5,"commitUser":"admin","completedTime":1.0,"instances":{}}}}`, "% Invalid input",
			[]mirror.Pending{timer(mirror.Pending{Tx: tx, Holder: "by admin", Ours: true, Until: noon.Add(61500 * time.Millisecond)})}},
		"ours, from 4.32": {`{"commitTimerSessionName":"nm-` + tx + `","commitTimerExpireTime":1790000000.25,"sessions":{"nm-` + tx + `":{"state":"committed","commitUser":"admin","instances":{}}}}`, `{}`,
			[]mirror.Pending{timer(mirror.Pending{Tx: tx, Holder: "by admin", Ours: true, Until: time.UnixMilli(1790000000250).UTC()})}},
		"a second candidate of ours": {`{"commitTimerSessionName":"nm-` + tx + `_2","commitTimerExpireTime":-1,"sessions":{}}`, "",
			[]mirror.Pending{timer(mirror.Pending{Tx: tx, Ours: true})}},
		"CloudVision's": {`{"commitTimerSessionName":"CVP-configtask-9","commitTimerExpireTime":1790000000,"sessions":{"CVP-configtask-9":{"state":"committed","commitUser":"cvpadmin"}}}`, "",
			[]mirror.Pending{timer(mirror.Pending{Holder: "CVP-configtask-9 by cvpadmin", Until: time.UnixMilli(1790000000000).UTC()})}},
		"an orphan of ours, and others'": {`{"maxOpenSessions":5,"sessions":{"nm-` + tx + `":{"state":"pending","instances":{}},"old":{"state":"pending","instances":{"812":{"user":"admin","terminal":"vty8"}}},"done":{"state":"completed"}}}`, "",
			[]mirror.Pending{{Kind: mirror.WaitCandidate, Tx: tx, Ours: true}}},
		"ours with somebody in it": {`{"sessions":{"nm-` + tx + `":{"state":"pending","instances":{"1":{"user":"b","terminal":"vty2"},"2":{"user":"a","terminal":"vty1"}}}}}`, "",
			[]mirror.Pending{{Kind: mirror.WaitCandidate, Tx: tx, Ours: true, Holder: "by a on vty1, by b on vty2"}}},
		"a full house": {`{"maxOpenSessions":2,"sessions":{"a":{"state":"pending"},"b":{"state":"pending","instances":{"1":{"user":"x","terminal":"vty2"}}}}}`, "",
			[]mirror.Pending{{Kind: mirror.WaitFull, Holder: "2 pending sessions, as many as the switch takes: a; b by x on vty2"}}},
		"a lock": {`{"sessions":{}}`, `{"userInfo":{"username":"admin","userTty":"vty5","transactionName":"change-7","lockAcquireTime":1.0}}`,
			[]mirror.Pending{{Kind: mirror.WaitLock, Holder: "by admin on vty5, transaction change-7"}}},
	} {
		r := console.Replies{showCandidates: c.sessions}
		if c.lock != "" {
			r[showLock] = c.lock
		}
		all, err := waits(upFor(time.Hour), r, noon)
		var got []mirror.Pending
		for _, w := range all {
			got = append(got, w.Pending)
		}
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
	}
	for _, text := range []string{"", "{}", `{"sessions":[]}`} {
		if got, err := waits(mirror.Facts{}, console.Replies{showCandidates: text}, noon); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %v, %v, want ErrParse", text, got, err)
		}
	}
}

func TestADeviceThatMayNotBeAsked(t *testing.T) {
	for _, words := range []string{"% Invalid input", "% Authorization denied for command 'show configuration sessions detail'"} {
		_, err := waits(mirror.Facts{}, console.Replies{showCandidates: words}, noon)
		if !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", words, err)
		}
	}
}

func TestTheFixtureOfWhatWaits(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "observe", "waits.txt"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := waits(upFor(90*time.Minute), console.Replies{showCandidates: string(text)}, noon)
	if err != nil || len(got) != 1 || got[0].Name != "nm-4f2a17" || got[0].Tx != "4f2a17" || !got[0].Until.Equal(noon.Add(100500*time.Millisecond)) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestCommandsOfACandidate(t *testing.T) {
	for want, got := range map[string]string{
		"configure session nm-x commit timer 00:01:00": commit.Arm(mirror.Facts{}, "nm-x", time.Minute),
		"configure session nm-x commit timer 00:00:02": commit.Arm(mirror.Facts{}, "nm-x", 1500*time.Millisecond),
		"configure session nm-x commit timer 01:01:01": commit.Arm(mirror.Facts{}, "nm-x", time.Hour+61*time.Second),
		"configure session nm-x commit":                commit.Confirm("nm-x")[0],
		"configure session nm-x abort":                 commit.Abort("nm-x")[0],
		"configure session nm-x":                       commit.Enter("nm-x"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
