package junos

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

const stamp = "2006-01-02 15:04:05 MST"

// told is how a user who configures is listed.
func (c *cli) told() string { return listed(c.user, c.tty, c.pid, c.Editor, c.typed, c.place()) }

// listed is how somebody who configures is: over NETCONF he has no terminal.
func listed(user, tty string, pid int, e *plant.Editor[config], typed time.Time, place string) string {
	text := fmt.Sprintf("  %s terminal %s (pid %d) on since %s", user, tty, pid, e.Since.UTC().Format(stamp))
	place = strings.TrimRight("[edit "+place, " ") + "]\n"
	if e.Mode == plant.Alone {
		idle := int(time.Since(typed).Seconds())
		return text + fmt.Sprintf(", idle %02d:%02d:%02d\n      exclusive ", idle/3600, idle/60%60, idle%60) + place
	}
	return text + "\n      " + place
}

// held is the refusal while somebody else has the configuration for himself.
func (d *device) held() reply {
	return say("error: " + d.barred(plant.ErrHeld, plant.Together))
}

func configureCommands(g *grammar) {
	g.Add("configure", func(c *cli, _ *args) reply { return c.enter(plant.Together) })
	g.Add("configure exclusive", func(c *cli, _ *args) reply { return c.enter(plant.Alone) })
	g.Add("configure private", func(c *cli, _ *args) reply { return c.enter(plant.Apart) })
	g.Add("edit", func(c *cli, _ *args) reply { return c.enter(plant.Together) })
}

// mostEditors is how many may configure at a time (fact sheet on transactions, 2.2).
const mostEditors = 32

// editing lists who edits the shared candidate.
func (d *device) editing() string {
	if list := d.Listed(plant.Together); list != "" {
		return "Users currently editing the configuration:\n" + list
	}
	return ""
}

// barred is why somebody may not begin to configure.
func (d *device) barred(err error, m plant.Mode) string {
	switch {
	case errors.Is(err, plant.ErrHeld):
		return "configuration database locked by:\n" + d.Listed(plant.Alone)
	case errors.Is(err, plant.ErrEdited) && m == plant.Alone:
		return "configuration database modified\n"
	case errors.Is(err, plant.ErrEdited):
		return "shared configuration database modified\n"
	case errors.Is(err, plant.ErrApart):
		return "private edits in use. Try 'configure private' or 'configure exclusive'\n"
	}
	return "too many users in configuration mode" + notRecorded + "\n"
}

// enter begins to configure, or says why not (fact sheet on transactions, 2.2).
func (c *cli) enter(m plant.Mode) reply {
	d, text := c.d, "Entering configuration mode\n"
	editing := d.editing()
	switch err := c.Enter(m, mostEditors); {
	case err != nil && errors.Is(err, plant.ErrEdited) && m == plant.Alone:
		return say(editing + "error: " + d.barred(err, m))
	case err != nil:
		return say("error: " + d.barred(err, m))
	case m != plant.Together:
		text = "warning: uncommitted changes will be discarded on exit\n" + text
	case c.Changed():
		text += editing + "The configuration has been changed but not committed\n"
	default:
		text += editing
	}
	c.at, c.typed = nil, time.Now()
	return say(text)
}

// leave ends configuration.
func (c *cli) leave() { c.Leave(); c.at, c.loading = nil, nil }

