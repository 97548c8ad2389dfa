package console_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A router is a device with one candidate: shared and locked, with commits that anybody
// confirms (in the words of Junos, transactions.md 2), or of the connection alone, with
// commits that nobody else confirms (in those of IOS-XR, transactions.md 3). Its
// configuration is a set of lines "copy NAME PORT" and "vlan N".
type router struct {
	bound   bool
	running map[string]bool
	before  map[string]bool // what the commit that waits would put back
	waiting string          // its name, "" = none waits
	line    *line           // that armed it
	holder  *line           // of the lock
	door    string          // what is said to who wants in, "" = come in
	foreign string          // line of another hand in the shared candidate
	mark    string          // lines that begin so are refused when they are committed

	refuse  string            // the line that is refused when it is typed
	answers map[string]string // to a line, once, instead of doing anything
	also    map[string]string // said to a line once, although it is done
	failed  string            // shown for the last commit that was refused
	lost    string            // the line at which the connection ends unheard; behind it with "+"
	onLine  func(string)
	stuck   bool // the candidate cannot be left
	lingers int  // questions for which a trial still shows that was taken back
	untold  bool // what waits is told in words that nobody understands
	short   bool // trials are not listed
	back    int  // tries to come in that are refused while a trial goes back
}

// A line is a connection with it.
type line struct {
	r    *router
	cand map[string]bool // nil = not in configuration
	sent []string
	gone bool
}

func newRouter(bound bool) *router {
	return &router{bound: bound, running: map[string]bool{"copy theirs p7": true}, answers: map[string]string{}, also: map[string]string{}}
}

func (r *router) lines() string { return strings.Join(slices.Sorted(maps.Keys(r.running)), ", ") }

// hangUp ends a connection: lock and candidate are gone, a commit that waits is not.
func (l *line) hangUp() {
	l.gone, l.cand = true, nil
	if l.r.holder == l {
		l.r.holder = nil
	}
}

func (l *line) Close() error { l.hangUp(); return nil }

// type1 is one line typed; answers are what questions are answered with.
func (l *line) type1(typed string, answers map[string]string) (string, error) {
	r := l.r
	if l.gone {
		return "", fmt.Errorf("router: gone: %w", mirror.ErrUnreachable)
	}
	if r.lost == typed {
		r.lost = ""
		l.hangUp()
		return "", fmt.Errorf("router: gone: %w", mirror.ErrUnreachable)
	}
	l.sent = append(l.sent, typed)
	if r.onLine != nil {
		r.onLine(typed)
	}
	said, scripted := r.answers[typed]
	if scripted {
		delete(r.answers, typed)
		return said, nil
	}
	said, err := l.do(typed, answers)
	if more, there := r.also[typed]; there {
		delete(r.also, typed)
		said = strings.TrimSpace(said + "\n" + more)
	}
	if r.lost == typed+"+" {
		r.lost = ""
		l.hangUp()
		return "", fmt.Errorf("router: gone: %w", mirror.ErrUnreachable)
	}
	return said, err
}

func (l *line) do(typed string, answers map[string]string) (string, error) {
	r := l.r
	words := strings.Fields(typed)
	inside := l.cand != nil
	for _, prefix := range []string{"run ", "do "} {
		if rest, cut := strings.CutPrefix(typed, prefix); cut && inside {
			return r.shows(rest), nil
		}
	}
	switch {
	case !inside && typed == "configure exclusive":
		return l.enter(), nil
	case !inside:
		return r.shows(typed), nil
	case typed == r.refuse:
		return map[bool]string{false: "syntax error.", true: "% Invalid input detected at '^' marker."}[r.bound], nil
	case typed == "show | compare", typed == "show configuration":
		return l.difference(), nil
	case typed == "rollback 0":
		l.cand = maps.Clone(r.running)
	case typed == "rollback 1":
		l.cand = maps.Clone(r.before)
	case typed == "commit check":
		if bad := l.bad(); bad != "" {
			return bad, nil
		}
		r.waiting = ""
		return "configuration check succeeds", nil
	case words[0] == "commit":
		return l.commit(typed, words), nil
	case typed == "show configuration failed":
		return r.failed, nil
	case typed == "abort", typed == "exit", typed == "end":
		return l.leave(typed, answers)
	case words[0] == "no":
		maps.DeleteFunc(l.cand, func(have string, _ bool) bool { return strings.HasPrefix(have+" ", strings.Join(words[1:], " ")+" ") })
	case words[0] != "top":
		l.cand[typed] = true
	}
	return "", nil
}

