package console

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// Save writes the running configuration to startup. With onlyIfClean it does so
// only when nothing would be saved but what is listed as ours or what this
// connection changed since its last save, which is to say that both were equal
// before; where that cannot be told, it does not save. That comparison is the one
// that the last Observe made after a push, or is made now.
//
// Others type meanwhile. So startup is read before and behind the save, in the same
// write, which tells what it has gained: saved with a why says that it was too late,
// and names the first line of another hand's that was saved. Where the device's startup
// configuration was not read yet, or each line is awaited, the two are also compared
// once more, directly before the save; with each line awaited nothing is saved when
// that comparison shows another hand's lines.
//
// Where nothing can have the device save (Write of the platform's Save is ""), it is seen
// whether it did so by itself; else the error is mirror.ErrUnsupported.
func (c *Conn) Save(ctx context.Context, onlyIfClean bool, ours []mirror.Unsaved) (saved bool, why string, err error) {
	save := c.d.p.Save
	c.saveSaid = nil
	if save == nil {
		return false, "", nil
	}
	defer func() { err = hide(c.term, err) }()
	if save.Write == "" {
		return c.savedByItself(ctx, ours)
	}
	commands := []string{save.Write}
	var startup, compare []string // shown before and behind; directly before
	if onlyIfClean {
		if why, err = c.foreignUnsaved(ctx, ours); why != "" || err != nil {
			return false, why, err
		}
		if save.Startup != "" {
			startup = []string{save.Startup}
		}
		if !c.startup || c.term.LineByLine() {
			compare = save.comparison()
		}
		commands = slices.Concat(startup, compare, []string{save.Write}, startup)
	}
	known := c.unsaved
	tooLate := func(before []cli.Reply) bool { // where the save has not been sent yet, it is not too late
		why = c.foreignIn(repliesTo(compare, before[len(startup):]), ours)
		return why != ""
	}
	replies, err := c.saveBy(ctx, commands, tooLate)
	c.quoteSave(commands, replies, err)
	if err == nil && why != "" {
		return false, why, nil
	}
	if err == nil && len(replies) != len(commands) {
		err = fmt.Errorf("%d replies to %d commands: %w", len(replies), len(commands), mirror.ErrUnreachable)
	}
	if err != nil {
		return false, "", fmt.Errorf("save: %w", err)
	}
	i := slices.Index(commands, c.d.p.Save.Write)
	answer := strings.TrimSpace(replies[i].Text)
	if _, refused := c.d.p.Send.Refused(answer); refused || !save.Done(answer) {
		return false, "", fmt.Errorf("save: %w",
			&mirror.DeviceError{Device: c.device, Sent: c.d.p.Save.Write, Answer: text.Quote(answer), Kind: mirror.ErrRejected})
	}
	if onlyIfClean {
		if len(compare) > 0 {
			if known, err = save.unsavedIn(repliesTo(compare, replies[len(startup):])); err != nil {
				why, err = fmt.Sprintf("running and startup could not be compared right before the save: %v", err), nil
			}
		}
		if why == "" {
			before, after := "", ""
			if len(startup) > 0 {
				before, after = replies[0].Text, replies[len(replies)-1].Text
			}
			why = c.foreignSaved(before, after, known, len(compare) > 0, ours)
		}
	}
	clear(c.pushed)
	c.unsaved, c.compared = nil, false
	return true, why, nil
}

// SaveSaid is what the last save said to the device, see the worker's Quoter.
func (c *Conn) SaveSaid() []mirror.Exchange { return c.saveSaid }

// quoteSave remembers what was said. Of the configurations that were compared only
// the length is kept: they are the device's, with what is secret in them.
func (c *Conn) quoteSave(commands []string, replies []cli.Reply, err error) {
	for i, command := range commands {
		x := mirror.Exchange{Sent: command}
		switch {
		case i >= len(replies):
			if err == nil {
				return // it was not sent
			}
			x.Error = "the answer is not known: " + hide(c.term, err).Error()
		case command == c.d.p.Save.Write:
			x.Answer = text.Quote(hideText(c.term, replies[i].Text))
		default:
			x.Answer = fmt.Sprintf("(%d octets to compare)", len(replies[i].Text))
		}
		if c.saveSaid = append(c.saveSaid, x); i >= len(replies) {
			return
		}
	}
}

// savedByItself looks whether the device has saved what was pushed, where nothing can
// have it do so: then nothing that bears the name of what was pushed is unsaved. Else it is
// mirror.ErrUnsupported, and says what does.
func (c *Conn) savedByItself(ctx context.Context, ours []mirror.Unsaved) (saved bool, why string, err error) {
	save := c.d.p.Save
	if !c.compared {
		replies, err := c.run(ctx, save.comparison()...)
		if err != nil {
			return false, "", fmt.Errorf("save: compare: %w", err)
		}
		if c.unsaved, err = save.unsavedIn(replies); err != nil {
			return false, "", fmt.Errorf("%s; whether it has saved is not known: %w", save.Itself, err)
		}
	}
	c.compared = false
	lists := c.trunkLists(c.unsaved)
	if slices.ContainsFunc(c.unsaved, func(d Difference) bool { return c.ours(d) || c.listed(d, ours, lists) }) {
		return false, "", mirror.Unsupported("%s", save.Itself)
	}
	clear(c.pushed)
	c.unsaved = nil
	return true, "", nil
}