// exit leaves configuration; with edits it asks.
func (c *cli) exit() reply {
	out := func() reply { c.leave(); return say("Exiting configuration mode\n") }
	if !c.Changed() {
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
	if c.Held() {
		return c.d.held()
	}
	toks := cmdline.Quoted(rest)
	answer, fault := change(c.Candidate(), c.at, verb, toks)
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
		path, fault := c.Candidate().Form().Path(slices.Concat(c.at, toks), true)
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
	g.Add("status", func(c *cli, _ *args) reply { return say(c.d.Listed(plant.Together, plant.Alone, plant.Apart)) })
	g.Add("rollback [<n:0-49>]", func(c *cli, a *args) reply {
		n := a.Num("n")
		switch {
		case c.Held():
			return c.d.held()
		case n >= len(c.d.History):
			return say(fmt.Sprintf("error: rollback %d does not exist%s\n", n, notRecorded))
		}
		c.Replace(c.d.History[n].Config)
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
		answer, fault := change(c.Candidate(), c.at, verb, toks)
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

// orderOf reads the words behind "commit": what is told of it in the history, and what
// else it is to do.
func orderOf(toks []cmdline.Token) (e plant.Entry[config], check, quit bool, bad *cmdline.Token) {
	for i := 0; i < len(toks); i++ {
		next := append(toks[i+1:], cmdline.Token{})[0].Text
		switch n := cmdline.Atoi(next, 0); toks[i].Text {
		case "check":
			check = true
		case "and-quit":
			quit = true
		case "confirmed":
			if e.Window = 10 * time.Minute; n > 0 && n <= 65535 {
				e.Window, i = time.Duration(n)*time.Minute, i+1
			}
		case "comment":
			e.Comment, i = next, i+1
		case "synchronize", "no-synchronize", "force":
		default:
			return e, check, quit, &toks[i]
		}
	}
	return e, check, quit, nil
}

// commit checks a candidate and puts it in force. Every commit and every check
// confirms what waits, whoever's it is.
func (c *cli) commit(toks []cmdline.Token) reply {
	d := c.d
	e, check, quit, bad := orderOf(toks)
	e.By, e.Via = c.user, "cli"
	switch {
	case bad != nil:
		return say(c.caret(bad.Col) + "syntax error.\n")
	case c.Held():
		return d.held()
	case c.Mode == plant.Apart && e.Window > 0:
		return say("error: commit confirmed not supported for private configuration\n")
	}
	if why := d.conclude(c.Editor, e, check); why != nil {
		return say(why.text() + "error: configuration check-out failed\n")
	}
	said := d.members("configuration check succeeds")
	if check {
		return say(said)
	}
	if d.model.members < 2 {
		said = ""
	}
	if e.Window > 0 {
		said += fmt.Sprintf("commit confirmed will be automatically rolled back in %d minutes unless confirmed\n", int(e.Window.Minutes()))
	}
	said += d.members("commit complete")
	if quit {
		c.leave()
		said += "Exiting configuration mode\n"
	}
	return reply{Text: said, Commit: true}
}

// conclude checks what somebody edited and, unless that is all, puts it in force. Either
// confirms what waits.
func (d *device) conclude(from *plant.Editor[config], e plant.Entry[config], check bool) complaints {
	if why := d.refuses(from.Next()); why != nil {
		return why
	}
	if d.Waiting != nil && d.model.evolved && (check || !from.Changed() && e.Window == 0) {
		d.Commit(d.Running, plant.Entry[config]{By: e.By, Via: e.Via, Comment: e.Comment}) // it lists what confirms (2.4)
	}
	if check {
		_ = d.Confirm(e.By) // something waits, or nothing
		return nil
	}
	from.Commit(e)
	return nil
}

// members is what each member of a Virtual Chassis says; one alone has no heading.
func (d *device) members(said string) (text string) {
	for i := range d.model.members {
		if d.model.members > 1 {
			text += fmt.Sprintf("fpc%d:\n", i)
		}
		text += said + "\n"
	}
	return text
}

// showCandidate shows the candidate from where one edits, or what is changed in it.
func showCandidate(c *cli, _ *args) reply {
	command, _, _ := c.Cut(c.line)
	_, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
	if c.view.compare {
		from := c.Before()
		if n := c.view.rollback; n > 0 && n < len(c.d.History) {
			from = c.d.History[n].Config
		}
		return say(cmdline.Compare(from, c.Candidate()))
	}
	return c.display(c.Candidate(), c.at, rest, strings.LastIndex(command, rest))
}

// display shows a configuration below a path from some place, as blocks or as the
// commands that make it.
func (c *cli) display(all config, from []cmdline.Token, path string, col int) reply {
	toks := cmdline.Quoted(path)
	steps, fault := all.Form().Path(slices.Concat(from, toks), false)
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
	if !c.view.set {
		return say(lines(n.Text(c.view.inherit)))
	}
	out := n.Lines(prefix, false)
	if len(n.Kids) == 0 && prefix != "" {
		out = []string{"set" + prefix}
	}
	if n.Inactive {
		out = append(out, "deactivate"+prefix)
	}
	return say(lines(out))
}
