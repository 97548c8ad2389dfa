package iosxe

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

const writeMemory = "write memory"

// overwrite matches the one question that a save answers: startup was written by
// another version of the software (Unicon, iosxe/patterns.py).
var overwrite = regexp.MustCompile(`(?i)overwrite the previous nvram configuration\?\s*\[confirm\]\s*$`)

const showStartup = "show startup-config"

// Save writes the running configuration to startup. With onlyIfClean it does so
// only when nothing would be saved but what is listed as ours or what this
// connection changed since its last save, which is to say that both were equal
// before; where that cannot be told, it does not save. That comparison is the one
// that the last Observe made after a push, or is made now.
//
// Others type meanwhile. So the two are compared again in the write that saves,
// directly before the save (where that is typed line by line, it is judged before,
// and nothing is saved), and startup is read before and behind it, which tells
// what it has gained: saved with a why says that it was too
// late, and names the first line of another hand's that was saved.
func (c *Conn) Save(ctx context.Context, onlyIfClean bool, ours []mirror.Unsaved) (saved bool, why string, err error) {
	defer func() { err = hide(c.term, err) }()
	commands := []string{writeMemory}
	if onlyIfClean {
		if why, err = c.foreignUnsaved(ctx, ours); why != "" || err != nil {
			return false, why, err
		}
		commands = []string{showStartup, showUnsaved, writeMemory, showStartup}
	}
	tooLate := func(before []cli.Reply) bool { // where the save has not been sent yet, it is not too late
		why = c.foreignIn(before[1].Text, ours)
		return why != ""
	}
	replies, err := c.saveBy(ctx, commands, tooLate)
	if err == nil && why != "" {
		return false, why, nil
	}
	if err == nil && len(replies) != len(commands) {
		err = fmt.Errorf("%d replies to %d commands: %w", len(replies), len(commands), mirror.ErrUnreachable)
	}
	if err != nil {
		return false, "", fmt.Errorf("save: %w", err)
	}
	i := slices.Index(commands, writeMemory)
	answer := strings.TrimSpace(replies[i].Text)
	if _, refused := refusal(answer); refused || !strings.Contains(answer, "[OK]") {
		return false, "", fmt.Errorf("save: %w",
			&mirror.DeviceError{Device: c.device, Sent: writeMemory, Answer: text.Quote(answer), Kind: mirror.ErrRejected})
	}
	if onlyIfClean {
		why = c.foreignSaved(replies[0].Text, replies[1].Text, replies[3].Text, ours)
	}
	clear(c.pushed)
	c.unsaved, c.compared = nil, false
	return true, why, nil
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
	i := slices.Index(commands, writeMemory)
	replies, err := c.term.Run(ctx, commands[:i]...)
	if err != nil || i > 0 && len(replies) == i && keep(replies) {
		return replies, err
	}
	saved, err := c.term.RunConfirmed(ctx, writeMemory, overwrite)
	if err != nil {
		return replies, err
	}
	after, err := c.term.Run(ctx, commands[i+1:]...)
	return slices.Concat(replies, []cli.Reply{saved}, after), err
}

// foreignSaved says what another hand's lines startup has gained or lost by a save,
// "" for none: those of the comparison made directly before it, and those that
// neither startup nor that comparison had.
func (c *Conn) foreignSaved(before, compared, after string, ours []mirror.Unsaved) string {
	known, err := parseDifferences(compared)
	if err != nil {
		return fmt.Sprintf("running and startup could not be compared right before the save: %v", err)
	}
	all := slices.Clone(known)
	if was, is := startupLines(before), startupLines(after); len(was) > 0 && len(is) > 0 {
		all = append(all, gained(was, is, known)...)
	}
	if foreign := c.foreign(all, ours); len(foreign) > 0 {
		return fmt.Sprintf("saved with %s, typed meanwhile", theirLines(foreign))
	}
	return ""
}

// startupLines counts the lines of a configuration, each with its block; none where
// the device does not show it.
func startupLines(reply string) map[difference]int {
	out := map[difference]int{}
	if _, refused := showRefusal(reply); refused {
		return out
	}
	block := ""
	for _, line := range noise.Lines(reply) {
		words := strings.TrimSpace(line)
		switch {
		case words == "" || words[0] == '!' || words == "end" || strings.HasPrefix(words, "Using "):
		case line[0] == ' ':
			out[difference{block, words}]++
		default:
			if block = words; classicMonitor(block) {
				block = ""
			}
			out[difference{"", words}]++
		}
	}
	return out
}

// gained are the lines by which two startup configurations differ, but for known
// ones.
func gained(was, is map[difference]int, known []difference) []difference {
	less := map[difference]int{}
	for _, d := range known {
		less[difference{d.block, d.line[:1] + strings.TrimSpace(d.line[1:])}]++
	}
	var out []difference
	side := func(sign string, a, b map[difference]int) {
		for d, n := range a {
			signed := difference{d.block, sign + d.line}
			if n > b[d] && n-b[d] > less[signed] {
				out = append(out, signed)
			}
		}
	}
	side("+", is, was)
	side("-", was, is)
	slices.SortFunc(out, func(a, b difference) int { return strings.Compare(a.block+"\x00"+a.line, b.block+"\x00"+b.line) })
	return out
}

// foreign names what the differences are about that are not ours.
func (c *Conn) foreign(differences []difference, ours []mirror.Unsaved) []string {
	var out []string
	lists := trunkLists(differences)
	for _, d := range differences {
		if !c.ours(d) && !listed(d, ours, lists) {
			out = append(out, d.subject())
		}
	}
	return out
}

