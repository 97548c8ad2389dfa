package iosxr

import (
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// A change is a line that comes ('+'), goes ('-') or stays (' ') above some that do.
type change struct {
	sign byte
	*cmdline.Node
	kids []change
}

// changesOf compares lines with what is below them; what goes stands before what comes.
func changesOf(was, now []*cmdline.Node) (out []change) {
	same := func(list []*cmdline.Node, n *cmdline.Node) *cmdline.Node {
		for _, o := range list {
			if o.Text == n.Text {
				return o
			}
		}
		return nil
	}
	for _, n := range was {
		if same(now, n) == nil {
			out = append(out, change{'-', n, nil})
		}
	}
	for _, n := range now {
		if o := same(was, n); o == nil {
			out = append(out, change{'+', n, nil})
		} else if kids := changesOf(o.Kids, n.Kids); len(kids) > 0 {
			out = append(out, change{' ', n, kids})
		}
	}
	return out
}

func roots(c *config) (out []*cmdline.Node) {
	for _, b := range c.Blocks() {
		out = append(out, b.Node)
	}
	return out
}

// delta is what was typed as `show configuration` shows it: what goes has a "no", unless
// something comes in its place.
func delta(was, now *config) string {
	var b strings.Builder
	var add func(list []change, depth int)
	add = func(list []change, depth int) {
		indent := strings.Repeat(" ", depth)
		come := map[string]bool{}
		for _, c := range list {
			come[keyOf(c.Text)] = come[keyOf(c.Text)] || c.sign == '+'
		}
		for _, c := range list {
			switch {
			case c.sign == '+':
				write(&b, c.Node, depth)
			case c.sign == '-' && !come[keyOf(c.Text)]:
				b.WriteString(indent + "no " + c.Text + "\n")
			case c.sign == ' ':
				b.WriteString(indent + c.Text + "\n")
				add(c.kids, depth+1)
				b.WriteString(indent + "!\n")
			}
		}
	}
	add(changesOf(roots(was), roots(now)), 0)
	return b.String()
}

// difference is the same as `show commit changes diff` shows it.
func difference(was, now *config) string {
	var b strings.Builder
	sign := func(c byte, text string) {
		for l := range strings.Lines(text) {
			b.WriteString(string(c) + "  " + l)
		}
	}
	var add func(list []change, depth int)
	add = func(list []change, depth int) {
		indent := strings.Repeat(" ", depth)
		for _, c := range list {
			if c.sign != ' ' {
				var whole strings.Builder
				write(&whole, c.Node, depth)
				sign(c.sign, whole.String())
				continue
			}
			sign(' ', indent+c.Text+"\n")
			add(c.kids, depth+1)
			sign(' ', indent+"!\n")
		}
	}
	add(changesOf(roots(was), roots(now)), 0)
	return b.String()
}
