package junos

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

const stamp = "2006-01-02 15:04:05 MST"

// in lists who configures in a mode.
func (d *device) in(m mode) (out []*cli) {
	for _, c := range d.clis {
		if c.mode == m {
			out = append(out, c)
		}
	}
	return out
}

// told is how a user who configures is listed.
func (c *cli) told() string {
	text := fmt.Sprintf("  %s terminal %s (pid %d) on since %s", c.user, c.tty, c.pid, c.since.UTC().Format(stamp))
	if c.mode == exclusive {
		idle := int(time.Since(c.typed).Seconds())
		return text + fmt.Sprintf(", idle %02d:%02d:%02d\n      exclusive %s\n", idle/3600, idle/60%60, idle%60, strings.TrimRight("[edit "+c.place(), " ")+"]")
	}
	return text + "\n      " + strings.TrimRight("[edit "+c.place(), " ") + "]\n"
}

func toldAll(list []*cli) (text string) {
	for _, c := range list {
		text += c.told()
	}
	if text != "" {
		text = "Users currently editing the configuration:\n" + text
	}
	return text
}

// heldBy is the refusal while somebody else has the configuration for himself.
func (c *cli) heldBy() string {
	for _, o := range c.d.in(exclusive) {
		if o != c {
			return "error: configuration database locked by:\n" + o.told()
		}
	}
	return ""
}

func configureCommands(g *grammar) {
	g.Add("configure", func(c *cli, _ *args) reply { return c.enter(shared) })
	g.Add("configure exclusive", func(c *cli, _ *args) reply { return c.enter(exclusive) })
	g.Add("configure private", func(c *cli, _ *args) reply { return c.enter(private) })
	g.Add("edit", func(c *cli, _ *args) reply { return c.enter(shared) })
}

// enter begins to configure, or says why not (fact sheet on transactions, 2.2).
func (c *cli) enter(m mode) reply {
	d, most, editing := c.d, 32, toldAll(c.d.in(shared))
	switch {
	case c.heldBy() != "":
		return say(c.heldBy())
	case len(d.in(shared))+len(d.in(private)) >= most:
		return say("error: too many users in configuration mode" + notRecorded + "\n")
	case m == exclusive && d.Edited():
		return say(editing + "error: configuration database modified\n")
	case m == private && d.Edited():
		return say("error: shared configuration database modified\n")
	case m == shared && len(d.in(private)) > 0:
		return say("error: private edits in use. Try 'configure private' or 'configure exclusive'\n")
	}
	text := "Entering configuration mode\n"
	switch {
	case m == shared && d.Edited():
		text += editing + "The configuration has been changed but not committed\n"
	case m == shared:
		text += editing
	default:
		text = "warning: uncommitted changes will be discarded on exit\n" + text
	}
	c.mode, c.at, c.since, c.typed = m, nil, time.Now(), time.Now()
	if m == private {
		c.base, c.work = d.Running.Clone(), d.Running.Clone()
	}
	return say(text)
}

// candidate is what the user's lines change.
func (c *cli) candidate() config {
	if c.mode == private {
		return c.work
	}
	return c.d.Work
}

// before is what the user's candidate is compared with.
func (c *cli) before() config {
	if c.mode == private {
		return c.base
	}
	return c.d.Running
}

func (c *cli) edited() bool { return text(c.candidate()) != text(c.before()) }

// leave ends configuration: what is not committed goes, but for the shared candidate
// that nobody had for himself.
func (c *cli) leave() {
	if c.mode == exclusive {
		c.d.Discard()
	}
	c.mode, c.at, c.base, c.work, c.loading = operational, nil, nil, nil, nil
}

// exit leaves configuration; with edits it asks.
func (c *cli) exit() reply {
	out := func() reply { c.leave(); return say("Exiting configuration mode\n") }
	if !c.edited() {
		return out()
	}
	return reply{Text: "The configuration has been changed but not committed\n", Ask: &question{Prompt: "Exit with uncommitted changes? [yes,no] (yes) ", Then: func(answer string) reply {
		defer c.d.locked()()
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "n") {
			return reply{}
		}
		return out()
	}}}
}

