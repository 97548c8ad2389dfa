package eos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The commands that show what waits.
const (
	showCandidates = "show configuration sessions detail | json"
	showLock       = "show configuration lock | json" // on newer releases
)

// commit is a configuration session with a timer (transactions.md 1). All of it but
// its lines goes in one line from exec.
var commit = console.Commit{
	Enter:      func(name string) string { return "configure session " + name },
	Leave:      "end",
	Difference: "show session-config diffs",
	Arm: func(_ mirror.Facts, name string, within time.Duration) string {
		s := int((within + time.Second - 1) / time.Second)
		return fmt.Sprintf("configure session %s commit timer %02d:%02d:%02d", name, s/3600, s/60%60, s%60)
	},
	Copy:    true,
	Confirm: func(name string) []string { return []string{"configure session " + name + " commit"} },
	Abort:   func(name string) []string { return []string{"configure session " + name + " abort"} },
	Ask:     []string{showCandidates, showLock},
	Waits:   waits,
}

// waits reads what waits on a switch. Up to 4.31 the row of a session says that its
// timer runs (pendingCommitTimer, commitBy), from 4.32 it is committed at once, and the
// name and the deadline stand at the top. A device that does not let itself be asked is
// mirror.ErrRejected in its words. Pending rows of others keep nobody from
// pushing until they fill the room that there is.
func waits(f mirror.Facts, r console.Replies, now time.Time) (out []console.Wait, err error) {
	var told struct {
		CommitTimerSessionName string
		CommitTimerExpireTime  float64
		MaxOpenSessions        int
		Sessions               map[string]struct {
			State, CommitUser string
			CommitBy          float64
			Instances         map[string]struct{ User, Terminal string }
		}
	}
	if words, refused := showRefusal(r[showCandidates]); refused {
		return nil, &mirror.DeviceError{Sent: showCandidates, Answer: words, Kind: mirror.ErrRejected}
	}
	if err := object(showCandidates, r[showCandidates], &told, func() bool { return told.Sessions != nil }); err != nil {
		return nil, err
	}
	timer := func(name, holder string, until float64) {
		tx, ours := console.TxOf(name)
		w := console.Wait{Name: name, Pending: mirror.Pending{Kind: mirror.WaitTimer, Tx: tx, Holder: holder, Ours: ours, Until: deadline(f, until, now)}}
		if !ours {
			w.Tx, w.Holder = "", strings.TrimSpace(name+" "+holder)
		}
		out = append(out, w)
	}
	if name := told.CommitTimerSessionName; name != "" {
		timer(name, by(told.Sessions[name].CommitUser), told.CommitTimerExpireTime)
	}
	var others []string
	for _, name := range slices.Sorted(maps.Keys(told.Sessions)) {
		s := told.Sessions[name]
		var inside []string
		for _, i := range s.Instances {
			inside = append(inside, by(i.User)+" on "+i.Terminal)
		}
		slices.Sort(inside)
		tx, ours := console.TxOf(name)
		switch {
		case s.State == "pendingCommitTimer" && name != told.CommitTimerSessionName:
			timer(name, by(s.CommitUser), s.CommitBy)
		case s.State == "pending" && ours:
			out = append(out, console.Wait{Name: name, Pending: mirror.Pending{Kind: mirror.WaitCandidate, Tx: tx, Holder: strings.Join(inside, ", "), Ours: true}})
		case s.State == "pending":
			others = append(others, strings.TrimSpace(name+" "+strings.Join(inside, ", ")))
		}
	}
	if most := told.MaxOpenSessions; most > 0 && len(others) >= most {
		out = append(out, console.Wait{Pending: mirror.Pending{Kind: mirror.WaitFull,
			Holder: fmt.Sprintf("%d pending sessions, as many as the switch takes: %s", len(others), strings.Join(others, "; "))}})
	}
	return locked(out, r)
}

// locked adds who locks the configuration. Older releases have no lock.
func locked(out []console.Wait, r console.Replies) ([]console.Wait, error) {
	reply, read := answered(r, showLock)
	if !read {
		return out, nil
	}
	var told struct {
		UserInfo struct{ Username, UserTTY, TransactionName string }
	}
	if err := object(showLock, reply, &told, func() bool { return true }); err != nil {
		return nil, err
	}
	if l := told.UserInfo; l.Username != "" {
		holder := by(l.Username) + " on " + l.UserTTY
		if l.TransactionName != "" {
			holder += ", transaction " + l.TransactionName
		}
		out = append(out, console.Wait{Pending: mirror.Pending{Kind: mirror.WaitLock, Holder: holder}})
	}
	return out, nil
}

func by(user string) string {
	if user == "" {
		return ""
	}
	return "by " + user
}

// deadline: the clock of a deadline is that of the day, or that of the switch's start
// (transactions.md 1.2). Zero where it is not told.
func deadline(f mirror.Facts, until float64, now time.Time) time.Time {
	switch {
	case until > 1e9:
		return time.UnixMilli(int64(until * 1000)).UTC()
	case until > 0 && !f.Started().IsZero():
		return f.Started().Add(time.Duration(until * float64(time.Second)))
	}
	return time.Time{}
}
