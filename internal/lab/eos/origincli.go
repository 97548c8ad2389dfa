package eos

import (
	"errors"
	"fmt"
	"strings"

	tree "github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// The command line as the origin "cli" of the gNMI server (fact sheet, 3.2). Which words
// and codes a server refuses with is not recorded: here they are those of the command
// line, which do not name the line.

// About is what the server tells of itself (fact sheet, 3.2).
func (d *device) About() tree.About {
	return tree.About{GNMI: "0.7.0", Encodings: []string{"JSON", "JSON_IETF", "ASCII"},
		Models: []tree.ModelName{{Name: "arista-cli", Organization: "Arista Networks <http://arista.com/>", Version: ""}, {Name: "openconfig-system", Organization: "OpenConfig working group", Version: ""}}}
}

// Show is what a command shows, as text or in JSON. Text is there from 4.29.2F. Whether a
// bar is taken, or what does not show anything, is not recorded: here neither is.
func (d *device) Show(user string, privilege int, command string, json bool) (string, error) {
	if !json && !d.model.asciiGets {
		return "", errors.New("encoding ASCII is not supported for origin cli")
	}
	if strings.Contains(command, "|") || !strings.HasPrefix(command, "show ") {
		return "", errors.New(strings.TrimSpace(invalidInput))
	}
	c := d.unattended(user, privilege)
	defer c.Close()
	if json {
		command += " | json"
	}
	text := c.Run(command).Text
	if strings.HasPrefix(text, "%") {
		return "", errors.New(strings.TrimSpace(text))
	}
	return text, nil
}

// Apply runs the lines of one Set in a configuration session of their own and commits it:
// all are in force or none. What a session is named is not recorded, nor whether a command
// of normal mode is taken in between: here none is. A warning is not told.
func (d *device) Apply(user string, privilege int, lines []string) error {
	c := d.unattended(user, privilege)
	defer c.locked()()
	if privilege < 15 {
		return errors.New(strings.TrimSpace(needsPrivilege))
	}
	if l := d.lock; l != nil {
		return worded(notRecorded("the configuration is locked by %s on %s", l.user, l.tty))
	}
	d.unnamed++
	name := fmt.Sprintf("gnmi-%d", d.unnamed)
	s, err := d.Edit(name, c.holder())
	if err != nil {
		return worded(refused(name, err))
	}
	c.mode, c.cand, c.batch = modeConfig, s, true
	for _, line := range lines {
		r := c.dispatch(line)
		if c.cand != s { // out of the session, with lines that are left
			r = notRecorded("%q leaves the session", line)
		}
		if strings.HasPrefix(r.Text, "%") {
			d.drop(s)
			return worded(r)
		}
	}
	if r := c.commit(s, &args{}); r.Text != "" {
		d.drop(s)
		return worded(r)
	}
	if d.Running.Block("management api gnmi").Has("operation set persistence") && d.model.savesSets {
		d.Save(user)
	}
	return nil
}

// drop takes a session of a Set away.
func (d *device) drop(s *candidate) {
	if s.State == plant.Pending {
		_ = d.Abort(s, "") // it is pending
	}
	d.Forget(s)
}

func worded(r reply) error { return errors.New(strings.TrimSpace(r.Text)) }

// unattended is a command line without a terminal.
func (d *device) unattended(user string, privilege int) *cli {
	c, _ := d.Login(user, privilege, "gNMI").(*cli) // which it is
	c.tty = "GNMI"
	return c
}
