package iosxe

import (
	"context"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// ReasonForeignUnsaved begins Save's why when the running configuration has
// unsaved lines that are not ours.
const ReasonForeignUnsaved = "ForeignUnsavedChanges"

const writeMemory = "write memory"

// Save writes the running configuration to startup. With onlyIfClean it does so
// only when nothing would be saved but sessions that this connection changed
// since its last save, which is to say that both were equal before; where that
// cannot be told, it does not save. The comparison is the one that the last
// Observe made after a push, or is made now.
func (c *Conn) Save(ctx context.Context, onlyIfClean bool, _ []mirror.Unsaved) (saved bool, why string, err error) {
	if onlyIfClean {
		if why, err = c.foreignUnsaved(ctx); why != "" || err != nil {
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
func (c *Conn) foreignUnsaved(ctx context.Context) (string, error) {
	if !c.compared {
		replies, err := c.run(ctx, showUnsaved)
		if err != nil {
			return "", fmt.Errorf("iosxe: save %s: compare: %w", c.device, err)
		}
		if c.unsaved, err = parseDifferences(replies[showUnsaved]); err != nil {
			return fmt.Sprintf("%s: running and startup cannot be compared: the device answered %q", ReasonForeignUnsaved, quote(replies[showUnsaved])), nil
		}
	}
	c.compared = false // what is compared once is used once: others type meanwhile
	var foreign []string
	for _, d := range c.unsaved {
		if !c.ours(d) {
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
