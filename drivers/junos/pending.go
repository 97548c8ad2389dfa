package junos

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// commit is the one shared candidate, locked (transactions.md 2). Whoever comes to it
// while another has edits or the lock is refused at the door, so what it differs by is
// what was typed. Any commit of anybody confirms one that waits, and so does a check,
// which is how ours is confirmed: a commit would also activate what others left in the
// candidate since.
var commit = console.Commit{
	Always: true,
	Enter:  func(string) string { return "configure exclusive" }, Leave: "exit configuration-mode",
	Difference: "show | compare", Empty: func(difference string) bool { return len(said(difference)) == 0 },
	Check: check,
	Arm: func(_ mirror.Facts, name string, within time.Duration) string {
		return fmt.Sprintf("commit confirmed %d comment %s", max(1, int((within+time.Minute-1)/time.Minute)), name)
	},
	Plain:  func(name string) string { return "commit comment " + name },
	Inside: true, ConfirmsAny: true, Do: "run ", Window: time.Minute,
	Said: committed, Reasons: reasons,
	Discard: "rollback 0",
	Confirm: func(string) []string { return []string{check} },
	Abort:   func(name string) []string { return []string{"rollback 1", "commit comment " + name + "_back"} },
	Answer:  map[string]string{"Exit with uncommitted changes": "yes"}, // of an exclusive candidate, which goes
	Ask:     []string{showCommits},
	Waits:   waits,
}

const check = "commit check"

var (
	done   = regexp.MustCompile(`(?m)^\s*(?:commit complete|configuration check succeeds)\s*$`)
	failed = regexp.MustCompile(`(?m)^\s*error:`)
)

// committed judges the answer to a commit or a check. One that says both, or neither, is
// not known.
func committed(answer string) (taken bool, refused string) {
	// Of one that is armed, the check alone is not known to be taken.
	good, bad := done.MatchString(answer) && (!strings.Contains(answer, "will be automatically rolled back") || strings.Contains(answer, "commit complete")), failed.MatchString(answer)
	if bad && !good {
		refused, _ = refusal(answer)
	}
	return good && !bad, refused
}

var (
	faultAt   = regexp.MustCompile(`^\[edit(?: ([^\]]+))?\]$`)
	faultWhat = regexp.MustCompile(`^'(.+)'$`)
)

// reasons reads why a commit was refused: the place in the configuration, what there, and
// the words, three lines for each fault (transactions.md 2.3).
func reasons(reply string) map[string]string {
	out, at, what := map[string]string{}, "", ""
	for line := range text.Raw(reply) {
		line = strings.TrimSpace(line)
		place, thing := faultAt.FindStringSubmatch(line), faultWhat.FindStringSubmatch(line)
		switch {
		case place != nil:
			at, what = place[1], ""
		case thing != nil:
			what = thing[1]
		case what != "" && !bad.MatchString(line):
			key := strings.TrimSpace("set " + strings.TrimSpace(at+" "+what))
			out[key] = strings.TrimSpace(out[key] + " " + text.QuoteBehind("[edit "+at+"] '"+what+"'", line))
		}
	}
	return out
}

var (
	commitHead = regexp.MustCompile(`^(\d{1,3}) +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (\S+) (by \S+ via \S+)(.*)$`)
	backIn     = regexp.MustCompile(`rollback in (\d{1,5}) ?mins?`)
)

// waits reads "show system commit". That a commit waits is said by "rollback pending"
// below the first entry alone; how it was armed stays in the history for ever
// (transactions.md 2.4). mirror.ErrRejected in the words of a device that does not let
// itself be asked.
func waits(_ mirror.Facts, r console.Replies, _ time.Time) (out []console.Wait, err error) {
	if words, refused := showRefusal(r[showCommits]); refused {
		return nil, &mirror.DeviceError{Sent: showCommits, Answer: words, Kind: mirror.ErrRejected}
	}
	var head []string                                                             // of entry 0
	err = fmt.Errorf("%s: no commit is listed: %w", showCommits, mirror.ErrParse) // each device has one, so nothing is no answer
	comment, pending, entries := "", false, 0
	for _, line := range said(r[showCommits]) {
		m := commitHead.FindStringSubmatch(line)
		line = strings.TrimSpace(line)
		switch {
		case m != nil:
			if entries++; entries == 1 {
				head, err = m, nil
			}
		case entries == 0:
			return nil, text.ParseError(showCommits, line)
		case entries > 1 || strings.HasPrefix(line, "rescue "):
		case line == "rollback pending":
			pending = true
		case comment == "":
			comment = line
		}
	}
	if !pending {
		return nil, err
	}
	tx, ours := console.TxOf(comment)
	w := console.Wait{Name: comment, Pending: mirror.Pending{Kind: mirror.WaitTimer, Tx: tx, Holder: head[4], Ours: ours, Until: until(head)}}
	if !ours {
		w.Tx, w.Holder = "", strings.TrimSpace(head[4]+" "+comment)
	}
	return []console.Wait{w}, nil
}

// until is when a commit goes back, by the clock of the switch; zero where its zone is
// not that of the world.
func until(head []string) time.Time {
	m := backIn.FindStringSubmatch(head[5])
	at, err := time.Parse(time.DateTime, head[2])
	if m == nil || err != nil || head[3] != "UTC" && head[3] != "GMT" {
		return time.Time{}
	}
	minutes, _ := strconv.Atoi(m[1])
	return at.Add(time.Duration(minutes) * time.Minute)
}
