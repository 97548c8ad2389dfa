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

// A typist is what somebody writes with scrapligo to have netmirror's lines typed.
type typist struct {
	k    kind
	d    *network.Driver
	text typed
}

func (t *typist) open(sw *lab.Switch) (err error) {
	t.d, err = openStock(t.k, sw)
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

// session has lines typed, looks before and behind, and keeps what they make.
func (t *typist) session(lines []string, made bool) error {
	if _, err := t.look(); err != nil {
		return err
	}
	// Where a commit is on trial, it is looked at from where it is confirmed.
	var seen string
	var err error
	if len(t.k.confirm) > 0 {
		seen, err = t.typed(slices.Concat(lines, t.k.commit, []string{t.k.do + t.k.look})...)
	} else if _, err = t.typed(lines...); err == nil {
		seen, err = t.look()
	}
	if err != nil {
		return err
	}
	if strings.Contains(seen, fmt.Sprintf(t.k.port(), 23)) != made {
		return fmt.Errorf("after\n%s\nthe switch shows\n%s", strings.Join(lines, "\n"), seen)
	}
	if len(t.k.confirm) > 0 {
		if _, err := t.typed(t.k.confirm...); err != nil {
			return err
		}
		return t.d.AcquirePriv(t.d.DefaultDesiredPriv)
	}
	return failed(t.d.SendCommand(t.k.save))
}

// measureTyping takes the figures of a typist.
func measureTyping(k kind, sw *lab.Switch, text typed) (map[string]figure, error) {
	out, t := map[string]figure{}, &typist{k: k, text: text}
	if err := t.open(sw); err != nil {
		return nil, err
	}
	defer func() { t.close() }()
	var err error
	take := func(what string, prepare, act func() error) {
		if err == nil {
			out[what], err = measure(sw, prepare, act)
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
		if err := t.open(sw); err != nil {
			return err
		}
		return create()
	})
	take("delete, warm", there, func() error { return t.session(text.unmake, false) })
	take("resync, warm", there, func() error { _, err := t.look(); return err })
	take(alone, clean, func() error { return t.alone(text.make) })
	return out, err
}
