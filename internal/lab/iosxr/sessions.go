package iosxr

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// expiryLag is how late a trial is taken back, lingers how long the row of a session is
// listed whose connection is lost (fact sheet on transactions, 0 and 3.2).
const (
	expiryLag = 2 * time.Second
	lingers   = 9 * time.Minute
)

// The words of refusals (fact sheet on transactions, 3.2 and 3.4).
const (
	trialElsewhere = "Cannot enter exclusive mode. A trial commit is underway in another configuration session.\n"
	lockedBy       = " enter exclusive mode. The Configuration Namespace is locked by another agent.\n"
	unexpired      = "%% Cannot commit because there is an unexpired trial/rollback session '%s'.\n"
	failedCommit   = "% Failed to commit one or more configuration items during a pseudo-atomic operation. All changes made have been reverted. " +
		"Please issue 'show configuration failed [inheritance]' from this session to view the errors\n"
	exiting = "You are exiting after a 'commit confirm' with an active rollback session.  If you exit the configuration awaiting confirmation\n" +
		"will not be confirmed and the router will immediately rollback to the previous configuration.\nDo you wish to exit? [no]:"
	overtaken = "One or more commits have occurred from other configuration sessions since this session started or since the last commit was made from this session. " +
		"You can use the 'show configuration commit changes' command to browse the changes.\nDo you wish to proceed with this commit anyway? [no]:"
)

// configure opens a session.
func (c *cli) configure(exclusive bool) reply {
	who := c.who
	who.Locked = exclusive
	t, err := c.d.Store.Open(who)
	switch {
	case errors.Is(err, plant.ErrWaits):
		return say(trialElsewhere)
	case err != nil:
		return say(c.d.showSessions(false) + map[bool]string{true: "Cannot", false: "Can not"}[c.d.model.from(7, 0)] + lockedBy)
	}
	c.target, c.path, c.notes, c.failed = t, nil, nil, ""
	return reply{}
}

// leave ends the session with what was not committed.
func (c *cli) leave(lingers time.Duration) {
	c.d.Shut(c.target, lingers)
	c.target, c.path, c.notes = nil, nil, nil
}

// end leaves configuration: `end`, the last `exit`, and Ctrl-Z. What waits or was not
// committed is asked about.
func (c *cli) end() reply {
	d := c.d
	switch {
	case d.Tries(c.target):
		return c.confirm(exiting, c.abort)
	case !d.Changes(c.target):
		c.leave(0)
	case d.Waiting != nil:
		c.leave(0)
		return say("No changes will be saved because there is a concurrent trial configuration session.\n")
	default:
		return c.ask("Uncommitted changes found, commit them before exiting(yes/no/cancel)? [cancel]:", func(answer string) (r reply) {
			if isWord(answer, "yes") {
				r = c.commit(&args{}, 0, false)
			}
			if r.Commit || isWord(answer, "no") {
				c.leave(0)
			}
			return r
		})
	}
	return reply{}
}

// abort leaves without a question. In a trial it takes back, as leaving does; whether a
// router asks before is not recorded.
func (c *cli) abort() reply {
	_ = c.d.Revoke(c.target) // if it has one waiting
	c.leave(0)
	return reply{}
}

// window is how long a commit waits to be confirmed. Ten minutes are general knowledge.
func window(a *args) time.Duration {
	switch {
	case !a.Has("confirmed"):
		return 0
	case a.Num("m") > 0:
		return time.Duration(a.Num("m")) * time.Minute
	case a.Num("s") > 0:
		return time.Duration(a.Num("s")) * time.Second
	}
	return 10 * time.Minute
}

