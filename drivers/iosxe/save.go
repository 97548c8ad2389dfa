package iosxe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// ReasonForeignUnsaved begins Save's why when the running configuration has
// unsaved lines that are not ours.
const ReasonForeignUnsaved = "ForeignUnsavedChanges"

const writeMemory = "write memory"

// Save writes the running configuration to startup. With onlyIfClean it does so
// only when nothing would be saved but what is listed as ours or what this
// connection changed since its last save, which is to say that both were equal
// before; where that cannot be told, it does not save. The comparison is the one that the last
// Observe made after a push, or is made now.
func (c *Conn) Save(ctx context.Context, onlyIfClean bool, ours []mirror.Unsaved) (saved bool, why string, err error) {
	if onlyIfClean {
		if why, err = c.foreignUnsaved(ctx, ours); why != "" || err != nil {
			return false, why, err
		}
	}
	replies, err := c.run(ctx, writeMemory)
	if err != nil {
		return false, "", fmt.Errorf("iosxe: save %s: %w", c.device, err)
	}
	answer := strings.TrimSpace(replies[writeMemory])
	if _, refused := refusal(answer); refused || !strings.Contains(answer, "[OK]") {
		return false, "", fmt.Errorf("iosxe: save %s: %w", c.device,
			&mirror.DeviceError{Device: c.device, Sent: writeMemory, Answer: quote(answer), Kind: mirror.ErrRejected})
	}
	clear(c.pushed)
	c.unsaved, c.compared = nil, false
	return true, "", nil
}

// foreignUnsaved says what else would be saved, "" for nothing.
func (c *Conn) foreignUnsaved(ctx context.Context, ours []mirror.Unsaved) (string, error) {
	if !c.compared {
		replies, err := c.run(ctx, showUnsaved)
		if err != nil {
			return "", fmt.Errorf("iosxe: save %s: compare: %w", c.device, err)
		}
		if c.unsaved, err = parseDifferences(replies[showUnsaved]); err != nil {
			return fmt.Sprintf("%s: running and startup cannot be compared: %v", ReasonForeignUnsaved, err), nil
		}
	}
	c.compared = false // what is compared once is used once: others type meanwhile
	var foreign []string
	lists := trunkLists(c.unsaved)
	for _, d := range c.unsaved {
		if !c.ours(d) && !listed(d, ours, lists) {
			foreign = append(foreign, d.subject())
		}
	}
	if len(foreign) == 0 {
		return "", nil
	}
	return fmt.Sprintf("%s: %d lines that are not ours are not saved, the first one about %s", ReasonForeignUnsaved, len(foreign), foreign[0]), nil
}

// ours reports whether a difference is of a session that was pushed.
func (c *Conn) ours(d difference) bool {
	text := d.block
	if text == "" {
		text = strings.TrimSpace(d.line[1:])
	}
	m := monitorHead.FindStringSubmatch(text)
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
	text := d.block
	if text == "" {
		text = strings.TrimSpace(strings.TrimLeft(d.line, "+- "))
	}
	words := strings.Fields(text)
	switch {
	case len(words) == 0:
		return "a blank line"
	case len(words) > 1 && (words[0] == "interface" || words[0] == "vlan" || words[0] == "monitor"):
		return fmt.Sprintf("%q", quote(text))
	}
	return fmt.Sprintf("%q", words[0])
}

// listed reports whether a difference is of something that netmirror changed,
// over whatever connection, since the configuration was last saved. lists are
// the differences of trunks.
func listed(d difference, ours []mirror.Unsaved, lists map[string]trunkList) bool {
	text := d.block
	if text == "" {
		text = strings.TrimSpace(d.line[1:])
	}
	for _, u := range ours {
		switch {
		case u.Spec.Role == mirror.RoleRSPANTransit:
			if u.Spec.VLANMade && text == fmt.Sprintf("vlan %d", u.Spec.RemoteVLAN) {
				return u.Set || strings.HasPrefix(d.line, "-")
			}
			if l, ok := lists[d.block]; ok && l.onlyBy(u.Spec) && trunkListLine(d.line) != "" {
				return true
			}
		case u.Spec.Role == mirror.RoleDestinationPort:
			if n, ok := readName(strings.TrimPrefix(d.block, "interface ")); ok && slices.Contains(u.Spec.Destinations, n.full()) &&
				slices.Contains([]string{"shutdown", "no shutdown"}, strings.TrimSpace(d.line[1:])) {
				return true
			}
		default:
			if m := monitorHead.FindStringSubmatch(text); m != nil && m[1] == u.ID {
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
	text := map[string]map[byte]string{}
	for _, d := range differences {
		list := trunkListLine(d.line)
		if list == "" || !strings.HasPrefix(d.block, "interface ") {
			continue
		}
		if text[d.block] == nil {
			text[d.block] = map[byte]string{}
		}
		text[d.block][d.line[0]] += "," + strings.TrimPrefix(list, "add ")
	}
	out := map[string]trunkList{}
	for block, lists := range text {
		n, ok := readName(strings.TrimPrefix(block, "interface "))
		was, err1 := mirror.ParseVLANs(strings.Trim(lists['-'], ","))
		now, err2 := mirror.ParseVLANs(strings.Trim(lists['+'], ","))
		if ok && err1 == nil && err2 == nil && lists['-'] != "" && lists['+'] != "" {
			out[block] = trunkList{n.full(), was, now}
		}
	}
	return out
}

// onlyBy reports whether nothing differs but the remote VLAN of a footing on
// one of its trunks.
func (l trunkList) onlyBy(footing mirror.NativeSpec) bool {
	ours := mirror.VLANs(footing.RemoteVLAN)
	return slices.Contains(footing.Trunks, l.port) && l.was.Union(ours).String() == l.now.Union(ours).String()
}
