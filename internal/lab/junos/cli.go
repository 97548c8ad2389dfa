package junos

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// notRecorded is how the simulation words a refusal whose real words no public place
// records.
const notRecorded = " (simulation: the device's words are not recorded)"

// say answers with a text.
func say(text string) reply { return reply{Text: text} }

// A run carries out a matched line.
type run func(c *cli, a *args) reply

type (
	grammar  = cmdline.Grammar[run]
	args     = cmdline.Args
	reply    = cmdline.Reply
	question = cmdline.Question
)

// A cli is one user's command line.
type cli struct {
	cmdline.Typed[run]
	*plant.Editor[config]
	d              *device
	user, tty      string
	pid, privilege int
	typed          time.Time // when the last line was
	at             []cmdline.Token
	line           string    // what is carried out
	outside        bool      // it is a command of operational mode in configuration
	view           view      // what it asks to be displayed
	loading        *[]string // what is typed up to Ctrl-D
	notice         string    // text for everybody that it has not seen yet
}

// A view is what stands behind the bars of a line and is no filter of lines.
type view struct {
	set, inherit, compare bool
	rollback              int
}

// Login opens a command line.
func (d *device) Login(user string, privilege int, _ string) cmdline.Dialogue {
	defer d.locked()()
	d.lines++
	c := &cli{d: d, user: user, privilege: privilege, pid: 31700 + d.lines, tty: fmt.Sprint("pts/", d.lines-1)}
	c.Typed = cmdline.Typed[run]{Lock: d.locked, Tables: c.tables, Env: c, Shows: "show", Unknown: "No valid completions"}
	c.Editor = d.NewEditor(c.told)
	c.ID = c.pid
	d.clis = append(d.clis, c)
	return c
}

// Greeting is the message of the day.
func (c *cli) Greeting() string {
	return cmp.Or(c.d.sw.Spec().Banner, "--- JUNOS "+c.d.model.version+" --- SIMULATION: a virtual switch of netmirror lab, not a Juniper device") + "\n"
}

// Configuring reports that lines change a configuration.
func (c *cli) Configuring() bool { return c.Mode != plant.Outside || c.loading != nil }

// Prompt has the member of a Virtual Chassis and, while one configures, the place
// above it. While a commit waits for its confirmation that is said, too (general
// knowledge).
func (c *cli) Prompt() string {
	defer c.d.locked()()
	if c.loading != nil {
		return ""
	}
	text, end := "\n", "> "
	if c.d.Waiting != nil && c.Mode != plant.Outside {
		text += fmt.Sprintf("# commit confirmed will be rolled back in %d minutes\n", int(c.d.Left().Minutes())+1)
	}
	if c.d.model.chassis {
		text += "{master:0}"
	}
	if c.Mode != plant.Outside {
		text, end = text+strings.TrimRight("[edit "+c.place(), " ")+"]", "# "
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + c.who() + end
}

func (c *cli) who() string { return c.user + "@" + c.d.hostname() }

// place is where one edits: "forwarding-options analyzer A".
func (c *cli) place() string {
	var words []string
	for _, t := range c.at {
		words = append(words, cmdline.Quote(t.Text))
	}
	return strings.Join(words, " ")
}

// Close ends the command line.
func (c *cli) Close() {
	defer c.d.locked()()
	c.leave()
	c.d.clis = slices.DeleteFunc(c.d.clis, func(o *cli) bool { return o == c })
}

// Control drops the line; Ctrl-D ends what is loaded.
func (c *cli) Control(key byte) reply {
	defer c.d.locked()()
	if key == 4 && c.loading != nil {
		return c.loaded()
	}
	return reply{}
}

// Canonical spells out a command that is run from configuration, too.
func (c *cli) Canonical(line string) string {
	return c.Typed.Canonical(c.stripped(line))
}

// stripped takes "run" off a command of operational mode that is typed in configuration.
func (c *cli) stripped(line string) (command string) {
	command, c.outside = strings.CutPrefix(strings.TrimSpace(line), "run ")
	c.outside = c.outside && c.Mode != plant.Outside
	return command
}

// Run carries a line out, and its output through what stands behind the bars. What is
// for everybody comes behind the first line of an answer: it may land inside any.
func (c *cli) Run(line string) reply {
	defer c.d.locked()()
	c.typed = time.Now()
	if c.loading != nil {
		*c.loading = append(*c.loading, line)
		return reply{}
	}
	command, bars, piped := c.Cut(c.stripped(line))
	c.line, c.view = strings.TrimSpace(line), view{}
	rest, fault := c.see(bars, piped)
	r := say(fault)
	if fault == "" {
		r = c.dispatch(command)
	}
	for _, f := range rest { // none behind a fault
		r.Text = f(r.Text)
	}
	if first, more, long := strings.Cut(r.Text, "\n"); c.notice != "" {
		if r.Text = first + "\n" + c.notice + more; !long {
			r.Text = c.notice
		}
		c.notice = ""
	}
	c.outside = false
	return r
}

// see takes what is to be displayed off the filters and returns the others.
func (c *cli) see(bars string, piped bool) (rest []func(string) string, fault string) {
	if !piped {
		return nil, ""
	}
	for part := range strings.SplitSeq(bars, " | ") {
		f := strings.Fields(part)
		name, arg := append(f, "")[0], strings.Trim(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(part), append(f, "")[0])), `"`)
		switch {
		case len(f) > 1 && strings.HasPrefix("display", name) && f[1] == "set":
			c.view.set = true
		case len(f) > 1 && strings.HasPrefix("display", name) && f[1] == "inheritance":
			c.view.inherit = true
		case len(name) > 2 && strings.HasPrefix("compare", name):
			c.view.compare = true
			if len(f) == 3 {
				c.view.rollback = cmdline.Atoi(f[2], 0)
			}
		case name == "no-more":
		case filters[name] != "":
			rest = append(rest, func(text string) string {
				out, _ := filtersOfJunos.Apply(text, filters[name]+" "+cmp.Or(arg, "."))
				return out
			})
		default:
			return nil, c.caret(strings.LastIndex(c.line, name)) + "syntax error.\n"
		}
	}
	return rest, ""
}