// foreignUnsaved says what else would be saved, "" for nothing.
func (c *Conn) foreignUnsaved(ctx context.Context, ours []mirror.Unsaved) (string, error) {
	if !c.compared {
		replies, err := c.run(ctx, showUnsaved)
		if err != nil {
			return "", fmt.Errorf("save: compare: %w", err)
		}
		if c.unsaved, err = parseDifferences(replies[showUnsaved]); err != nil {
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
func (c *Conn) foreignIn(compared string, ours []mirror.Unsaved) string {
	differences, err := parseDifferences(compared)
	if err != nil {
		return incomparable(err)
	}
	return c.wouldSave(differences, ours)
}

func (c *Conn) wouldSave(differences []difference, ours []mirror.Unsaved) string {
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
func (c *Conn) ours(d difference) bool {
	reply := d.block
	if reply == "" {
		reply = strings.TrimSpace(d.line[1:])
	}
	m := monitorHead.FindStringSubmatch(reply)
	if m == nil {
		return false
	}
	there, pushed := c.pushed[m[1]]
	// What stands in a number that we freed is another hand's.
	return pushed && (there || strings.HasPrefix(d.line, "-"))
}

// subject names what a difference is about without quoting it: a line of a
// configuration may hold a secret.
func (d difference) subject() string {
	reply := d.block
	if reply == "" {
		reply = strings.TrimSpace(strings.TrimLeft(d.line, "+- "))
	}
	words := strings.Fields(reply)
	switch {
	case len(words) == 0:
		return "a blank line"
	case len(words) > 1 && (words[0] == "interface" || words[0] == "vlan" || words[0] == "monitor"):
		return fmt.Sprintf("%q", text.Quote(reply))
	}
	return fmt.Sprintf("%q", words[0])
}

// listed reports whether a difference is of something that netmirror changed,
// over whatever connection, since the configuration was last saved. lists are
// the differences of trunks.
func listed(d difference, ours []mirror.Unsaved, lists map[string]trunkList) bool {
	reply := d.block
	if reply == "" {
		reply = strings.TrimSpace(d.line[1:])
	}
	for _, u := range ours {
		switch {
		case u.Spec.Role == mirror.RoleRSPANTransit:
			if u.Spec.VLANMade && reply == fmt.Sprintf("vlan %d", u.Spec.RemoteVLAN) {
				return u.Set || strings.HasPrefix(d.line, "-")
			}
			if l, ok := lists[d.block]; ok && l.onlyBy(ours) && trunkListLine(d.line) != "" {
				return true
			}
		case u.Spec.Role == mirror.RoleDestinationPort:
			if n, ok := grammar.Read(strings.TrimPrefix(d.block, "interface ")); ok && slices.Contains(u.Spec.Destinations, n.Full()) &&
				slices.Contains([]string{"shutdown", "no shutdown"}, strings.TrimSpace(d.line[1:])) {
				return true
			}
		default:
			if m := monitorHead.FindStringSubmatch(reply); m != nil && m[1] == u.ID {
				return u.Set || strings.HasPrefix(d.line, "-")
			}
		}
	}
	return false
}

// A trunkList is how the list of a trunk differs between startup and running.
type trunkList struct {
	port     mirror.PortName
	was, now mirror.VLANSet
}

const allowedWords = "switchport trunk allowed vlan "

// trunkListLine is the list of a signed line that limits a trunk, "" for others.
func trunkListLine(line string) string {
	list, ok := strings.CutPrefix(strings.TrimSpace(line[1:]), allowedWords)
	if !ok {
		return ""
	}
	return list
}

// trunkLists gathers, by block, the trunks whose lists differ. A list that is
// only on one side, which means that the other carries all VLANs, or that is
// not understood, is left out: then nobody knows that the change is ours.
func trunkLists(differences []difference) map[string]trunkList {
	reply := map[string]map[byte]string{}
	for _, d := range differences {
		list := trunkListLine(d.line)
		if list == "" || !strings.HasPrefix(d.block, "interface ") {
			continue
		}
		if reply[d.block] == nil {
			reply[d.block] = map[byte]string{}
		}
		reply[d.block][d.line[0]] += "," + strings.TrimPrefix(list, "add ")
	}
	out := map[string]trunkList{}
	for block, lists := range reply {
		n, ok := grammar.Read(strings.TrimPrefix(block, "interface "))
		was, err1 := mirror.ParseVLANs(strings.Trim(lists['-'], ","))
		now, err2 := mirror.ParseVLANs(strings.Trim(lists['+'], ","))
		if ok && err1 == nil && err2 == nil && lists['-'] != "" && lists['+'] != "" {
			out[block] = trunkList{n.Full(), was, now}
		}
	}
	return out
}

// onlyBy reports whether nothing differs but remote VLANs of ours that this trunk
// carries or carried: a path that moved to another VLAN changes two of them.
func (l trunkList) onlyBy(ours []mirror.Unsaved) bool {
	var vlans []int
	for _, u := range ours {
		if u.Spec.Role == mirror.RoleRSPANTransit && slices.Contains(u.Spec.Trunks, l.port) {
			vlans = append(vlans, u.Spec.RemoteVLAN)
		}
	}
	all := mirror.VLANs(vlans...)
	return len(vlans) > 0 && l.was.Union(all).String() == l.now.Union(all).String()
}
