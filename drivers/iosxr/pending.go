package iosxr

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The commands that show who configures. The second is that of releases which do not
// have the first.
const (
	showWho      = "show configuration sessions detail"
	showWhoShort = "show configuration sessions"
)

// commit is the target configuration of a connection (transactions.md 3): nobody else can
// confirm what it commits on trial, and a lost connection has it taken back. The name of a
// transaction is the label of its commit.
var commit = console.Commit{
	Always: true, Inside: true, Bound: true, Do: "do ", Window: 30 * time.Second, // the least that a router takes (3.1)
	Enter: func(string) string { return "configure exclusive" },
	// Nothing is left when "end" is typed; where something is all the same, it goes.
	Leave: "end", Discard: "abort",
	// In the mode of an interface the words of a session are about that interface.
	Top:        "root",
	Difference: "show configuration",
	Empty:      func(difference string) bool { return !slices.ContainsFunc(said(difference), tells) },
	Arm: func(f mirror.Facts, name string, within time.Duration) string {
		// From 6.5.3 on a trial can have a label (3.1), for people who read the list of commits.
		return fmt.Sprintf("commit %sconfirmed %d", map[bool]string{true: "label " + name + " "}[from(f.Version, 6, 5, 3)], within/time.Second)
	},
	Plain:  func(name string) string { return "commit label " + name },
	Said:   judged,
	Failed: "show configuration failed", Reasons: reasons,
	Confirm: func(string) []string { return []string{"commit"} },
	Abort:   func(string) []string { return []string{"end"} },
	Answer: map[string]string{
		"Do you wish to exit?":             "yes", // and go back
		"Uncommitted changes found":        "no",
		"proceed with this commit anyway?": "no",
	},
	Ask: []string{showWho, showWhoShort}, Waits: waits,
	// The short form has a row for whoever configures, and none for a trial.
	Unlisted: func(r console.Replies) bool { return absent(r[showWho]) },
}

// tells reports whether a line of a configuration says something.
func tells(line string) bool {
	words := strings.TrimSpace(line)
	return words[0] != '!' && words != "end"
}

// judged reads the answer to a commit. One that was taken says nothing, or that it was
// taken for a confirmation; "No configuration changes to commit." is neither.
func judged(answer string) (taken bool, words string) {
	words, _ = refusal(answer)
	lines := said(answer)
	return words == "" && (len(lines) == 0 || harmless.MatchString(strings.TrimSpace(lines[0]))), words
}

// reasons reads "show configuration failed": the device's words stand behind the line
// that they are about, as a comment (cisco-iosxr.md 1.5).
func reasons(reply string) map[string]string {
	out := map[string]string{}
	var above []string
	var indents []int
	for _, line := range said(reply) {
		words := strings.TrimSpace(line)
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if why, ok := strings.CutPrefix(words, "!!%"); ok {
			key := strings.Join(above, "\n")
			out[key] = strings.TrimPrefix(out[key]+"; "+text.Quote(why), "; ")
		}
		if !tells(line) {
			continue
		}
		for len(indents) > 0 && indents[len(indents)-1] >= indent {
			indents, above = indents[:len(indents)-1], above[:len(above)-1]
		}
		indents, above = append(indents, indent), append(above, words)
	}
	return out
}

var (
	whoHead = regexp.MustCompile(`^\s*\d+[.)]`)
	// whoRow is a row of the short form; "*" ends that of who holds the lock.
	whoRow   = regexp.MustCompile(`^\s*([0-9A-Fa-f]+(?:-[0-9A-Fa-f]+){2,})\s+(\S+)\s+(\S+)\s+(.*?)\s*(\*?)$`)
	whoTitle = regexp.MustCompile(`^\s*(?:Current Configuration Sessions?|Session)(?:\s+Line\s+User\b.*|:)?$`)
)

// waits reads who configures: a trial that waits, whose row says "Client: commit-confirm"
// and neither name nor deadline, and who locks. The short form tells of no trial.
func waits(_ mirror.Facts, r console.Replies, _ time.Time) (out []console.Wait, err error) {
	add := func(kind mirror.WaitKind, user, line string) {
		out = append(out, console.Wait{Pending: mirror.Pending{Kind: kind, Holder: "by " + cmp.Or(user, "somebody") + " on " + line}})
	}
	if reply := r[showWho]; !absent(reply) {
		entries, err := who(reply)
		for _, e := range entries {
			switch {
			case e["Client"] == "commit-confirm":
				add(mirror.WaitTrial, e["User"], e["Line"])
			case e["Lock"] != "" && e["Lock"] != "None":
				add(mirror.WaitLock, e["User"], e["Line"])
			}
		}
		return out, err
	}
	if words, bad := showRefusal(r[showWhoShort]); bad {
		return nil, &mirror.DeviceError{Sent: showWhoShort, Answer: words, Kind: mirror.ErrRejected}
	}
	for _, line := range said(r[showWhoShort]) {
		m := whoRow.FindStringSubmatch(line)
		switch {
		case m != nil && m[5] != "":
			add(mirror.WaitLock, m[3], m[2])
		case m == nil && !whoTitle.MatchString(line) && !statusRule.MatchString(line):
			return nil, text.ParseError(showWhoShort, line)
		}
	}
	return out, nil
}

// who reads the entries of the long form, each of several lines.
func who(reply string) (out []map[string]string, err error) {
	for _, line := range said(reply) {
		switch {
		case line[0] == '%':
			return nil, text.ParseError(showWho, line)
		case len(out) == 0 && whoTitle.MatchString(line):
			continue
		}
		if whoHead.MatchString(line) {
			out = append(out, map[string]string{})
		}
		fields := text.Labels(line)
		if len(out) == 0 && len(fields) == 0 {
			return nil, text.ParseError(showWho, line)
		}
		for _, f := range fields {
			if len(out) == 0 || f[0] == "Session" && out[len(out)-1]["Session"] != "" { // entries without numbers
				out = append(out, map[string]string{})
			}
			out[len(out)-1][f[0]], _, _ = strings.Cut(f[1], " ")
		}
	}
	for _, e := range out {
		if e["Session"] == "" {
			return nil, text.ParseError(showWho, reply)
		}
	}
	return out, nil
}
