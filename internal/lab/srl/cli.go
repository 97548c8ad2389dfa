package srl

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

type reply = cmdline.Reply

// say answers with a text.
func say(text string) reply { return reply{Text: text} }

// fail answers with an error; the device begins it so.
func fail(err error) reply { return say("Error: " + bare(err) + "\n") }

// bare is an error without its path.
func bare(err error) string {
	var one *model.Error
	if errors.As(err, &one) {
		return one.Text
	}
	return err.Error()
}

// A cli is one user's command line.
type cli struct {
	cmdline.Untyped
	d         *device
	user      string
	privilege int
	id        int
	cand      *plant.Candidate[config] // nil in running mode
	kind      string                   // of the candidate: shared, private, exclusive
	at        model.Path
}

// Login opens a command line.
func (d *device) Login(user string, privilege int, _ string) cmdline.Dialogue {
	defer d.locked()()
	d.lines++
	return &cli{Untyped: cmdline.Untyped{Words: strings.Fields("commit delete diff discard enter environment info quit save set show tools")}, d: d, user: user, privilege: privilege, id: d.lines}
}

// Style is that of the terminal.
func (d *device) Style() cmdline.Style {
	return cmdline.Style{Version: "SSH-2.0-OpenSSH_9.2p1 netmirror-lab-simulation", Comment: "#", More: "--More--", Wipe: "\r        \r", Keys: cmdline.EditingKeys()}
}

// Greeting is the message of the day.
func (c *cli) Greeting() string {
	return cmp.Or(c.d.sw.Spec().Banner, "SIMULATION: a virtual switch of netmirror lab, not a Nokia device") + "\n"
}

// Configuring reports that lines change a candidate.
func (c *cli) Configuring() bool { return c.cand != nil }

// Prompt has two lines: flags, mode and place, and who one is on.
func (c *cli) Prompt() string {
	defer c.d.locked()()
	flags := ""
	if c.d.Startup != c.d.text(c.d.Running) {
		flags = "+"
	}
	mode := "running"
	if c.cand != nil {
		if mode = "candidate " + c.kind + " " + map[bool]string{true: c.user, false: "default"}[c.kind == "private"]; c.edited() {
			flags += "*"
		}
	}
	if flags != "" {
		flags += " "
	}
	var place []string
	for _, e := range c.at {
		place = append(place, e.Name)
		for _, key := range slices.Sorted(maps.Keys(e.Keys)) {
			place = append(place, e.Keys[key])
		}
	}
	return fmt.Sprintf("\n--{ %s%s }--[ %s ]--\nA:%s# ", flags, mode, strings.Join(place, " "), c.d.hostname())
}

func (c *cli) edited() bool { return c.d.text(c.cand.Work) != c.d.text(c.cand.Base) }

// Close ends the command line; what a private candidate holds is lost.
func (c *cli) Close() { defer c.d.locked()(); c.leave() }

func (c *cli) leave() {
	if c.cand != nil && c.kind == "private" {
		c.d.Forget(c.cand)
	}
	c.cand, c.at = nil, nil
}

// Run carries a line out.
func (c *cli) Run(line string) reply {
	defer c.d.locked()()
	command, pipe, _ := strings.Cut(line, " | ")
	toks := model.SplitWords(command)
	if len(toks) == 0 {
		return reply{}
	}
	return c.dispatch(toks, strings.Fields(pipe))
}

