package plain

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A Config is what a switch keeps.
type Config struct {
	// Ports are those that differ from a port out of the box; VLANs have names.
	Ports  map[string]Port
	VLANs  map[int]string
	Mirror Mirror
}

// A Port is what one is set to. Access is the VLAN of untagged frames, 0 = 1.
type Port struct {
	Shut   bool
	Alias  string
	Access int
	Tagged fabric.VLANSet
}

// A Mirror is what a platform keeps of its mirror sessions.
type Mirror interface {
	Clone() Mirror
	// Lines are what it is written as, Line reads one of them; mine is false where it
	// is none of its lines.
	Lines() []string
	Line(words []string) (mine bool, err error)
}

// Clone copies a configuration.
func (c *Config) Clone() *Config {
	return &Config{maps.Clone(c.Ports), maps.Clone(c.VLANs), c.Mirror.Clone()}
}

// Text is a configuration in lines.
func (c *Config) Text() string {
	var b strings.Builder
	for _, v := range slices.Sorted(maps.Keys(c.VLANs)) {
		b.WriteString(strings.TrimRight(fmt.Sprintf("vlan %d %s", v, c.VLANs[v]), " ") + "\n")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Ports)) {
		p := c.Ports[name]
		for _, l := range []struct {
			told bool
			line string
		}{{p.Alias != "", "alias " + p.Alias}, {p.Shut, "shutdown"}, {p.Access != 0, "access " + strconv.Itoa(p.Access)}, {!p.Tagged.Empty(), "trunk " + p.Tagged.Format(",", "-")}} {
			if l.told {
				fmt.Fprintf(&b, "port %s %s\n", name, l.line)
			}
		}
	}
	for _, l := range c.Mirror.Lines() {
		b.WriteString(l + "\n")
	}
	return b.String()
}

// read reads lines into a configuration.
func (c *Config) read(text string, ports map[string]*fabric.Port) error {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := c.line(words, ports); err != nil {
			return fmt.Errorf("%q: %w", strings.TrimSpace(line), err)
		}
	}
	return nil
}

func (c *Config) line(words []string, ports map[string]*fabric.Port) error {
	switch {
	case words[0] == "vlan" && len(words) >= 2:
		v, err := strconv.Atoi(words[1])
		if err != nil || v < 1 || v > 4094 {
			return fmt.Errorf("%q is no VLAN", words[1])
		}
		c.VLANs[v] = strings.Join(words[2:], " ")
		return nil
	case words[0] == "port" && len(words) >= 3:
		if ports[words[1]] == nil {
			return fmt.Errorf("there is no port %q", words[1])
		}
		p := c.Ports[words[1]]
		if err := p.line(words[2], strings.Join(words[3:], " ")); err != nil {
			return err
		}
		c.Ports[words[1]] = p
		return nil
	}
	if mine, err := c.Mirror.Line(words); mine || err != nil {
		return err
	}
	return fmt.Errorf("unknown line")
}

func (p *Port) line(word, rest string) (err error) {
	var ok bool
	switch word {
	case "alias":
		p.Alias = rest
		return nil
	case "shutdown":
		p.Shut = true
		return nil
	case "access":
		if p.Access, err = strconv.Atoi(rest); err == nil && p.Access >= 1 && p.Access <= 4094 {
			return nil
		}
	case "trunk":
		if p.Tagged, ok = fabric.ParseVLANs(rest); ok {
			return nil
		}
	}
	return fmt.Errorf("unknown setting of a port")
}

// State is what a port's setting means for frames.
func (c *Config) State(name string) fabric.PortState {
	p := c.Ports[name]
	return fabric.PortState{Down: p.Shut, Trunk: !p.Tagged.Empty(), Access: p.Access, Allowed: p.Tagged, Description: p.Alias}
}

// Known are the VLANs that there are, VLAN 1 always.
func (c *Config) Known() []int {
	known := fabric.VLANs(1)
	for v := range c.VLANs {
		known.Add(v)
	}
	return known.List()
}