// sessionCommands are those of a session in every mode.
func sessionCommands(g *grammar) {
	put := func(c *cli, a *args) reply { return c.commit(a, window(a), false) }
	const confirmed = "confirmed [{<s:30-65535> | minutes <m:1-1024>}]"
	g.Add("commit [label <label:label>] [show-error]", put)
	g.Add("commit [label <label:label>] comment <comment:line>", put)
	g.Add("commit "+confirmed+" [show-error]", put)
	for _, both := range []string{"label <label:label> " + confirmed, confirmed + " label <label:label>", confirmed + " [label <label:label>] comment <comment:line>", "label <label:label> comment <comment:word> " + confirmed} {
		g.Add("commit "+both, func(c *cli, a *args) reply {
			if !c.d.model.from(6, 5) { // older releases know the one or the other (from 6.5.3)
				return c.complain("", &cmdline.Fault{Col: len("commit ")})
			}
			return put(c, a)
		})
	}
	g.Add("abort", func(c *cli, _ *args) reply { return c.abort() })
	g.Add("clear", quiet(func(c *cli, _ *args) { c.target.Clear(); c.failed, c.path = "", nil }))
	g.Add("show", tells(func(c *cli, _ *args) string { return c.now().Text() }))
	g.Add("show configuration", tells(func(c *cli, _ *args) string { return c.d.header() + c.now().Delta(c.d.Running.Keyed) + "end\n\n" }))
	g.Add("show commit changes diff", tells(func(c *cli, _ *args) string { return c.d.header() + c.now().Signed(c.d.Running.Keyed) + "end\n\n" }))
	g.Add("show configuration failed [{inheritance | noerrors}]", tells(func(c *cli, _ *args) string { return c.failed }))
	runningCommands(g)
}

// commit puts what was typed in force, or confirms what this session has waiting.
func (c *cli) commit(a *args, within time.Duration, anyway bool) reply {
	d, tries := c.d, c.d.Tries(c.target)
	label, changes := a.Str("label"), d.Changes(c.target)
	switch {
	case !changes && !(tries && within == 0):
		return say("No configuration changes to commit.\n") // and no trial
	case d.Waiting != nil && (!tries || within > 0):
		return say(fmt.Sprintf(unexpired, d.trial()))
	case d.Locker() != nil && d.Locker() != c.target:
		return say("% Failed to commit: the Configuration Namespace is locked by another agent. (simulation: the router's words are not recorded)\n")
	case label != "" && slices.ContainsFunc(d.Commits(), func(o plant.Commit[*config]) bool { return o.Label == label }):
		return say("% Failed to commit: the label '" + label + "' is already used. (simulation: the router's words are not recorded)\n")
	case changes && d.Overtaken(c.target) && !anyway:
		return c.confirm(overtaken, func() reply { return c.commit(a, within, true) })
	}
	if c.failed = ""; changes {
		if c.failed = d.refused(c.now()); c.failed != "" {
			return say(failedCommit + map[bool]string{true: c.failed}[a.Has("show-error")])
		}
	}
	if err := d.Put(c.target, label, a.Str("comment"), within); err != nil {
		return say("% Failed to commit: " + err.Error() + "\n")
	}
	return reply{Text: map[bool]string{true: "% Confirming commit for trial session.\n"}[tries], Commit: true}
}

// A failure is a line that the router refuses at the commit.
type failure struct {
	path   []string
	reason string
}

// failures are what is wrong with a configuration that cannot be put in force. Most of
// what makes no sense is taken, and its status says so; what the fact sheet restricts is
// refused here. The words are not recorded.
func (d *device) failures(c *config) (out []failure) {
	fail := func(reason string, path ...string) {
		out = append(out, failure{path, reason + " (simulation: the router's words are not recorded)"})
	}
	spans, all := c.spans(), c.attachments()
	for _, m := range spans[min(d.model.sessions, len(spans)):] {
		fail(fmt.Sprintf("%d sessions are the most", d.model.sessions), m.Text)
	}
	for _, a := range all[min(cmp.Or(d.model.sources, len(all)), len(all)):] {
		fail(fmt.Sprintf("%d source interfaces are the most", d.model.sources), c.port(a.port).Text, a.Text)
	}
	ends := map[string]bool{}
	for _, m := range spans {
		for _, p := range m.ports() {
			switch ends[p] = true; {
			case d.model.family == asr9000 && isBundle(cmdline.PortOf(p)) && !d.model.from(7, 0), d.model.family == cisco8000 && c.bundle(p) != "":
				fail("a bundle or a member of one cannot be a destination", m.Text, "destination interface "+p)
			}
		}
	}
	for _, a := range all {
		local := c.span(a.name) != nil && slices.ContainsFunc(c.span(a.name).ports(), func(p string) bool { return !isTunnel(p) })
		bad := func(reason string) { fail(reason, c.port(a.port).Text, a.Text) }
		switch {
		case d.model.family != cisco8000:
		case a.has("port-level"):
			bad("port-level is not supported")
		case local && a.direction()&plant.TX != 0:
			bad("a local session does not copy what leaves")
		case c.bundle(a.port) != "":
			bad("a member of a bundle cannot be a source")
		case ends[a.port]:
			bad("a destination cannot be a source")
		}
	}
	return out
}

