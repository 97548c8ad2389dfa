package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scrapli/scrapligo/driver/network"
	"github.com/scrapli/scrapligo/driver/opoptions"
	"github.com/scrapli/scrapligo/util"

	"github.com/netmirror/netmirror/internal/lab"
)

// A typist is what somebody writes with scrapligo to have netmirror's lines typed. Careful,
// it reads what netmirror reads for the same result, and logs in a second time before it
// confirms.
type typist struct {
	k       kind
	sw      *lab.Switch
	d       *network.Driver
	careful bool
}

func (t *typist) open() (err error) {
	t.d, err = openStock(t.k, t.sw)
	return err
}

// close gives the connection back; it reports the EOF of its own end.
func (t *typist) close() { _ = t.d.Close() }

func (t *typist) look() (string, error) {
	r, err := t.d.SendCommand(t.k.look)
	if err := failed(r, err); err != nil {
		return "", err
	}
	return r.Result, nil
}

// typed has lines typed where the platform is configured, and gives the answer to the
// last one.
func (t *typist) typed(lines ...string) (string, error) {
	var level []util.Option
	if t.k.level != "" {
		level = append(level, opoptions.WithPrivilegeLevel(t.k.level))
	}
	m, err := t.d.SendConfigs(lines, level...)
	if err != nil {
		return "", err
	}
	return m.Responses[len(m.Responses)-1].Result, m.Failed
}

// alone has lines typed and committed, and looks at nothing.
func (t *typist) alone(lines []string) error {
	if t.k.plain != "" {
		lines = append(slices.Clone(lines), t.k.plain)
	}
	_, err := t.typed(lines...)
	return err
}

// show runs commands that a careful script runs.
func (t *typist) show(commands ...string) error {
	for _, c := range commands {
		if strings.Contains(c, "%s") {
			c = fmt.Sprintf(c, fmt.Sprintf(t.k.ports, 23))
		}
		if err := failed(t.d.SendCommand(c)); err != nil {
			return err
		}
	}
	return nil
}

// session has lines typed, looks before and behind, and keeps what they make. made says
// that the session is there afterwards; one that goes needs no look at its destination.
func (t *typist) session(lines []string, made bool) error {
	if _, err := t.look(); err != nil {
		return err
	}
	reads := kind{}
	if t.careful {
		reads = t.k
	}
	if !made {
		reads.before = nil
	}
	if err := t.show(slices.Concat(reads.before, reads.waits)...); err != nil {
		return err
	}
	if len(t.k.confirm) > 0 {
		return t.trial(lines, made, reads)
	}
	if _, err := t.typed(lines...); err != nil {
		return err
	}
	seen, err := t.look()
	if err == nil {
		err = t.holds(seen, lines, made)
	}
	if err != nil {
		return err
	}
	return t.show(slices.Concat(reads.after, reads.unsaved, []string{t.k.save}, reads.saved)...)
}

// trial has lines committed on trial, looks from where they are confirmed, and confirms.
func (t *typist) trial(lines []string, made bool, reads kind) error {
	var inside []string
	for _, c := range append(reads.after, t.k.look) {
		inside = append(inside, t.k.do+c)
	}
	seen, err := t.typed(slices.Concat(lines, t.k.commit, inside)...)
	if err == nil {
		err = t.holds(seen, lines, made)
	}
	if err != nil {
		return err
	}
	if t.careful && made {
		second := typist{k: t.k, sw: t.sw}
		if err := second.open(); err != nil {
			return err
		}
		defer second.close()
	}
	inside = nil
	for _, c := range reads.waits {
		inside = append(inside, t.k.do+c)
	}
	if _, err := t.typed(append(inside, t.k.confirm...)...); err != nil {
		return err
	}
	return t.d.AcquirePriv(t.d.DefaultDesiredPriv)
}

// holds is an error when the lines did not do what they are for.
func (t *typist) holds(seen string, lines []string, made bool) error {
	if strings.Contains(seen, fmt.Sprintf(t.k.port(), 23)) != made {
		return fmt.Errorf("after\n%s\nthe switch shows\n%s", strings.Join(lines, "\n"), seen)
	}
	return nil
}

// measureTyping takes the figures of a typist.
func measureTyping(k kind, sw *lab.Switch, text typed, careful bool) (map[string]figure, error) {
	out, t := map[string]figure{}, &typist{k: k, sw: sw, careful: careful}
	if err := t.open(); err != nil {
		return nil, err
	}
	defer func() { t.close() }()
	var err error
	take := func(what string, prepare, act func() error) {
		if err == nil {
			out[what], err = measure(k.at(sw).trips, prepare, act)
		}
	}
	clean := func() error { // what is not there is refused
		if seen, err := t.look(); err != nil || !strings.Contains(seen, fmt.Sprintf(k.port(), 23)) {
			return err
		}
		if err := t.alone(text.unmake); err != nil {
			return err
		}
		_, err := t.look() // and with that out of the modes that lines lead into
		return err
	}
	there := func() error {
		if err := clean(); err != nil {
			return err
		}
		return t.alone(text.make)
	}
	create := func() error { return t.session(text.make, true) }
	take("create, warm", clean, create)
	take("create, cold", func() error { err := clean(); t.close(); return err }, func() error {
		if err := t.open(); err != nil {
			return err
		}
		return create()
	})
	take("delete, warm", there, func() error { return t.session(text.unmake, false) })
	take("resync, warm", there, func() error { _, err := t.look(); return err })
	if !careful {
		take(alone, clean, func() error { return t.alone(text.make) })
	}
	if err == nil {
		err = clean()
	}
	return out, err
}
