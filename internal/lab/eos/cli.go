package eos

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// EOS says no more than this to a line that it cannot read.
const (
	invalidInput   = "% Invalid input\n"
	needsPrivilege = "% Invalid input (privileged mode required)\n"
	unconverted    = "% This is an unconverted command\n" // general knowledge
)

// notRecorded is how the simulation words a refusal whose real words no public
// place records. It begins as EOS's errors do.
func notRecorded(format string, a ...any) reply {
	return say("% Error: " + fmt.Sprintf(format, a...) + " (simulation: the device's words are not recorded)\n")
}

// say answers with a text; nothing is the usual answer.
func say(text string) reply { return reply{Text: text} }

// A run carries out a matched line.
type run func(c *cli, a *args) reply

// quiet is a run that says nothing.
func quiet(do func(c *cli, a *args)) run {
	return func(c *cli, a *args) reply { do(c, a); return reply{} }
}

type (
	grammar  = cmdline.Grammar[run]
	args     = cmdline.Args
	reply    = cmdline.Reply
	question = cmdline.Question
	object   = map[string]any // what "| json" prints of something
)

// A mode is a level of the command line; the lines of modeBlock, which is any
// other block, are kept as they are typed.
type mode int

const modeExec, modeConfig, modeInterface, modeVLAN, modeACL, modeBlock mode = 0, 1, 2, 3, 4, 5

// grammars are the command tables, shared by all switches.
type grammars struct {
	user, privileged *grammar
	session          *grammar // beside those of configuration, in a named session
	config           map[mode]*grammar
}

func newGrammars() *grammars {
	types := paramTypes()
	table := func(fill ...func(*grammar)) *grammar { return cmdline.Table(types, fill...) }
	return &grammars{user: table(execCommands, showCommands), privileged: table(execCommands, showCommands, privilegedCommands), session: table(sessionCommands),
		config: map[mode]*grammar{modeConfig: table(leaveCommands, globalCommands, monitorCommands), modeInterface: table(leaveCommands, interfaceCommands),
			modeVLAN: table(leaveCommands, vlanCommands), modeACL: table(leaveCommands, aclCommands), modeBlock: table(leaveCommands)}}
}

// A cli is one user's command line.
type cli struct {
	cmdline.Typed[run]
	d               *device
	user, from, tty string
	pid, privilege  int
	mode            mode
	cand            *candidate // the named session, nil when lines take effect at once
	heads           []string   // of the blocks that a mode writes to
	suffix          string     // of the prompt in a block
	acl             *aclEdit
	json            bool // the line asks for "| json"
	batch           bool // lines of a configuration alone are taken
}

// Login opens a command line.
func (d *device) Login(user string, privilege int, from string) cmdline.Dialogue {
	d.Lock()
	defer d.Unlock()
	d.lines++
	c := &cli{d: d, user: user, privilege: privilege, from: from, pid: 2000 + d.lines, tty: fmt.Sprint("vty", d.lines)}
	c.Typed = cmdline.Typed[run]{Lock: c.locked, Tables: c.tables, Env: c, Shows: "show", Unknown: strings.TrimSpace(invalidInput)}
	return c
}

// holder is who is in a session.
func (c *cli) holder() string { return fmt.Sprint(c.user, " ", c.tty, " ", c.pid) }

// locked takes the switch's lock and returns what gives it back. Whoever is in a
// session that somebody else ended is out of it; what the terminal sees then is
// not recorded.
func (c *cli) locked() func() {
	c.d.Lock()
	if c.cand != nil && c.cand.State != plant.Pending && !c.d.Waits(c.cand) {
		c.quit()
	}
	return c.d.Unlock
}

// Greeting is the message of the day.
func (c *cli) Greeting() string {
	return cmp.Or(c.d.sw.Spec().Banner, "*** SIMULATION: a virtual switch of netmirror lab, not an Arista device ***") + "\n"
}

// Configuring reports that lines change a configuration.
func (c *cli) Configuring() bool { return c.mode != modeExec }

// Prompt shows the mode and, in a named session, six letters of its name.
func (c *cli) Prompt() string {
	defer c.locked()()
	mode := "(config"
	if c.cand != nil {
		mode += "-s-" + c.cand.Name[:min(6, len(c.cand.Name))]
	}
	if mode += c.suffix + ")#"; c.mode == modeExec {
		mode = map[bool]string{true: "#", false: ">"}[c.privilege >= 15]
	}
	return c.d.hostname() + mode
}