// refused is what `show configuration failed` says of what would be wrong and is not yet
// so, "" when nothing is.
func (d *device) refused(next *config) string {
	was := d.failures(d.Running)
	fails := slices.DeleteFunc(d.failures(next), func(f failure) bool {
		return slices.ContainsFunc(was, func(o failure) bool { return o.reason == f.reason && slices.Equal(o.path, f.path) })
	})
	for _, b := range d.Running.Blocks() { // general knowledge
		if strings.Contains(b.Text, " access-list ") && next.Find(b.Text).Node == nil && len(next.attachedTo(b.Text)) > 0 {
			fails = append(fails, failure{[]string{"no " + b.Text}, "the list is attached to " + strings.Join(next.attachedTo(b.Text), ", ") + " (simulation: the router's words are not recorded)"})
		}
	}
	if len(fails) == 0 {
		return ""
	}
	text := "!! SEMANTIC ERRORS: This configuration was rejected by \n!! the system due to semantic errors. The individual \n!! errors with each failed configuration command can be \n!! found below.\n\n\n"
	for _, f := range fails {
		closing := ""
		for i, l := range f.path {
			indent := strings.Repeat(" ", i)
			text += indent + l + "\n"
			if i < len(f.path)-1 {
				closing = indent + "!\n" + closing
			}
		}
		text += "!!% " + f.reason + "\n" + closing
	}
	return text + "end\n\n"
}

// showSessions lists the open sessions, and the one whose commit waits (fact sheet on
// transactions, 3.3; how the lines are cut is not recorded).
func (d *device) showSessions(detail bool) string {
	t, text := cmdline.Columns{Format: "%-27s %-10s %-10s %-24s %s"}, ""
	t.Row("Session", "Line", "User", "Date", "Lock")
	all := d.Sessions()
	for i, r := range all {
		date, lock, client := r.Since.UTC().Format(time.ANSIC), map[bool]string{true: "*"}[r.Locked], cmp.Or(r.Client, "CLI")+"  Process: config"
		if r.Waits {
			client = "commit-confirm  Process: cfgmgr_trial_co"
		}
		t.Row(r.ID, r.Line, r.User, date, lock)
		text += fmt.Sprintf("%d) Session: %s\n   Line: %s  Lock: %s  User: %s\n   Client: %s  Date: %s\n", i+1, r.ID, r.Line, cmp.Or(lock, "None"), r.User, client, date)
	}
	if !detail && len(all) > 0 {
		return t.String()
	}
	return text
}

// trial is the session whose commit waits.
func (d *device) trial() string {
	all := d.Sessions()
	return all[len(all)-1].ID
}

// showCommits is the history, the last commit first.
func showCommits(c *cli, a *args) string {
	t := cmdline.Columns{Format: "%-4v %-22s %-9s %-19s %-11s %s"}
	t.Row("SNo.", "Label/ID", "User", "Line", "Client", "Time Stamp")
	t.Row("~~~~", "~~~~~~~~", "~~~~", "~~~~", "~~~~~~", "~~~~~~~~~~")
	for i, r := range c.d.Commits() {
		if a.Num("n") == 0 || i < a.Num("n") {
			t.Row(i+1, cmp.Or(r.Label, fmt.Sprint(1000000000+r.ID)), r.User, r.Line+":node0_"+strings.ReplaceAll(c.d.model.node(), "/", "_"), r.Client, r.At.UTC().Format(time.ANSIC))
		}
	}
	return t.String()
}