// edit carries out a line that edits the candidate.
func (c *cli) edit(verb, rest string, col int) reply {
	if held := c.heldBy(); held != "" && c.mode == shared {
		return say(held)
	}
	toks := cmdline.Quoted(rest)
	answer, fault := change(c.candidate(), c.at, verb, toks)
	if fault != nil {
		return say(c.caret(col+fault.Col) + faultText(fault, toks))
	}
	return say(answer)
}

func configCommands(g *grammar) {
	g.Add("exit", func(c *cli, _ *args) reply {
		if len(c.at) > 0 {
			c.at = nil
			return reply{}
		}
		return c.exit()
	})
	g.Add("quit", func(c *cli, _ *args) reply { return c.exit() })
	g.Add("{exit | quit} configuration-mode", func(c *cli, _ *args) reply { return c.exit() })
	g.Add("top", func(c *cli, _ *args) reply { c.at = nil; return reply{} })
	g.Add("up", func(c *cli, _ *args) reply { c.at = c.at[:max(0, len(c.at)-1)]; return reply{} })
	g.Add("edit <path:line>", func(c *cli, _ *args) reply {
		_, rest, _ := strings.Cut(c.line, " ")
		toks := cmdline.Quoted(rest)
		path, fault := c.candidate().Form().Path(slices.Concat(c.at, toks), true)
		if fault != nil {
			return say(c.caret(len(c.line)-len(rest)+fault.Col) + faultText(fault, toks))
		}
		c.at = nil
		for _, s := range path {
			c.at = append(c.at, cmdline.Token{Text: s.Word})
		}
		return reply{}
	})
	g.Add("show [<path:line>]", showCandidate)
	g.Add("status", func(c *cli, _ *args) reply {
		return say(toldAll(slices.Concat(c.d.in(shared), c.d.in(exclusive), c.d.in(private))))
	})
	g.Add("rollback [<n:0-49>]", func(c *cli, a *args) reply {
		n := a.Num("n")
		switch {
		case c.mode == shared && c.heldBy() != "":
			return say(c.heldBy())
		case n >= len(c.d.History):
			return say(fmt.Sprintf("error: rollback %d does not exist%s\n", n, notRecorded))
		}
		was := c.d.History[n].Config.Clone()
		if c.mode == private {
			c.work = was
		} else {
			c.d.Work = was
		}
		return say("load complete\n")
	})
	g.Add("load set terminal", func(c *cli, _ *args) reply {
		c.loading = &[]string{}
		return say("[Type ^D at a new line to end input]\n")
	})
	g.Add("commit [<words:line>]", func(c *cli, _ *args) reply { return c.commit(cmdline.Quoted(c.line)[1:]) })
}

// loaded carries out what was loaded from the terminal: lines that are refused are
// told, the others hold.
func (c *cli) loaded() reply {
	typed, text, bad := *c.loading, "", 0
	c.loading = nil
	for i, line := range typed {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if verb == "" || strings.HasPrefix(verb, "#") {
			continue
		}
		toks := cmdline.Quoted(rest)
		answer, fault := change(c.candidate(), c.at, verb, toks)
		if text += answer; fault != nil {
			bad++
			text += fmt.Sprintf("terminal:%d:(%d) %s", i+1, len(verb)+1+fault.Col, faultText(fault, toks))
		}
	}
	if bad > 0 {
		return say(text + fmt.Sprintf("load complete (%d errors)\n", bad))
	}
	return say(text + "load complete\n")
}

// What is asked of a commit.
type order struct {
	check, quit bool
	window      time.Duration
	comment     string
}

// orderOf reads the words behind "commit".
func orderOf(toks []cmdline.Token) (o order, bad *cmdline.Token) {
	for i := 0; i < len(toks); i++ {
		more := i+1 < len(toks)
		switch w := toks[i].Text; {
		case w == "check":
			o.check = true
		case w == "confirmed":
			o.window = 10 * time.Minute
			if n := 0; more {
				if n = cmdline.Atoi(toks[i+1].Text, 0); n > 0 && n <= 65535 {
					o.window, i = time.Duration(n)*time.Minute, i+1
				}
			}
		case w == "comment" && more:
			i++
			o.comment = toks[i].Text
		case w == "and-quit":
			o.quit = true
		case w == "synchronize", w == "no-synchronize", w == "force":
		default:
			return o, &toks[i]
		}
	}
	return o, nil
}