// quit leaves configuration; an access list that is being edited is dropped.
func (c *cli) quit() { c.acl = nil; c.leave() }

// Close ends the command line: a named session stays pending.
func (c *cli) Close() { defer c.locked()(); c.quit() }

// Control leaves every mode.
func (c *cli) Control(byte) reply { defer c.locked()(); c.leave(); c.d.publish(); return reply{} }

// Run carries a line out, and its output through what stands behind the bars.
func (c *cli) Run(line string) reply {
	defer c.locked()()
	command, filters, piped := c.Cut(line)
	first, rest, _ := strings.Cut(strings.TrimSpace(filters), " | ")
	if c.json = strings.HasPrefix(first, "json"); c.json { // "json version 1" is the same here
		filters, piped = rest, rest != ""
	}
	flat := c.Configuring() && c.cand == nil // else the Store tells what is in force
	r := c.dispatch(command)
	if flat {
		c.d.publish()
	}
	if piped {
		text, fault := filtersOfEOS.Chain(r.Text, filters)
		if r.Text = text; fault != nil {
			return complain(fault)
		}
	}
	return r
}

var filtersOfEOS = cmdline.Pipes{Invalid: invalidInput, Counted: "%d\n", Shell: true, Others: map[string]func(text, rest string) (string, *cmdline.Fault){
	"section": func(text, rest string) (string, *cmdline.Fault) { return sections(text, rest), nil },
}}

// sections keeps the blocks in which a line matches, whole. Which separators
// EOS keeps is not known; here none is.
func sections(text, pattern string) string {
	re, err := regexp.Compile("(?i)" + strings.Trim(strings.TrimSpace(pattern), `"`))
	if err != nil {
		return invalidInput
	}
	return layout.Sections(text, re.MatchString)
}

// tables are those that may have a line: of the mode, of the session, of global
// configuration (which leaves a block), and of privileged exec, whose commands
// EOS also takes while it is configured.
func (c *cli) tables() cmdline.Tables[run] {
	cmds := c.d.cmds
	switch config := cmds.config[c.mode]; {
	case config != nil && c.batch:
		return cmdline.Tables[run]{config, cmds.config[modeConfig]}
	case config == nil && c.privilege < 15:
		return cmdline.Tables[run]{cmds.user}
	case config == nil:
		return cmdline.Tables[run]{cmds.privileged}
	case c.cand != nil:
		return cmdline.Tables[run]{config, cmds.session, cmds.config[modeConfig], cmds.privileged}
	default:
		return cmdline.Tables[run]{config, cmds.config[modeConfig], cmds.privileged}
	}
}

// dispatch runs a line with the first table that has it.
func (c *cli) dispatch(line string) reply {
	tables := c.tables()
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "do "); ok && c.mode != modeExec {
		line, tables = rest, tables[len(tables)-1:]
	}
	by, f, a, fault := tables.Match(c, line)
	switch {
	case fault == nil:
		if by == c.d.cmds.config[modeConfig] && c.mode != modeConfig {
			c.toConfig()
		}
		return (*f)(c, a)
	case c.mode == modeBlock:
		return c.each(func(b cmdline.Block) { cmdline.KeepTyped(b, line) })
	case c.mode == modeExec:
		if _, _, hidden := c.d.cmds.privileged.Parse(c, line); hidden == nil {
			return say(needsPrivilege)
		}
	}
	return complain(fault)
}

func complain(f *cmdline.Fault) reply {
	return say(map[cmdline.FaultKind]string{cmdline.Invalid: invalidInput, cmdline.Incomplete: "% Incomplete command\n", cmdline.Ambiguous: "% Ambiguous command\n"}[f.Kind])
}

// shows makes a command of a function that gives a text and what "| json"
// prints; no object means that EOS has none for the command.
func shows(f func(c *cli, a *args) (string, object)) run {
	return func(c *cli, a *args) reply {
		text, data := f(c, a)
		if raw, err := json.MarshalIndent(data, "", "    "); c.json && data != nil && err == nil {
			text = string(raw) + "\n"
		} else if c.json {
			text = unconverted
		}
		return say(text)
	}
}