// filters are those of lines, by name. They do not tell capitals from small letters.
var (
	filters        = map[string]string{"match": "include", "except": "exclude", "find": "begin", "count": "count"}
	filtersOfJunos = cmdline.Pipes{Invalid: "error: regex parse error" + notRecorded + "\n", Counted: "Count: %d lines\n", Translate: func(re string) string { return "(?i)" + re }}
)

// A set of tables, shared by all switches: they do not change.
type grammars struct{ reading, writing, config *grammar }

var tables = newGrammars()

func newGrammars() *grammars {
	types := map[string]cmdline.ParamType{"word": cmdline.Word, "line": cmdline.RestOfLine, "0-49": cmdline.Number(0, 49), "0-10000": cmdline.Number(0, 10000), "0-1024": cmdline.Number(0, 1024),
		"1-99999": cmdline.Number(1, 99999)}
	table := func(fill ...func(*grammar)) *grammar { return cmdline.Table(types, fill...) }
	return &grammars{reading: table(cliCommands, showCommands), writing: table(cliCommands, showCommands, maintenance, configureCommands), config: table(configCommands)}
}

// tables are those that may have a line.
func (c *cli) tables() cmdline.Tables[run] {
	switch {
	case c.Mode != plant.Outside && !c.outside:
		return cmdline.Tables[run]{tables.config}
	case c.privilege < 15:
		return cmdline.Tables[run]{tables.reading}
	}
	return cmdline.Tables[run]{tables.writing}
}

// dispatch runs a line with the table that has it.
func (c *cli) dispatch(line string) reply {
	line = strings.TrimSpace(line)
	verb, rest, _ := strings.Cut(line, " ")
	if verb == "top" && rest != "" && c.Mode != plant.Outside {
		was := c.at
		c.at = nil
		r := c.dispatch(rest)
		c.at = was
		return r
	}
	for _, v := range cmdline.EditVerbs {
		if c.Mode != plant.Outside && !c.outside && len(verb) > 2 && strings.HasPrefix(v, verb) && verb != "act" {
			return c.edit(v, rest, len(line)-len(rest))
		}
	}
	_, f, a, fault := c.tables().Match(c, line)
	if fault == nil {
		return (*f)(c, a)
	}
	text := faultText(fault, cmdline.Quoted(line))
	if fault.Kind == cmdline.Invalid && fault.Col < len(verb) {
		text = "unknown command.\n"
	}
	return say(c.caret(fault.Col) + text)
}

// caret points at a column of the line.
func (c *cli) caret(col int) string {
	return strings.Repeat(" ", len(c.who())+2+max(col, 0)) + "^\n"
}