func (l *line) enter() string {
	r := l.r
	switch {
	case r.door != "":
		return r.door
	case r.back > 0:
		r.back--
		return "Cannot enter exclusive mode. A trial commit is underway in another configuration session."
	case r.holder != nil:
		return map[bool]string{false: "error: configuration database locked by:\n  netadmin terminal p0 (pid 4681) on since 10:00, idle 0:01\n      exclusive [edit]",
			true: "Can not enter exclusive mode. The Configuration Namespace is locked by another agent."}[r.bound]
	case r.bound && r.waiting != "":
		return "Cannot enter exclusive mode. A trial commit is underway in another configuration session."
	}
	r.holder, l.cand = l, maps.Clone(r.running)
	if r.foreign != "" {
		l.cand[r.foreign] = true
	}
	if r.bound {
		return ""
	}
	return "warning: uncommitted changes will be discarded on exit\nEntering configuration mode"
}

func (l *line) difference() string { return difference(l.r.running, l.cand) }

// bad says why a candidate cannot be committed, "" when it can.
func (l *line) bad() string {
	for have := range l.cand {
		if l.r.mark != "" && strings.HasPrefix(have, l.r.mark) && !l.r.running[have] {
			if l.r.bound {
				l.r.failed = "!! SEMANTIC ERRORS: rejected\n" + have + "\n!!% no such thing"
				return "% Failed to commit one or more configuration items during a pseudo-atomic operation."
			}
			return have + "\n  no such thing\nerror: configuration check-out failed: (missing mandatory statements)"
		}
	}
	return ""
}

func (l *line) commit(typed string, words []string) string {
	r := l.r
	timed := slices.Contains(words, "confirmed")
	if bad := l.bad(); bad != "" {
		return bad
	}
	if r.bound && typed == "commit" {
		switch {
		case r.waiting != "" && r.line == l:
			r.waiting = ""
			return "% Confirming commit for trial session."
		case l.difference() == "":
			return "No configuration changes to commit."
		}
	}
	if r.bound && r.waiting != "" {
		return "% Cannot commit because there is an unexpired trial/rollback session '00001000-00005b40-00000000'."
	}
	r.before, r.running, l.cand = r.running, maps.Clone(l.cand), maps.Clone(l.cand)
	if r.waiting = ""; timed {
		for _, w := range words {
			if strings.HasPrefix(w, "nm-") || w == "theirs" {
				r.waiting, r.line = w, l
			}
		}
	}
	if r.bound {
		r.holder = nil
		return "Thu Sep 17 10:00:00.000 UTC"
	}
	return "commit complete"
}

func (l *line) leave(typed string, answers map[string]string) (string, error) {
	r := l.r
	if r.stuck {
		return "", nil
	}
	trial := r.bound && r.waiting != "" && r.line == l
	question := ""
	switch {
	case trial:
		question = "Do you wish to exit? [no]:"
	case typed == "end" && l.difference() != "":
		question = "Uncommitted changes found, commit them before exiting(yes/no/cancel)? [cancel]:"
	case typed == "exit" && l.difference() != "":
		question = "Exit with uncommitted changes? [yes,no] (yes)"
	}
	if question != "" {
		typed := ""
		for part, words := range answers {
			if strings.Contains(question, part) {
				typed = words
			}
		}
		if typed != "yes" || strings.HasPrefix(question, "Uncommitted") {
			return "", fmt.Errorf("router: it asks %q: %w", question, mirror.ErrRejected)
		}
	}
	if trial {
		r.running, r.waiting = r.before, ""
	}
	if l.cand = nil; r.holder == l {
		r.holder = nil
	}
	return "", nil
}

