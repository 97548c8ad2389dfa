package iosxe

import (
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// run carries out a matched line.
type run func(c *cli, a *cmdline.Args) cmdline.Reply

// A mode is a level of the command line.
type mode int

const (
	modeExec mode = iota
	modeConfig
	modeIf
	modeIfRange
	modeVLAN
	modeLine
	modeACL
	modeMACACL
	modeArchive
	modeERSource
	modeERSourceDest
	modeERDest
	modeERDestSource
	modeCount
)

// promptSuffix is what stands between the host name and "#". Those of the
// monitor modes are from the command references, the others common knowledge.
func (m mode) promptSuffix() string {
	return [modeCount]string{"", "config", "config-if", "config-if-range", "config-vlan", "config-line", "config-ext-nacl",
		"config-ext-macl", "config-archive", "config-mon-erspan-src", "config-mon-erspan-src-dst", "config-mon-erspan-dst",
		"config-mon-erspan-dst-src"}[m]
}

// parent is where exit leads.
func (m mode) parent() mode {
	switch m {
	case modeERSourceDest:
		return modeERSource
	case modeERDestSource:
		return modeERDest
	case modeConfig:
		return modeExec
	}
	return modeConfig
}

// grammars are the command tables, shared by all switches of a lab.
type grammars struct {
	user, privileged *cmdline.Grammar[run]
	config           [modeCount]*cmdline.Grammar[run]
}

func newGrammars() *grammars {
	types := paramTypes()
	g := &grammars{user: cmdline.New[run](types), privileged: cmdline.New[run](types)}
	for _, both := range []*cmdline.Grammar[run]{g.user, g.privileged} {
		execCommands(both)
		showCommands(both)
	}
	privilegedCommands(g.privileged)
	for m := modeConfig; m < modeCount; m++ {
		g.config[m] = cmdline.New[run](types)
		everyConfigMode(g.config[m])
	}
	globalCommands(g.config[modeConfig])
	monitorCommands(g.config[modeConfig])
	interfaceCommands(g.config[modeIf])
	interfaceCommands(g.config[modeIfRange])
	vlanCommands(g.config[modeVLAN])
	lineCommands(g.config[modeLine])
	ipACLCommands(g.config[modeACL])
	aclCommands(g.config[modeMACACL])
	archiveCommands(g.config[modeArchive])
	erspanSourceCommands(g.config[modeERSource])
	erspanSourceDestCommands(g.config[modeERSourceDest])
	erspanDestCommands(g.config[modeERDest])
	erspanDestSourceCommands(g.config[modeERDestSource])
	return g
}

// A cli is one user's command line.
type cli struct {
	d         *device
	user      string
	from      string
	privilege int
	mode      mode
	at        []cmdline.Block // blocks that a sub-mode writes to
	sess      *monSession     // session of a monitor sub-mode
	length    int
	lengthSet bool
	monitorOn bool // terminal monitor
	changed   bool // something was configured since configure terminal
}

// Login opens a command line for a user that has authenticated.
func (d *device) Login(user string, privilege int, from string) cmdline.Dialogue {
	return &cli{d: d, user: user, privilege: privilege, from: from, length: 24}
}

func (c *cli) Close() {}

func (c *cli) Screen() (int, bool) { return c.length, c.lengthSet }

func (c *cli) Configuring() bool { return c.mode != modeExec }

func (c *cli) Greeting() string {
	c.d.Lock()
	defer c.d.Unlock()
	banner := c.d.spec.Banner
	if banner == "" {
		banner = "*** SIMULATION: a virtual switch of netmirror lab, not a Cisco device ***"
	}
	return "\n" + cmdline.Ended(banner) + "\n"
}

// maxConfigHost is where IOS cuts a long host name in configuration prompts
// (documented by Netmiko's IOS driver).
const maxConfigHost = 20

func (c *cli) Prompt() string {
	c.d.Lock()
	defer c.d.Unlock()
	return c.promptLocked()
}

func (c *cli) promptLocked() string {
	host := c.d.hostname()
	switch {
	case c.mode != modeExec:
		return host[:min(len(host), maxConfigHost)] + "(" + c.mode.promptSuffix() + ")#"
	case c.privilege >= 15:
		return host + "#"
	}
	return host + ">"
}

func (c *cli) exec() *cmdline.Grammar[run] {
	if c.privilege >= 15 {
		return c.d.cmds.privileged
	}
	return c.d.cmds.user
}

func (c *cli) Run(line string) cmdline.Reply {
	c.d.Lock()
	defer c.d.Unlock()
	if c.mode == modeExec {
		return c.execLine(line)
	}
	r := c.configLine(line)
	c.d.publish()
	return r
}

// execLine runs a command of the exec modes, with its output filter.
func (c *cli) execLine(line string) cmdline.Reply {
	cmd, filter, piped := strings.Cut(line, "|")
	run, a, fault := c.exec().Parse(c.d, cmd)
	if fault != nil {
		if words := cmdline.Tokenize(cmd); len(words) == 1 && fault.Kind == cmdline.Invalid && !piped {
			return cmdline.Reply{Text: "% Bad IP address or host name\n" +
				"% Unknown command or computer name, or unable to find computer address\n"}
		}
		return c.complain(line, fault)
	}
	r := (*run)(c, a)
	if piped {
		var fault *cmdline.Fault
		if r.Text, fault = filters.Apply(r.Text, filter); fault != nil {
			fault.Col += len(cmd) + 1
			return c.complain(line, fault)
		}
	}
	return r
}

// configLine runs a line of a configuration mode. A line that the sub-mode
// does not know is tried as a global one, which leaves the sub-mode.
func (c *cli) configLine(line string) cmdline.Reply {
	by, run, a, fault := c.tables().Match(c.d, line)
	if fault != nil {
		return c.complain(line, c.tables().Furthest(c.d, line))
	}
	if by != c.table() {
		c.mode, c.at, c.sess = modeConfig, nil, nil
	}
	before := c.mode
	r := (*run)(c, a)
	if !c.d.booting && before != modeExec && !a.Has("do") {
		c.changed = true
		c.d.Store.Changed(c.user)
		c.d.changedOver = c.d.putting
	}
	return r
}

// complain words a parse fault: the caret stands under the letter where the
// line goes wrong, as far as the echoed line reaches right of the prompt.
func (c *cli) complain(line string, f *cmdline.Fault) cmdline.Reply {
	switch f.Kind {
	case cmdline.Incomplete:
		return cmdline.Reply{Text: "% Incomplete command.\n\n"}
	case cmdline.Ambiguous:
		return cmdline.Reply{Text: fmt.Sprintf("%% Ambiguous command:  %q\n", strings.TrimSpace(line))}
	}
	return cmdline.Reply{Text: strings.Repeat(" ", len(c.promptLocked())+f.Col) + "^\n% Invalid input detected at '^' marker.\n\n"}
}

// unsupported answers a line that this model's parser does not have; the
// caret stands at its start (where exactly is not known for such lines).
func (c *cli) unsupported() cmdline.Reply {
	return c.complain("", &cmdline.Fault{Kind: cmdline.Invalid})
}

func (c *cli) Canonical(line string) string {
	c.d.Lock()
	defer c.d.Unlock()
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "do "); ok && c.mode != modeExec {
		line = rest
	} else if c.mode != modeExec {
		return c.tables().Spell(c.d, line)
	}
	cmd, filter, piped := strings.Cut(line, "|")
	if _, a, fault := c.exec().Parse(c.d, cmd); fault == nil {
		cmd = strings.Join(a.Spoken, " ")
		if piped {
			cmd += " | " + strings.TrimSpace(filter)
		}
		return cmd
	}
	return line
}

