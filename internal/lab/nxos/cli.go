package nxos

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// denied is what a role says that may not.
const denied = "% Permission denied for the role\n"

// notRecorded is how the simulation words a refusal whose real words no public
// place records. It begins as those of NX-OS do.
func notRecorded(format string, a ...any) reply {
	return say("ERROR: " + fmt.Sprintf(format, a...) + " (simulation: the device's words are not recorded)\n")
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
	grammar = cmdline.Grammar[run]
	args    = cmdline.Args
	reply   = cmdline.Reply
	object  = map[string]any // what "| json" prints of something
)

// A mode is a level of the command line; the lines of modeBlock, which is any
// block without a mode of its own, are kept as they are typed.
type mode int

const modeExec, modeConfig, modeInterface, modeVLAN, modeACL, modeLocal, modeERSource, modeEREnd, modeVRF, modeBlock mode = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9

// grammars are the command tables, shared by all switches.
type grammars struct {
	looks, all *grammar // exec, of the two roles
	config     map[mode]*grammar
}

func newGrammars() *grammars {
	types := paramTypes()
	table := func(fill ...func(*grammar)) *grammar { return cmdline.Table(types, fill...) }
	return &grammars{looks: table(execCommands, showCommands), all: table(execCommands, showCommands, adminCommands),
		config: map[mode]*grammar{modeConfig: table(leaveCommands, globalCommands, monitorCommands), modeInterface: table(leaveCommands, interfaceCommands),
			modeVLAN: table(leaveCommands, vlanCommands), modeACL: table(leaveCommands, aclCommands), modeLocal: table(leaveCommands, localCommands),
			modeERSource: table(leaveCommands, sourceCommands), modeEREnd: table(leaveCommands, endCommands), modeBlock: table(leaveCommands),
			modeVRF: table(leaveCommands, func(g *grammar) { lines.Edits(g, cmdline.No.Any("ip route")) })}}
}

// A cli is one user's command line.
type cli struct {
	cmdline.Typed[run]
	d             *device
	loads         *config // the configuration that is read, nil = the running one
	user, from    string
	line          int // of the terminal
	privilege, id int // id is of the session in whose mode it is
	mode          mode
	heads         []string // of the blocks that a mode writes to
	suffix        string   // of the prompt in a block
	// logs: log messages are wanted; unasked: questions are not; changed: something was
	// configured since the mode was entered; json: the line asks for it; deaf: a line was
	// too long.
	logs, unasked, changed, json, deaf bool
}

// Login opens a command line.
func (d *device) Login(user string, privilege int, from string) cmdline.Dialogue {
	d.Lock()
	defer d.Unlock()
	d.lines++
	return (&cli{d: d, user: user, privilege: privilege, from: from, line: d.lines}).ready()
}

// ready lets a command line read lines.
func (c *cli) ready() *cli {
	c.Typed = cmdline.Typed[run]{Lock: c.d.locked, Tables: c.tables, Env: c, Shows: "show", Unknown: "% Invalid command"}
	return c
}

// Greeting is the message of the day.
func (c *cli) Greeting() string {
	return cmp.Or(c.d.sw.Spec().Banner, "*** SIMULATION: a virtual switch of netmirror lab, not a Cisco device ***") + "\n"
}

// Configuring reports that lines change a configuration.
func (c *cli) Configuring() bool { return c.mode != modeExec }

// Prompt shows the mode; a user of any role has "#".
func (c *cli) Prompt() string { defer c.d.locked()(); return c.prompt() }

func (c *cli) prompt() string {
	if c.mode == modeExec {
		return c.d.hostname() + "# "
	}
	return c.d.hostname() + "(config" + c.suffix + ")# "
}

// Close ends the command line.
func (c *cli) Close() {}

// Control leaves every mode.
func (c *cli) Control(byte) reply { defer c.d.locked()(); return c.leave() }

// longLine is the length of a line after which no command of a terminal runs any more
// (fact sheet on transport, 1.2).
const longLine = 746

// Run carries a line out, and its output through what stands behind the bars.
func (c *cli) Run(line string) reply {
	defer c.d.locked()()
	command, filters, piped := c.Cut(line)
	first, rest, _ := strings.Cut(strings.TrimSpace(filters), " | ")
	if c.json = strings.HasPrefix(first, "json"); c.json { // and json-pretty, which is the same here
		filters, piped = rest, rest != ""
	}
	if c.deaf {
		return reply{}
	}
	c.deaf = len(line) >= longLine
	configuring := c.Configuring()
	r := c.dispatch(command)
	if configuring {
		c.d.publish()
	}
	if piped && !strings.HasPrefix(r.Text, "%") {
		text, fault := filtersOfNXOS.Chain(r.Text, filters)
		if r.Text = text; fault != nil {
			fault.Col += len(command) + 1
			return c.complain(line, fault)
		}
	}
	return r
}