// shows answers in normal mode.
func (r *router) shows(command string) string {
	if r.untold && command != "hello" {
		return "what"
	}
	switch command {
	case "hello":
		return "router 1"
	case "list":
		return strings.Join(slices.Sorted(maps.Keys(r.running)), "\n")
	case "show system commit":
		out := "0   2026-09-20 23:16:51 UTC by admin via cli commit confirmed, rollback in 1mins\n    " + r.waiting
		if r.waiting != "" {
			out += "\n    rollback pending"
		}
		return out
	case "show configuration sessions detail":
		if r.short {
			return "% Invalid input detected at '^' marker."
		}
		if r.waiting != "" || r.lingers > 0 {
			if r.waiting == "" {
				r.lingers--
			}
			return "2) Session: 00001000-00005b40-00000000 Client: commit-confirm"
		}
		return ""
	}
	return "error: unknown command."
}

func (l *line) Run(_ context.Context, commands ...string) (out []cli.Reply, err error) {
	for _, c := range commands {
		said, err := l.type1(c, nil)
		if err != nil {
			return out, err
		}
		out = append(out, cli.Reply{Command: c, Text: said})
	}
	return out, nil
}

func (l *line) RunConfirmed(context.Context, string, *regexp.Regexp) (cli.Reply, error) {
	return cli.Reply{}, mirror.ErrUnsupported
}

func (l *line) LineByLine() bool { return false }
func (l *line) Inside() bool     { return l.cand != nil }

func (l *line) Converse(_ context.Context, lines []string, answers map[string]string, stop func(cli.Reply) bool) (out []cli.Reply, err error) {
	for _, typed := range lines {
		said, err := l.type1(typed, answers)
		if err != nil {
			return out, err
		}
		if out = append(out, cli.Reply{Command: typed, Text: said}); stop(out[len(out)-1]) {
			break
		}
	}
	return out, nil
}

func (l *line) Configure(_ context.Context, blocks []cli.Block) ([]cli.BlockResult, error) {
	b := blocks[0]
	var out cli.BlockResult
	if l.Inside() {
		return nil, fmt.Errorf("router: it was not left: %w", mirror.ErrInvalid)
	}
	for _, typed := range b.Lines {
		out.Lines = append(out.Lines, cli.LineResult{Text: typed.Text})
	}
	said, err := l.type1(b.Enter[0], nil)
	if err != nil {
		return nil, err
	}
	if !l.Inside() {
		out.Err = &mirror.DeviceError{Sent: b.Enter[0], Answer: said}
		return []cli.BlockResult{out}, nil
	}
	for i := range out.Lines {
		r := &out.Lines[i]
		if r.Answer, err = l.type1(r.Text, nil); err != nil {
			return nil, err
		}
		r.Sent, r.Answered = true, true
		if r.Refused = b.Refused(r.Text, r.Answer); r.Refused && out.Err == nil {
			out.Err = &mirror.DeviceError{Sent: r.Text, Answer: r.Answer}
		}
	}
	return []cli.BlockResult{out}, nil
}

// firstWith is the first line of a text that begins with one of the words.
func firstWith(said string, words ...string) string {
	for l := range strings.Lines(said) {
		for _, w := range words {
			if strings.HasPrefix(l, w) {
				return strings.TrimSpace(l)
			}
		}
	}
	return ""
}

// reasons reads the words that stand below a line.
func reasons(said string) map[string]string {
	out := map[string]string{}
	last := ""
	for l := range strings.Lines(said) {
		l = strings.TrimRight(l, "\n")
		if words, why := strings.CutPrefix(strings.Replace(l, "  ", "!!% ", 1), "!!% "); why && !strings.HasPrefix(last, "!!") {
			out[last] = words
		}
		last = l
	}
	return out
}

