package iosxr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// say answers with a text; nothing is the usual answer.
func say(text string) reply { return reply{Text: text} }

// A run carries out a matched line.
type run func(c *cli, a *args) reply

// quiet is a run that says nothing.
func quiet(do func(c *cli, a *args)) run {
	return func(c *cli, a *args) reply { do(c, a); return reply{} }
}

// tells is a run that prints a text.
func tells(show func(c *cli, a *args) string) run {
	return func(c *cli, a *args) reply { return say(show(c, a)) }
}

type (
	grammar  = cmdline.Grammar[run]
	args     = cmdline.Args
	reply    = cmdline.Reply
	question = cmdline.Question
	target   = plant.Target[*config]
)

// A mode is a level of the command line; the lines of modeBlock, which is any
// other block, are kept as they are typed.
type mode int

const modeConfig, modeMonitor, modeInterface, modeAttachment, modeACL4, modeACL6, modeBlock mode = 1, 2, 3, 4, 5, 6, 7

// A level is a block that a terminal is in.
type level struct {
	mode   mode
	suffix string // of the prompt
	line   string // the block's first
}

// grammars are the command tables, shared by all routers.
type grammars struct {
	user, exec *grammar
	session    *grammar // beside those of configuration: what shows and ends a session
	config     map[mode]*grammar
}

func newGrammars() *grammars {
	types := paramTypes()
	table := func(fill ...func(*grammar)) *grammar { return cmdline.Table(types, fill...) }
	return &grammars{user: table(userCommands, showCommands), exec: table(userCommands, showCommands, execCommands), session: table(sessionCommands),
		config: map[mode]*grammar{modeConfig: table(leaveCommands, globalCommands, monitorCommands), modeInterface: table(leaveCommands, interfaceCommands),
			modeMonitor: table(leaveCommands, spanCommands), modeAttachment: table(leaveCommands, attachmentCommands),
			modeACL4: table(leaveCommands, aclCommands("ipv4")), modeACL6: table(leaveCommands, aclCommands("ipv6")), modeBlock: table(leaveCommands)}}
}

// A cli is one user's command line.
type cli struct {
	cmdline.Typed[run]
	d         *device
	who       plant.Session
	privilege int
	stampless bool
	target    *target // what was typed, nil in exec mode
	path      []level // of blocks
	notes     []string
	failed    string // what `show configuration failed` shows
}

// Login opens a command line.
func (d *device) Login(user string, privilege int, _ string) cmdline.Dialogue {
	d.Lock()
	defer d.Unlock()
	c := &cli{d: d, privilege: privilege, who: plant.Session{ID: fmt.Sprintf("00001000-%08x-00000000", 0x5b40+d.lines), User: user, Line: fmt.Sprint("vty", d.lines)}}
	d.lines++
	c.Typed = cmdline.Typed[run]{Lock: c.locked, Tables: c.tables, Env: c, Shows: "show", Unknown: "% Invalid input detected at '^' marker."}
	return c
}

// locked takes the router's lock and returns what gives it back.
func (c *cli) locked() func() { return c.d.locked() }

// Greeting is the message of the day.
func (c *cli) Greeting() string {
	return "\n\n" + cmp.Or(c.d.sw.Spec().Banner, "*** SIMULATION: a virtual router of netmirror lab, not a Cisco device ***") + "\n"
}

// Configuring reports that lines change a configuration.
func (c *cli) Configuring() bool { return c.target != nil }

// Prompt shows the card and the mode; configuration has room for 31 letters of the name
// (fact sheet on the command line, 6).
func (c *cli) Prompt() string { defer c.locked()(); return c.prompt() }

func (c *cli) prompt() string {
	name, mode := c.d.hostname(), ""
	if c.target != nil {
		name, mode = name[:min(31, len(name))], "(config)"
	}
	if n := len(c.path); n > 0 {
		mode = "(config-" + c.path[n-1].suffix + ")"
	}
	return "RP/0/" + c.d.model.node() + ":" + name + mode + "#"
}

// Close ends the command line. A session that is lost leaves its row behind for minutes;
// what it had waiting runs on.
func (c *cli) Close() {
	defer c.locked()()
	if c.target != nil {
		c.leave(lingers)
	}
}

// Control leaves every mode, or forgets a line.
func (c *cli) Control(key byte) reply {
	defer c.locked()()
	if c.target == nil || cmdline.EditingKeys()[key] != cmdline.LeaveModes {
		return reply{}
	}
	return c.end()
}

// stamp is the line in front of the reply to a command.
func (c *cli) stamp() string {
	if c.stampless {
		return ""
	}
	return time.Now().UTC().Format("Mon Jan _2 15:04:05.000 UTC") + "\n"
}

// Run carries a line out, and its output through what stands behind the bars. A comment
// that is typed in configuration mode belongs to the next line.
func (c *cli) Run(line string) reply {
	defer c.locked()()
	if text := strings.TrimSpace(line); strings.HasPrefix(text, "!") {
		if note := text[1:]; c.target != nil && note != "" && !strings.HasPrefix(note, "!") {
			c.notes = append(c.notes, note)
		}
		return reply{}
	}
	command, filters, piped := c.Cut(line)
	r, shown := c.dispatch(command)
	if !shown {
		return r
	}
	if piped {
		text, fault := pipes.Chain(r.Text, filters)
		if r.Text = text; fault != nil {
			return c.complain(line, fault)
		}
	}
	r.Text = c.stamp() + r.Text
	return r
}