// comparison are the commands that tell what is unsaved.
func (s *Save) comparison() []string {
	if s.Compare != "" {
		return []string{s.Compare}
	}
	return []string{s.Startup, s.Running}
}

// unsavedIn reads their replies. mirror.ErrParse where one of two configurations is not
// shown.
func (s *Save) unsavedIn(r Replies) ([]Difference, error) {
	if s.Compare != "" {
		return s.Unsaved(r[s.Compare])
	}
	startup, running := s.Lines(r[s.Startup]), s.Lines(r[s.Running])
	if len(startup) == 0 {
		return nil, text.ParseError(s.Startup, text.FirstLine(r[s.Startup]))
	}
	if len(running) == 0 {
		return nil, text.ParseError(s.Running, text.FirstLine(r[s.Running]))
	}
	return gained(startup, running, nil), nil
}

// repliesTo are replies by their commands.
func repliesTo(commands []string, said []cli.Reply) Replies {
	out := Replies{}
	for i, command := range commands {
		out[command] = said[i].Text
	}
	return out
}

// saveBy sends the commands of a save, all in one write. On a device that is
// typed to line by line keep may stop it before the save, which is not sent then;
// nothing is typed behind the save, and its one question is answered. Typed ahead,
// the question takes what is behind it for the answer, saves nothing, and the loss
// is seen.
func (c *Conn) saveBy(ctx context.Context, commands []string, keep func(before []cli.Reply) bool) ([]cli.Reply, error) {
	if !c.term.LineByLine() {
		return c.term.Run(ctx, commands...)
	}
	i := slices.Index(commands, c.d.p.Save.Write)
	replies, err := c.term.Run(ctx, commands[:i]...)
	if err != nil || i > 0 && len(replies) == i && keep(replies) {
		return replies, err
	}
	saved, err := c.term.RunConfirmed(ctx, c.d.p.Save.Write, c.d.p.Save.Question)
	if err != nil {
		return replies, err
	}
	after, err := c.term.Run(ctx, commands[i+1:]...)
	return slices.Concat(replies, []cli.Reply{saved}, after), err
}

// foreignSaved says what another hand's lines startup has gained or lost by a save,
// "" for none: those of the last comparison before it, and those that neither startup
// nor that comparison had. near says that the comparison stood in the write of the save.
func (c *Conn) foreignSaved(before, after string, known []Difference, near bool, ours []mirror.Unsaved) string {
	all := slices.Clone(known)
	c.startup = false
	if c.d.p.Save.Startup != "" {
		was, is := c.d.p.Save.Lines(before), c.d.p.Save.Lines(after)
		if c.startup = len(was) > 0 && len(is) > 0; c.startup {
			all = append(all, gained(was, is, known)...)
		}
	}
	if !c.startup && !near {
		return "the startup configuration was not shown, so nobody knows whether lines of another hand were saved with ours"
	}
	if foreign := c.foreign(all, ours); len(foreign) > 0 {
		return fmt.Sprintf("saved with %s, typed meanwhile", theirLines(foreign))
	}
	return ""
}

// gained are the lines by which two startup configurations differ, but for known
// ones.
func gained(was, is map[Difference]int, known []Difference) []Difference {
	less := map[Difference]int{}
	for _, d := range known {
		less[Difference{d.Block, d.Line[:1] + strings.TrimSpace(d.Line[1:])}]++
	}
	var out []Difference
	side := func(sign string, a, b map[Difference]int) {
		for d, n := range a {
			signed := Difference{d.Block, sign + d.Line}
			if n > b[d] && n-b[d] > less[signed] {
				out = append(out, signed)
			}
		}
	}
	side("+", is, was)
	side("-", was, is)
	slices.SortFunc(out, func(a, b Difference) int { return strings.Compare(a.Block+"\x00"+a.Line, b.Block+"\x00"+b.Line) })
	return out
}

// foreign names what the differences are about that are not ours.
func (c *Conn) foreign(differences []Difference, ours []mirror.Unsaved) []string {
	var out []string
	lists := c.trunkLists(differences)
	for _, d := range differences {
		if !c.ours(d) && !c.listed(d, ours, lists) {
			out = append(out, c.d.about(d).Subject)
		}
	}
	return out
}