func sharedCommit() *console.Commit {
	return &console.Commit{
		Always: true, Copy: true, Inside: true, ConfirmsAny: true, Do: "run ",
		Enter: func(string) string { return "configure exclusive" }, Leave: "exit", Discard: "rollback 0", Top: "top",
		Difference: "show | compare", Check: "commit check",
		Lines: func(reply string) (out []console.Difference, err error) {
			for l := range text.Raw(reply) {
				out = append(out, console.Difference{Line: l})
			}
			return out, nil
		},
		About: func(d console.Difference) console.About {
			about := console.About{Subject: d.Line[1:]}
			if words := strings.Fields(d.Line[1:]); words[0] == "vlan" {
				_, _ = fmt.Sscan(words[1], &about.VLAN)
			} else {
				about.Session = words[1]
			}
			return about
		},
		Arm: func(_ mirror.Facts, name string, within time.Duration) string {
			return fmt.Sprintf("commit confirmed %d comment %s", int(within/time.Minute), name)
		},
		Plain:  func(name string) string { return "commit comment " + name },
		Window: time.Minute,
		Said: func(answer string) (bool, string) {
			return firstWith(answer, "commit complete", "configuration check succeeds") != "", firstWith(answer, "error:")
		},
		Reasons: reasons,
		Confirm: func(string) []string { return []string{"commit check"} },
		Abort:   func(string) []string { return []string{"rollback 1", "commit"} },
		Answer:  map[string]string{"Exit with uncommitted changes": "yes"},
		Ask:     []string{"show system commit"},
		Waits: func(_ mirror.Facts, r console.Replies, _ time.Time) (out []console.Wait, err error) {
			if r["show system commit"] == "what" {
				return nil, fmt.Errorf("what: %w", mirror.ErrParse)
			}
			if said := r["show system commit"]; strings.Contains(said, "rollback pending") {
				w := console.Wait{Name: strings.Fields(strings.Split(said, "\n")[1])[0], Pending: mirror.Pending{Kind: mirror.WaitTimer}}
				if w.Tx, w.Ours = console.TxOf(w.Name); !w.Ours {
					w.Tx, w.Holder = "", "admin via cli"
				}
				out = append(out, w)
			}
			return out, nil
		},
	}
}

func boundCommit() *console.Commit {
	return &console.Commit{
		Always: true, Inside: true, Bound: true, Do: "do ",
		Enter: func(string) string { return "configure exclusive" }, Leave: "end", Discard: "abort",
		Difference: "show configuration", Empty: func(d string) bool { return d == "" },
		Arm: func(_ mirror.Facts, name string, within time.Duration) string {
			return fmt.Sprintf("commit label %s confirmed %d", name, int(within/time.Second))
		},
		Plain:  func(name string) string { return "commit label " + name },
		Window: 30 * time.Second,
		Said: func(answer string) (bool, string) {
			if strings.Contains(answer, "% Confirming commit") {
				return true, ""
			}
			return firstWith(answer, "%", "No configuration changes") == "", firstWith(answer, "% Failed", "% Cannot", "% try again")
		},
		Failed: "show configuration failed", Reasons: reasons,
		Confirm: func(string) []string { return []string{"commit"} },
		Abort:   func(string) []string { return []string{"end"} },
		Answer:  map[string]string{"Do you wish to exit": "yes"},
		Ask:     []string{"show configuration sessions detail"},
		Waits: func(_ mirror.Facts, r console.Replies, _ time.Time) (out []console.Wait, err error) {
			if r["show configuration sessions detail"] == "what" {
				return nil, fmt.Errorf("what: %w", mirror.ErrParse)
			}
			if strings.Contains(r["show configuration sessions detail"], "commit-confirm") {
				out = append(out, console.Wait{Pending: mirror.Pending{Kind: mirror.WaitTrial}})
			}
			return out, nil
		},
		Unlisted: func(r console.Replies) bool { return strings.HasPrefix(r["show configuration sessions detail"], "%") },
	}
}