// filtersOfNXOS are general knowledge; an expression may stand in quotes.
var filtersOfNXOS = cmdline.Pipes{Translate: func(s string) string { return strings.Trim(s, `"'`) }, Invalid: "grep: Invalid regular expression\n", Counted: "%d\n", Shell: true}

// tables are those that may have a line: of the mode, of global configuration
// (which leaves a block), and of exec, whose commands NX-OS also takes while it
// is configured.
func (c *cli) tables() cmdline.Tables[run] {
	exec := c.d.cmds.all
	if c.privilege < admin {
		exec = c.d.cmds.looks
	}
	if c.mode == modeExec {
		return cmdline.Tables[run]{exec}
	}
	return cmdline.Tables[run]{c.d.cmds.config[c.mode], c.d.cmds.config[modeConfig], exec}
}

// dispatch runs a line with the first table that has it.
func (c *cli) dispatch(line string) reply {
	by, f, a, fault := c.tables().Match(c, line)
	switch {
	case fault == nil:
		if by == c.d.cmds.config[modeConfig] && c.mode != modeConfig {
			c.leaveBlock()
		}
		if c.Configuring() && by != c.d.cmds.all && c.loads == nil && !a.Has("end") && !a.Has("exit") {
			c.changed = true
			c.d.Store.Changed(c.user)
		}
		return (*f)(c, a)
	case c.mode == modeBlock:
		return c.each(func(b cmdline.Block) { cmdline.KeepTyped(b, line) })
	case c.privilege < admin:
		if _, _, hidden := c.d.cmds.all.Parse(c, line); hidden == nil {
			return say(denied)
		}
	}
	if fault.Kind != cmdline.Ambiguous {
		fault = c.tables().Furthest(c, line)
	}
	return c.complain(line, fault)
}

var sessionNumber = regexp.MustCompile(`^ *(no +)?mon\S* +ses\S* +\d+$`)

// complain words a fault: a mark stands under the letter where the line goes
// wrong. Which of the texts (fact sheet, 1.6) belongs to which fault is known of a
// session's number alone; the others are general knowledge.
func (c *cli) complain(line string, f *cmdline.Fault) reply {
	mark, col := strings.Repeat(" ", len(c.prompt())+f.Col)+"^\n% ", min(f.Col, len(line))
	text, word := map[cmdline.FaultKind]string{cmdline.Invalid: "Invalid command", cmdline.Incomplete: "Incomplete command", cmdline.Ambiguous: "Ambiguous command"}[f.Kind], firstWord(line[col:])
	switch isNumber := word != "" && strings.Trim(word, "0123456789") == ""; {
	case f.Kind != cmdline.Invalid:
	case isNumber && sessionNumber.MatchString(line[:col]+word):
		return say(mark + "Invalid value/range\n")
	case isNumber:
		text = "Invalid number"
	case strings.Contains(word, "/"):
		text = "Invalid parameter detected"
	}
	return say(mark + text + " at '^' marker.\n")
}

// shows makes a command of a function that gives a text and what "| json"
// prints; no object means that the lab knows none for the command.
func shows(f func(c *cli, a *args) (string, object)) run {
	return func(c *cli, a *args) reply {
		text, data := f(c, a)
		switch raw, err := json.Marshal(data); {
		case !c.json:
		case c.d.model.layered():
			return c.complain("", &cmdline.Fault{Kind: cmdline.Invalid})
		case data == nil || err != nil:
			return notRecorded("no structured output")
		default:
			text = string(raw) + "\n"
		}
		return say(text)
	}
}

// table is how NX-OS puts rows into JSON: under two names, and one row alone
// stands without a list (general knowledge).
func table(name string, rows []any) object {
	if len(rows) == 1 {
		return object{"TABLE_" + name: object{"ROW_" + name: rows[0]}}
	}
	return object{"TABLE_" + name: object{"ROW_" + name: rows}}
}

// leaveBlock leaves a block for the global mode.
func (c *cli) leaveBlock() { c.mode, c.heads, c.suffix, c.id = modeConfig, nil, "", 0 }

// leave ends configuration; whoever wants the log is told who did it. The words
// are general knowledge.
func (c *cli) leave() (r reply) {
	if c.changed && (c.logs || c.d.sw.Faults().Log) {
		r = say(fmt.Sprintf("%s %s %%VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by %s on %s@pts/%d\n",
			time.Now().UTC().Format("2006 Jan _2 15:04:05"), c.d.hostname(), c.user, c.from, c.line))
	}
	c.leaveBlock()
	c.mode, c.changed = modeExec, false
	return r
}