// commit checks a candidate and puts it in force. Every commit and every check
// confirms what waits, whoever's it is.
func (c *cli) commit(toks []cmdline.Token) reply {
	d := c.d
	o, bad := orderOf(toks)
	switch held := c.heldBy(); {
	case bad != nil:
		return say(c.caret(bad.Col) + "syntax error.\n")
	case held != "" && c.mode == shared:
		return say(held)
	case c.mode == private && o.window > 0:
		return say("error: commit confirmed not supported for private configuration\n")
	}
	next := c.candidate()
	if c.mode == private {
		next = merge(c.base, c.work, d.Running)
	}
	if why := d.refuses(next); why != "" {
		return say(why + "error: configuration check-out failed\n")
	}
	e := plant.Entry[config]{By: c.user, Via: "cli", Comment: o.comment, Window: o.window}
	checked, said := c.members("configuration check succeeds"), ""
	switch {
	case o.check:
		d.confirm(e)
		return say(checked)
	case text(next) == text(d.Running) && o.window == 0:
		d.confirm(e)
	default:
		clean := !d.Edited()
		if d.Commit(next, e); c.mode != private || clean {
			d.Discard()
		}
	}
	if d.model.members > 1 {
		said = checked
	}
	if o.window > 0 {
		said += fmt.Sprintf("commit confirmed will be automatically rolled back in %d minutes unless confirmed\n", int(o.window.Minutes()))
	}
	said += c.members("commit complete")
	if c.mode == private {
		c.base, c.work = d.Running.Clone(), d.Running.Clone()
	}
	if o.quit {
		c.leave()
		said += "Exiting configuration mode\n"
	}
	return reply{Text: said, Commit: true}
}

// confirm keeps what waits for good. Evolved lists that as a commit of its own, others
// do not (fact sheet on transactions, 2.4).
func (d *device) confirm(e plant.Entry[config]) {
	if d.Confirm(e.By) == nil && d.model.evolved {
		e.Window = 0
		d.Commit(d.Running, e)
	}
}

// members is what each member of a Virtual Chassis says; one alone has no heading.
func (c *cli) members(said string) string {
	if c.d.model.members < 2 {
		return said + "\n"
	}
	text := ""
	for i := range c.d.model.members {
		text += fmt.Sprintf("fpc%d:\n%s\n", i, said)
	}
	return text
}

// showCandidate shows the candidate from where one edits, or what is changed in it.
func showCandidate(c *cli, _ *args) reply {
	command, _, _ := c.Cut(c.line)
	_, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
	if c.view.compare {
		from := c.before()
		if n := c.view.rollback; n > 0 && n < len(c.d.History) {
			from = c.d.History[n].Config
		}
		return say(cmdline.Compare(from, c.candidate()))
	}
	return c.display(c.candidate(), rest, strings.LastIndex(command, rest))
}

// display shows a configuration below a path, as blocks or as the commands that make
// it.
func (c *cli) display(all config, path string, col int) reply {
	toks := cmdline.Quoted(path)
	steps, fault := all.Form().Path(slices.Concat(c.at, toks), false)
	if fault != nil {
		return say(c.caret(col+fault.Col) + faultText(fault, toks))
	}
	if c.view.inherit {
		all = all.Inherit()
	}
	n, prefix := all.Find(steps), ""
	if n == nil {
		return reply{}
	}
	for _, s := range steps {
		prefix += " " + cmdline.Quote(s.Word)
	}
	switch {
	case !c.view.set:
		return say(lines(n.Text(c.view.inherit)))
	case len(n.Kids) == 0 && prefix != "":
		return say("set" + prefix + "\n")
	}
	out := n.Lines(prefix, false)
	if n.Inactive {
		out = append(out, "deactivate"+prefix)
	}
	return say(lines(out))
}