func (c *cli) dispatch(toks, pipe []string) reply {
	rest := toks[1:]
	said := strings.Join(toks, " ")
	switch toks[0] {
	case "enter":
		return c.enter(rest)
	case "info":
		return c.info(rest, pipe)
	case "show":
		return c.show(said)
	case "quit", "logout":
		return reply{Hangup: true}
	case "exit":
		c.at = c.at[:max(0, len(c.at)-1)]
		if said == "exit all" {
			c.at = nil
		}
		return reply{}
	case "environment":
		return reply{}
	case "save":
		if said != "save startup" || c.privilege < 15 {
			return fail(errors.New("cannot save" + notRecorded))
		}
		c.d.Save(c.user)
		return reply{Text: "/system:\n    Saved current running configuration as initial (startup) configuration '/etc/opt/srlinux/config.json'\n", Save: true}
	case "tools", "/tools", "/":
		if words := slices.DeleteFunc(slices.Clone(toks), func(w string) bool { return w == "/" }); len(words) > 0 && strings.TrimPrefix(words[0], "/") == "tools" {
			return c.tools(strings.Join(words[1:], " "))
		}
	case "commit", "diff", "discard", "set", "delete":
		if c.cand == nil {
			return fail(fmt.Errorf("Path not valid - unknown element '%s' (not in candidate mode%s)", toks[0], strings.Trim(notRecorded, " ()")))
		}
		return c.candidate(toks)
	}
	return c.path(toks)
}

// enter opens a candidate. One that is exclusive keeps nobody out of private ones here.
func (c *cli) enter(words []string) reply {
	if c.privilege < 15 {
		return fail(errors.New("you are not allowed to change the configuration" + notRecorded))
	}
	if len(words) == 0 || words[0] != "candidate" {
		if len(words) == 1 && words[0] == "running" {
			c.leave()
			return reply{}
		}
		return fail(errors.New("unknown mode" + notRecorded))
	}
	c.leave()
	c.kind = "shared"
	if len(words) > 1 {
		c.kind = words[1]
	}
	if !slices.Contains([]string{"shared", "private", "exclusive"}, c.kind) {
		return fail(fmt.Errorf("unknown kind of candidate '%s'%s", c.kind, notRecorded))
	}
	c.open()
	return reply{}
}

// open opens the candidate, or goes back into the one that all share.
func (c *cli) open() {
	name := "default"
	if c.kind == "private" {
		name = fmt.Sprint("private ", c.id)
	}
	if old := c.d.Candidate(name); old != nil && old.State != plant.Pending {
		c.d.Forget(old)
	}
	c.cand, _ = c.d.Edit(name, c.user) // as many as one likes, and none is over
}

// candidate carries out what is for a candidate.
func (c *cli) candidate(toks []string) reply {
	switch toks[0] {
	case "commit":
		return c.commit(toks[1:])
	case "diff":
		var b strings.Builder
		model.WriteDifferences(&b, c.cand.Base, c.cand.Work, 6)
		return say(b.String())
	case "discard":
		c.cand.Work, c.cand.Base = c.d.Running.Clone(), c.d.Running.Clone()
		if len(toks) > 1 && toks[1] == "now" {
			c.leave()
			return say("All changes have been discarded. Leaving candidate mode." + notRecorded + "\n")
		}
		return reply{}
	}
	at, rest := c.from(toks[1:])
	return c.edit(toks[0], at, rest)
}

// from tells where the words of a path begin: a slash begins at the top.
func (c *cli) from(toks []string) (model.Path, []string) {
	if len(toks) == 0 || !strings.HasPrefix(toks[0], "/") {
		return c.at, toks
	}
	if rest := toks[0][1:]; rest != "" {
		return nil, append([]string{rest}, toks[1:]...)
	}
	return nil, toks[1:]
}

// edit changes the candidate.
func (c *cli) edit(verb string, at model.Path, toks []string) reply {
	work := c.cand.Work.Clone()
	if err := c.d.schema.EditWords(work, at, append([]string{verb}, toks...)); err != nil {
		return fail(err)
	}
	c.cand.Work = work
	return reply{}
}

// path goes to a place, which a candidate then has, or sets a leaf in a candidate.
func (c *cli) path(toks []string) (r reply) {
	at, toks := c.from(toks)
	p, err := c.d.schema.Where(at, toks)
	if err != nil {
		return fail(err)
	}
	if c.cand != nil {
		r = c.edit("set", at, toks)
	}
	if p.Def.Kind != model.KindLeaf && p.Def.Kind != model.KindLeafList && r.Text == "" {
		c.at = p.Path
	}
	return r
}