// foreignUnsaved says what else would be saved, "" for nothing.
func (c *Conn) foreignUnsaved(ctx context.Context, ours []mirror.Unsaved) (string, error) {
	if !c.compared {
		replies, err := c.run(ctx, c.d.p.Save.comparison()...)
		if err != nil {
			return "", fmt.Errorf("save: compare: %w", err)
		}
		if c.unsaved, err = c.d.p.Save.unsavedIn(replies); err != nil {
			return incomparable(err), nil
		}
	}
	c.compared = false // what is compared once is used once: others type meanwhile
	return c.wouldSave(c.unsaved, ours), nil
}

func incomparable(err error) string {
	return fmt.Sprintf("not saved: running and startup cannot be compared: %v", err)
}

// foreignIn says what of another hand a comparison shows, "" for nothing.
func (c *Conn) foreignIn(compared Replies, ours []mirror.Unsaved) string {
	differences, err := c.d.p.Save.unsavedIn(compared)
	if err != nil {
		return incomparable(err)
	}
	return c.wouldSave(differences, ours)
}

func (c *Conn) wouldSave(differences []Difference, ours []mirror.Unsaved) string {
	foreign := c.foreign(differences, ours)
	if len(foreign) == 0 {
		return ""
	}
	return fmt.Sprintf("not saved, because a save would take with it %s; save on the switch, or let the device's persist be always", theirLines(foreign))
}

// theirLines counts lines of another hand, and says what the first is about.
func theirLines(about []string) string {
	if len(about) == 1 {
		return "a line of another hand, about " + about[0]
	}
	return fmt.Sprintf("%d lines of another hand, the first about %s", len(about), about[0])
}

// ours reports whether a difference is of a session that was pushed.
func (c *Conn) ours(d Difference) bool {
	id := c.d.about(d).Session
	there, pushed := c.pushed[id]
	// What stands in a number that we freed is another hand's.
	return id != "" && pushed && (there || strings.HasPrefix(d.Line, "-"))
}

// listed reports whether a difference is of something that netmirror changed, over
// whatever connection, since the configuration was last saved. lists are the
// differences of trunks.
func (c *Conn) listed(d Difference, ours []mirror.Unsaved, lists map[string]trunkList) bool {
	about := c.d.about(d)
	gone := strings.HasPrefix(d.Line, "-")
	for _, u := range ours {
		switch f := u.Spec.Footing; {
		case f != nil && f.Kind == mirror.FootingVLAN:
			if f.Made && about.VLAN != 0 && about.VLAN == f.VLAN {
				return u.Set || gone
			}
			if l, ok := lists[d.Block]; ok && about.List != "" && l.onlyBy(ours) {
				return true
			}
		case f != nil && f.Kind == mirror.FootingOrigin:
			if f.Name != "" && f.Name == about.Origin {
				return u.Set || gone
			}
		case f != nil && f.Kind == mirror.FootingFilter:
			if f.Name != "" && f.Name == about.Filter {
				return u.Set || gone
			}
		case f != nil && f.Kind == mirror.FootingTunnel:
			if f.Name != "" && f.Name == about.Tunnel {
				return u.Set || gone
			}
		case f != nil:
			if about.Switch && f.Port != "" && f.Port == about.Port {
				return true
			}
		case about.Session != "" && about.Session == u.ID:
			return u.Set || gone
		}
	}
	return false
}

// A trunkList is how the list of a trunk differs between startup and running.
type trunkList struct {
	port     mirror.PortName
	was, now mirror.VLANSet
}

// trunkLists gathers, by block, the trunks whose lists differ. A list that is
// only on one side, which means that the other carries all VLANs, or that is
// not understood, is left out: then nobody knows that the change is ours.
func (c *Conn) trunkLists(differences []Difference) map[string]trunkList {
	lists := map[string]map[byte]string{}
	ports := map[string]mirror.PortName{}
	for _, d := range differences {
		about := c.d.about(d)
		if about.List == "" || about.Port == "" {
			continue
		}
		if lists[d.Block] == nil {
			lists[d.Block] = map[byte]string{}
		}
		ports[d.Block] = about.Port
		lists[d.Block][d.Line[0]] += "," + about.List
	}
	out := map[string]trunkList{}
	for block, l := range lists {
		was, err1 := mirror.ParseVLANs(strings.Trim(l['-'], ","))
		now, err2 := mirror.ParseVLANs(strings.Trim(l['+'], ","))
		if err1 == nil && err2 == nil && l['-'] != "" && l['+'] != "" {
			out[block] = trunkList{ports[block], was, now}
		}
	}
	return out
}

// onlyBy reports whether nothing differs but remote VLANs of ours that this trunk
// carries or carried: a path that moved to another VLAN changes two of them.
func (l trunkList) onlyBy(ours []mirror.Unsaved) bool {
	var vlans []int
	for _, u := range ours {
		if f := u.Spec.Footing; f != nil && slices.Contains(f.Trunks, l.port) {
			vlans = append(vlans, f.VLAN)
		}
	}
	all := mirror.VLANs(vlans...)
	return len(vlans) > 0 && l.was.Union(all).String() == l.now.Union(all).String()
}