// Control: Ctrl-C and Ctrl-Z leave every configuration mode.
func (c *cli) Control(byte) cmdline.Reply {
	c.d.Lock()
	defer c.d.Unlock()
	if c.mode == modeExec {
		return cmdline.Reply{}
	}
	return c.leave()
}

// leave ends configuration; the console log tells who did it.
func (c *cli) leave() cmdline.Reply {
	c.mode, c.at, c.sess = modeExec, nil, nil
	f := c.d.host.Faults()
	if !c.monitorOn && !f.Log || !c.changed {
		return cmdline.Reply{}
	}
	c.changed = false
	return cmdline.Reply{Text: fmt.Sprintf("*%s: %%SYS-5-CONFIG_I: Configured from console by %s on vty0 (%s)\n",
		time.Now().UTC().Format("Jan _2 15:04:05.000"), c.user, c.from)}
}

// tables are the grammars that may have a line of a configuration: in a
// sub-mode that of the global lines, too.
func (c *cli) tables() cmdline.Tables[run] {
	return cmdline.Tables[run]{c.table(), c.d.cmds.config[modeConfig]}
}

func (c *cli) table() *cmdline.Grammar[run] {
	if c.mode == modeExec {
		return c.exec()
	}
	return c.d.cmds.config[c.mode]
}

func (c *cli) Help(partial string) string {
	c.d.Lock()
	defer c.d.Unlock()
	words, stem, end := c.table().Choices(c.d, partial)
	if len(words) == 0 && !end {
		return "% Unrecognized command"
	}
	if stem != "" {
		return strings.Join(words, "  ")
	}
	text := ""
	for _, w := range words {
		text += "  " + w + "\n"
	}
	if end {
		text += "  <cr>\n"
	}
	return text
}

func (c *cli) Complete(partial string) string {
	c.d.Lock()
	defer c.d.Unlock()
	return cmdline.Tables[run]{c.table()}.Complete(c.d, partial)
}

// filters are the output filters. In IOS an underscore stands for a
// delimiter.
var filters = cmdline.Pipes{
	Translate: func(s string) string { return strings.ReplaceAll(s, "_", `(?:^|$|[ ,(){}])`) },
	Invalid:   "% Failed to compile regular expression.\n",
	Counted:   "Number of lines which match regexp = %d\n",
}