// commit checks a candidate and puts it in force (fact sheet, 7).
func (c *cli) commit(words []string) reply {
	d := c.d
	how := append(words, "now")[0]
	next, fits := model.Merge(c.cand.Base, c.cand.Work, d.Running)
	if !fits {
		return fail(errors.New("the candidate does not fit what was committed meanwhile" + notRecorded))
	}
	if wrong := d.refuses(next); wrong != nil {
		var text strings.Builder
		for _, e := range model.ErrorsOf(wrong) {
			text.WriteString("Error: " + e.At.Bare().String() + ": " + e.Text + "\n")
		}
		return say(text.String())
	}
	window := time.Duration(0)
	switch how {
	case "validate":
		return say("All changes have been validated." + notRecorded + "\n")
	case "confirmed":
		window = 10 * time.Minute // without a time; not recorded
		if len(words) == 3 && words[1] == "timeout" && cmdline.Atoi(words[2], 0) > 0 {
			window = time.Duration(cmdline.Atoi(words[2], 0)) * time.Second
		}
	case "now", "stay", "save":
	default:
		return fail(fmt.Errorf("unknown way to commit '%s'%s", how, notRecorded))
	}
	if err := d.Store.Commit(c.cand, c.user, window); err != nil {
		return fail(fmt.Errorf("%w%s", err, notRecorded))
	}
	if how == "save" {
		d.Save(c.user)
	}
	if how != "now" { // it goes on with a new one, also while a commit waits
		if window == 0 {
			c.open()
		}
		return reply{Text: "All changes have been committed. Starting new transaction.\n", Commit: true}
	}
	d.Forget(c.cand)
	c.cand, c.at = nil, nil
	return reply{Text: "All changes have been committed. Leaving candidate mode.\n", Commit: true}
}

// tools are those that end a commit that waits.
func (c *cli) tools(said string) (r reply) {
	var err error
	switch said {
	case "system configuration confirmed-accept":
		if err = c.d.Store.Confirm(c.user); err == nil {
			c.d.saves(c.user)
		}
	case "system configuration confirmed-reject":
		err = c.d.TakeBack(c.user)
	default:
		return fail(errors.New("unknown tool" + notRecorded))
	}
	if err != nil {
		return fail(fmt.Errorf("%w%s", err, notRecorded))
	}
	if c.cand != nil && c.cand.State != plant.Pending {
		c.open()
	}
	return reply{}
}

// info shows a configuration or the state below a place.
func (c *cli) info(words, pipe []string) reply {
	tree, lines := c.d.Running, false
	if c.cand != nil {
		tree = c.cand.Work
	}
	for len(words) > 0 {
		if words[0] == "flat" {
			lines, words = true, words[1:]
		} else if words[0] == "from" && len(words) > 1 {
			switch words[1] {
			case "state":
				tree = c.d.state()
			case "running":
				tree = c.d.Running
			case "candidate":
			default:
				return fail(fmt.Errorf("unknown datastore '%s'%s", words[1], notRecorded))
			}
			words = words[2:]
		} else {
			break
		}
	}
	at, words := c.from(words)
	p, err := c.d.schema.Where(at, words)
	if err != nil {
		return fail(err)
	}
	return c.display(c.d.part(tree, p), lines, pipe)
}

// part is what of a tree stands at a place, with what is above it.
func (d *device) part(tree config, p model.Place) *model.Node {
	out := d.schema.New()
	targets, err := d.schema.Expand(tree, p)
	if err != nil {
		return out
	}
	for _, t := range targets {
		found, _ := d.schema.Find(tree, t)
		for _, n := range found {
			d.schema.Copy(out, n)
		}
	}
	return out
}

func (c *cli) display(part *model.Node, lines bool, pipe []string) reply {
	asked := strings.Join(pipe, " ")
	var b strings.Builder
	switch {
	case asked == "as json":
		raw, _ := json.MarshalIndent(part.Plain(), "", "  ") // texts and numbers alone
		return say(string(raw) + "\n")
	case strings.HasSuffix(asked, "as table"):
		return say(table(part))
	case lines:
		for _, l := range part.Lines() {
			b.WriteString("set / " + l + "\n")
		}
	default:
		model.WriteBlocks(&b, part.Kids, 4)
	}
	return say(b.String())
}
