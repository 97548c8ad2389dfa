package console

import (
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// lines makes lines of a stage's text, and says which of them open a mode whose
// lines take effect at once: those that the platform names, and in such a mode each line
// that others stand below. mirror.ErrInvalid for a line that has no place in such a
// block: nothing else is ever sent.
func (d *Driver) lines(s *stage) error {
	type level struct {
		indent, at         int // at is its place in s.lines
		line, within, mode string
	}
	var above []level
	for line := range strings.Lines(s.text) {
		line = strings.TrimRight(line, "\n")
		words := strings.TrimSpace(line)
		indent := len(line) - len(strings.TrimLeft(line, " "))
		for len(above) > 0 && above[len(above)-1].indent >= indent {
			above = above[:len(above)-1]
		}
		head, mode := "", ""
		if n := len(above); n > 0 {
			up := &above[n-1]
			if up.mode == "" && up.within != "" { // its name is not known: a line of the device's own that is put back
				up.mode, s.lines[up.at].Enters = cli.AnyMode, []string{cli.AnyMode}
			}
			head, mode = up.line, up.mode
		}
		if !d.p.Send.Allowed(s.change, head, words) {
			return fmt.Errorf("%q is no line of %s %s: %w", text.Quote(words), s.change.Verb(), s.change.Mark, mirror.ErrInvalid)
		}
		l := cli.Line{Text: line, Await: d.p.Send.Alone != nil && d.p.Send.Alone(words)}
		opened := level{indent: indent, at: len(s.lines), line: words, within: mode}
		for _, m := range d.p.Send.Modes {
			if m.Within == mode && m.Line.MatchString(words) {
				opened.mode, l.Enters = m.Prompt, []string{m.Prompt}
				break
			}
		}
		above = append(above, opened)
		s.lines = append(s.lines, l)
		s.heads = append(s.heads, head)
	}
	return nil
}

// key tells the lines of a stage apart: the same words in two modes are two lines.
func (s *stage) key(i int) string { return s.heads[i] + "\n" + strings.TrimSpace(s.lines[i].Text) }

// A part is what one line is about: what of a session's content it puts in, and what
// it takes out.
type part struct{ puts, takes mirror.NativeSpec }

// part tells what a line of the stage is about. Nothing reads the line: a line is
// about a piece of the change exactly when it is not written without it.
func (d *Driver) part(f mirror.Facts, s *stage, i int) part {
	if s.parts == nil {
		s.parts = make([]part, len(s.lines))
		if s.byID {
			return s.parts[i] // the id is all that it says
		}
		without := func(piece mirror.NativeSpec, c mirror.Change, add func(*part)) {
			rest := stage{change: c}
			var err error
			if rest.text, err = d.write(f, c); err == nil {
				err = d.lines(&rest)
			}
			if err != nil {
				return // it cannot be left out alone; then nothing is known to be of it
			}
			left := map[string]bool{}
			for j := range rest.lines {
				left[rest.key(j)] = true
			}
			for j := range s.lines {
				if !left[s.key(j)] {
					add(&s.parts[j])
				}
			}
		}
		c := s.change
		if c.After != nil {
			for _, piece := range pieces(c.After.Spec) {
				less := *c.After
				less.Spec = less.Spec.Beyond(piece)
				without(piece, mirror.Change{Mark: c.Mark, Before: c.Before, After: &less}, func(p *part) { p.puts = p.puts.With(piece) })
			}
		}
		if c.Before != nil {
			for _, piece := range pieces(c.Before.Spec) {
				less := *c.Before
				less.Spec = less.Spec.Beyond(piece)
				without(piece, mirror.Change{Mark: c.Mark, Before: &less, After: c.After}, func(p *part) { p.takes = p.takes.With(piece) })
			}
		}
	}
	return s.parts[i]
}

// pieces are the smallest parts of a session's content that a line can name: a
// source, a destination, a run of VLANs, the filter, the remote VLAN, the collector.
func pieces(n mirror.NativeSpec) (out []mirror.NativeSpec) {
	n = n.Normalize()
	for _, s := range n.Sources {
		out = append(out, mirror.NativeSpec{Sources: []mirror.NativeSource{s}})
	}
	for _, p := range n.Destinations {
		out = append(out, mirror.NativeSpec{Destinations: []mirror.PortName{p}})
	}
	for v := n.Options.FilterVLANs; len(v) > 0; {
		run := 1
		for run < len(v) && v[run] == v[run-1]+1 {
			run++
		}
		out = append(out, mirror.NativeSpec{Options: mirror.Options{FilterVLANs: v[:run]}})
		v = v[run:]
	}
	if n.Options.Filter != "" {
		out = append(out, mirror.NativeSpec{Options: mirror.Options{Filter: n.Options.Filter}})
	}
	if n.RemoteVLAN != 0 {
		out = append(out, mirror.NativeSpec{RemoteVLAN: n.RemoteVLAN})
	}
	if n.Options.Collector != "" {
		out = append(out, mirror.NativeSpec{Options: mirror.Options{Collector: n.Options.Collector}})
	}
	return out
}