var pipes = cmdline.Pipes{Invalid: "% Invalid regular expression\n", Counted: "%d\n", Others: map[string]func(text, rest string) (string, *cmdline.Fault){
	"utility": func(text, rest string) (string, *cmdline.Fault) {
		var most int
		if n, _ := fmt.Sscanf(rest, "head -n %d", &most); n != 1 {
			return "", &cmdline.Fault{Kind: cmdline.Invalid}
		}
		lines := slices.Collect(strings.Lines(text))
		return strings.Join(lines[:min(most, len(lines))], ""), nil
	},
}}

// tables are those that may have a line: of the mode and those around it, from the
// inside. Commands of exec mode need a "do" in configuration.
func (c *cli) tables() cmdline.Tables[run] {
	cmds := c.d.cmds
	switch {
	case c.target == nil && c.privilege < 15:
		return cmdline.Tables[run]{cmds.user}
	case c.target == nil:
		return cmdline.Tables[run]{cmds.exec}
	}
	out := cmdline.Tables[run]{cmds.session}
	for _, l := range slices.Backward(c.path) {
		out = append(out, cmds.config[l.mode])
	}
	return append(out, cmds.config[modeConfig])
}

// dispatch runs a line with the first table that has it. shown: it is a command, whose
// reply has a time stamp.
func (c *cli) dispatch(line string) (r reply, shown bool) {
	tables := c.tables()
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "do "); ok && c.target != nil {
		f, a, fault := c.d.cmds.exec.Parse(c, rest)
		if fault != nil {
			fault.Col += len(line) - len(strings.TrimLeft(line, " ")) + len("do ")
			return c.complain(line, fault), false
		}
		return (*f)(c, a), true
	}
	by, f, a, fault := tables.Match(c, line)
	switch n := len(c.path); {
	case fault == nil && (c.target == nil || by == c.d.cmds.session):
		return (*f)(c, a), true
	case fault == nil:
		for n > 0 && c.d.cmds.config[c.path[n-1].mode] != by {
			n--
		}
		c.path = c.path[:n]
		return (*f)(c, a), false
	case n > 0 && c.path[n-1].mode == modeBlock:
		c.keep(line)
		return reply{}, false
	case c.target == nil && c.privilege < 15:
		if _, _, hidden := c.d.cmds.exec.Parse(c, line); hidden == nil {
			return say("% This command is not authorized\n"), false
		}
	}
	return c.complain(line, fault), false
}

// complain words a parse fault: the caret stands under the letter where the line goes
// wrong.
func (c *cli) complain(line string, f *cmdline.Fault) reply {
	switch f.Kind {
	case cmdline.Incomplete:
		return say("% Incomplete command.\n")
	case cmdline.Ambiguous:
		return say(fmt.Sprintf("%% Ambiguous command:  %q\n", strings.TrimSpace(line)))
	}
	return say(strings.Repeat(" ", len(c.prompt())+f.Col) + "^\n% Invalid input detected at '^' marker.\n")
}

// userCommands are those that need no rights.
func userCommands(g *grammar) {
	for _, line := range []string{"exit", "logout", "quit"} {
		g.Add(line, func(*cli, *args) reply { return reply{Hangup: true} })
	}
	g.Add("terminal length <n:0-512>", quiet(func(c *cli, a *args) { c.Rows, c.Asked = a.Num("n"), true }))
	g.Add("terminal {width <n:0-512> | monitor | no monitor}", quiet(func(*cli, *args) {}))
	g.Add("terminal exec prompt {timestamp | no-timestamp}", quiet(func(c *cli, a *args) { c.stampless = a.Has("no-timestamp") }))
}

// execCommands are those of whoever may configure.
func execCommands(g *grammar) {
	g.Add("configure [terminal]", func(c *cli, _ *args) reply { return c.configure(false) })
	g.Add("configure exclusive", func(c *cli, _ *args) reply { return c.configure(true) })
	g.Add("clear monitor-session counters", quiet(func(c *cli, _ *args) { c.d.sw.Fabric().ClearTallies(c.d.sw.Node()) }))
	g.Add("clear counters [interface <if:if>]", quiet(func(c *cli, a *args) { c.d.sw.Fabric().ClearCounters(c.d.sw.Node(), a.Str("if")) }))
	g.Add("clear counters all", func(c *cli, _ *args) reply {
		return c.ask("Clear \"show interface\" counters on all interfaces [confirm]", func(answer string) reply {
			if answer == "" || answer == "y" {
				c.d.sw.Fabric().ClearCounters(c.d.sw.Node(), "")
			}
			return reply{}
		})
	})
	g.Add("reload", func(c *cli, _ *args) reply {
		return c.ask("Proceed with reload? [confirm]", func(answer string) reply { return reply{Reboot: answer == "" || answer == "y"} })
	})
}

// ask is a reply that asks; the answer is judged with the router locked.
func (c *cli) ask(prompt string, then func(answer string) reply) reply {
	return reply{Ask: &question{Prompt: prompt, Then: func(answer string) reply {
		defer c.locked()()
		return then(strings.ToLower(strings.TrimSpace(answer)))
	}}}
}

// confirm is a reply that asks whether to do something.
func (c *cli) confirm(prompt string, do func() reply) reply {
	return c.ask(prompt, func(answer string) (r reply) {
		if isWord(answer, "yes") {
			r = do()
		}
		return r
	})
}

// isWord reports whether an answer is a word, or an abbreviation of it.
func isWord(answer, word string) bool { return answer != "" && strings.HasPrefix(word, answer) }