// routerDriver is a driver of routers.
func routerDriver(t *testing.T, bound bool) *console.Driver {
	t.Helper()
	yes := mirror.Support{Level: mirror.Yes}
	refused := func(answer string) (string, bool) {
		words := firstWith(answer, "%", "error:", "syntax error")
		return words, words != ""
	}
	p := console.Platform{
		Key:   "cisco_iosxe", // whose templates are replaced
		Ports: &text.Grammar{Kinds: []text.Kind{{Full: "p", Short: "p"}}, Number: regexp.MustCompile(`^\d$`)},
		Noise: &text.Noise{},
		Can: func(mirror.Facts) mirror.Capabilities {
			return mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes, mirror.RoleRSPANSource: yes}, NativeIDs: nil, Marks: true,
				Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: {mirror.RX: yes}}}
		},
		Hello: console.Hello{Ask: []string{"hello"}, Facts: func(console.Replies) (mirror.Facts, error) { return mirror.Facts{Version: "1"}, nil }},
		Reads: console.Reads{Narrow: "list", Refused: refused, Absent: func(string) bool { return false },
			Observe: func(_ mirror.Facts, r console.Replies, _ any) (o mirror.Observation, err error) {
				for l := range text.Raw(r["list"]) {
					words := strings.Fields(l)
					if words[0] == "copy" {
						n := mirror.NativeSession{ID: words[1], Spec: mirror.NativeSpec{Role: mirror.RoleLocal}}
						if len(words) > 4 {
							n.Spec.Role = mirror.RoleRSPANSource
							_, _ = fmt.Sscan(words[4], &n.Spec.RemoteVLAN)
						}
						o.Natives = append(o.Natives, n)
					}
				}
				return o, nil
			}},
		Words: console.Words{
			Write:   func(_ mirror.Facts, c mirror.Change) (string, any, error) { return "classic.tmpl", c, nil },
			Against: func(mirror.Facts, mirror.Observation, mirror.NativeSpec) []mirror.Reason { return nil },
			ID:      func(id string) bool { return id != "" },
		},
		Footing: &console.Footing{VLAN: func(int) bool { return true }},
		Send: console.Send{Refused: refused, Allowed: func(mirror.Change, string, string) bool { return true },
			Later: func(words string) bool { return strings.Contains(words, "try again") }},
		Commit: map[bool]*console.Commit{false: sharedCommit(), true: boundCommit()}[bound],
	}
	d, err := console.New(p, fstest.MapFS{
		"cisco_iosxe/classic.tmpl": {Data: []byte("{{if .After}}copy {{.After.ID}} p1{{with .After.Spec.RemoteVLAN}} vlan {{.}}{{end}}\n{{else}}no copy {{.Before.ID}}\n{{end}}")},
		"cisco_iosxe/footing.tmpl": {Data: []byte("{{if .Make}}vlan {{.VLAN}}\n{{end}}{{if .Unmake}}no vlan {{.VLAN}}\n{{end}}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// dial opens a connection; confirm is the device's setting.
func (r *router) dial(t *testing.T, confirm string) (*console.Driver, *console.Conn, *line) {
	t.Helper()
	return r.dialWithin(t, confirm, 0)
}

func (r *router) dialWithin(t *testing.T, confirm string, window time.Duration) (*console.Driver, *console.Conn, *line) {
	t.Helper()
	d := routerDriver(t, r.bound)
	l := &line{r: r}
	c, err := d.Over(t.Context(), l, mirror.Target{Device: mirror.Device{Name: "r1", Confirm: confirm, ConfirmWindow: mirror.Duration(window)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.sent = nil
	return d, c, l
}

// said is what was typed over a connection, in order.
func (l *line) said() string { return strings.Join(l.sent, "; ") }
