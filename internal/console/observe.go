package console

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A state is what the device was last seen to be. Once it is handed out it is
// never changed.
type state struct {
	observation mirror.Observation
	around      any       // the platform's own
	older       bool      // the device knows Reads.Older in its older spelling
	narrow      string    // the text of Reads.Narrow, without noise
	beside      string    // that of Reads.Beside
	read        time.Time // of the configuration
	looked      time.Time // at what is around

	// told is, by session, the command that told whether it is in the hardware.
	told map[string]string
}

// clone may be changed without changing the state.
func (s *state) clone() *state {
	out := *s
	out.observation.Natives = slices.Clone(s.observation.Natives)
	out.observation.Ports = slices.Clone(s.observation.Ports)
	out.observation.Handles = maps.Clone(s.observation.Handles)
	out.told = maps.Clone(s.told)
	return &out
}

// viewBreak stands between the two texts of a view.
const viewBreak = "\n\f\n"

// recall takes up what the caller knows of the device. Of what is stored the
// surroundings are missing; they are read with the next configuration.
func (c *Conn) recall(k mirror.Known) {
	s, ours := k.Private.(*state)
	switch {
	case ours && s == c.given:
	case ours:
		c.state, c.given = s.clone(), s
	case k.View != "" && !k.IsZero():
		c.state, c.given = &state{observation: k.Observation, read: k.Read}, nil
		c.state.narrow, c.state.beside, _ = strings.Cut(k.View, viewBreak)
		c.state = c.state.clone()
	default:
		c.state, c.given = nil, nil
	}
}

// known hands out what was read; the caller may keep it.
func (c *Conn) known() mirror.Known {
	c.given = c.state.clone()
	return mirror.Known{Observation: c.given.clone().observation, View: c.given.narrow + viewBreak + c.given.beside,
		Read: c.given.read, Private: c.given}
}

// Observe reads the device. While the narrow view says the same as is known and
// nothing was pushed, it is one command; the configuration and the ports are read
// again after a push, when the view changed, when they are older than the look bears,
// and when it is at the whole. The ports that the look names are asked for in the
// same write.
//
// Output that is not understood is mirror.ErrParse. A device that refuses the narrow
// view is a DeviceError.
func (c *Conn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	c.recall(look.Known)
	if look.Whole {
		c.dirty, c.doubt, c.lookAgain = true, true, true
	}
	if err := c.observe(ctx, look); err != nil {
		c.dirty, c.doubt = true, true
		return mirror.Known{}, hide(c.term, err)
	}
	return c.known(), nil
}

func (c *Conn) observe(ctx context.Context, look mirror.Look) error {
	same := false
	if c.d.p.Reads.Named == nil && len(look.Ports)+len(look.Traffic) > 0 {
		c.doubt, c.lookAgain = true, true // whose ports are told with everything else alone
	} else if c.state != nil && !c.dirty && !c.state.read.Before(look.Oldest) {
		var err error
		if same, err = c.unchanged(ctx, look); err != nil {
			return err
		}
	}
	if !same {
		if err := c.full(ctx, look); err != nil {
			return err
		}
	}
	c.state.observation.At = c.now()
	return nil
}

// named are the commands for the ports of a look.
func (c *Conn) named(look mirror.Look, whole, around bool) []string {
	if c.d.p.Reads.Named == nil || len(look.Ports)+len(look.Traffic) == 0 {
		return nil
	}
	is := func(p mirror.PortName) bool { return !c.d.p.Ports.Canonical(p) }
	look.Ports, look.Traffic = slices.DeleteFunc(slices.Clone(look.Ports), is), slices.DeleteFunc(slices.Clone(look.Traffic), is)
	return c.d.p.Reads.Named(look, whole, around)
}

// beside are the commands that go with the narrow view.
func (c *Conn) beside() []string {
	if c.state == nil || c.d.p.Reads.Beside == nil {
		return nil
	}
	return c.d.p.Reads.Beside(c.state.observation)
}

// unchanged reads the narrow view, with the hardware's state of what was not
// programmed when it was last asked.
func (c *Conn) unchanged(ctx context.Context, look mirror.Look) (bool, error) {
	r := &c.d.p.Reads
	var waiting []mirror.NativeSession
	for _, n := range c.state.observation.Natives {
		if r.Live || n.Programmed == mirror.False || n.Waits != "" {
			waiting = append(waiting, n)
		}
	}
	beside := c.beside()
	replies, err := c.run(ctx, slices.Concat([]string{r.Narrow}, beside, c.named(look, false, false), c.questions(waiting))...)
	if err != nil {
		return false, err
	}
	if err := c.shown(replies); err != nil {
		return false, err
	}
	if c.d.p.Noise.Quiet(replies[r.Narrow]) != c.state.narrow { // what is the same was understood before
		return false, nil
	}
	if len(beside) > 0 && c.textOf(beside, replies) != c.state.beside {
		c.lookAgain = true
		return false, nil
	}
	if err := c.hardware(ctx, waiting, c.state, replies); err != nil {
		return false, err
	}
	for _, n := range waiting {
		*find(c.state.observation.Natives, n.ID) = n
	}
	return c.readNamed(look, replies)
}

// shown is a DeviceError when the narrow view was refused.
func (c *Conn) shown(replies Replies) error {
	narrow := c.d.p.Reads.Narrow
	if words, refused := c.d.p.Reads.Refused(replies[narrow]); refused {
		return &mirror.DeviceError{Device: c.device, Sent: c.spelled(narrow), Answer: words}
	}
	return nil
}

// textOf is the text of several views, "" where one was not read.
func (c *Conn) textOf(commands []string, replies Replies) string {
	var out []string
	for _, command := range commands {
		reply, asked := replies[command]
		if !asked || c.d.p.Reads.Absent(reply) {
			return ""
		}
		out = append(out, c.d.p.Noise.Quiet(reply))
	}
	return strings.Join(out, "\n")
}

// surroundings brings what is around up to date.
func (c *Conn) surroundings(old any, look mirror.Look, replies Replies) (any, error) {
	if c.d.p.Reads.Surroundings == nil {
		return old, nil
	}
	return c.d.p.Reads.Surroundings(old, look, replies)
}

// read makes an observation of replies, without what is the model's default.
func (c *Conn) read(replies Replies, around any) (mirror.Observation, error) {
	if err := c.shown(replies); err != nil {
		return mirror.Observation{}, err
	}
	o, err := c.d.p.Reads.Observe(c.facts, replies, around)
	if err != nil {
		return mirror.Observation{}, err
	}
	for i := range o.Ports {
		o.Ports[i].Stanza = c.d.redact(o.Ports[i].Stanza)
	}
	can := c.d.p.Can(c.facts)
	for i := range o.Natives {
		n := &o.Natives[i]
		n.Spec = can.Plain(n.Spec)
		if n.Other != nil {
			plain := can.Plain(*n.Other)
			n.Other = &plain
		}
	}
	return o, nil
}

// full reads everything, in one write where few sessions are on the device. Behind a
// push of sessions it reads what proves them: how the device shows its sessions,
// whether those that were pushed are in the hardware, and what is unsaved. Ports, what
// is around and the hardware's state of other sessions are taken for granted then.
func (c *Conn) full(ctx context.Context, look mirror.Look) error {
	r := &c.d.p.Reads
	proof := c.proves(look)
	all := !proof && (c.state == nil || c.lookAgain || c.state.looked.IsZero() || c.state.looked.Before(look.Oldest))
	behind := ""
	if proof {
		behind = c.behind
	}
	c.behind = ""
	var commands []string
	if behind == "" {
		commands = append(commands, r.Narrow)
	}
	commands = append(commands, r.Views...)
	if !proof {
		commands = append(commands, r.Ports...)
	}
	if all {
		commands = append(commands, r.Around...)
	}
	commands = slices.Concat(commands, c.beside(), c.named(look, true, all))
	if len(c.pushed) > 0 && c.d.p.Save != nil {
		commands = append(commands, c.d.p.Save.comparison()...)
	}
	replies, err := c.run(ctx, append(commands, c.questions(c.expected(proof))...)...)
	if err != nil {
		return err
	}
	if behind != "" {
		replies[r.Narrow] = behind
	}
	next := state{read: c.now(), told: map[string]string{}}
	if proof {
		next.read, next.told = c.state.read, maps.Clone(c.state.told)
	}
	if next.older, err = c.olderSpelling(ctx, replies); err != nil {
		return err
	}
	var old any
	if next.looked = c.now(); !all {
		next.looked, old = c.state.looked, c.state.around
	}
	if next.around, err = c.surroundings(old, look, replies); err != nil {
		return err
	}
	if next.observation, err = c.agreed(ctx, replies, next.around); err != nil {
		return err
	}
	if proof {
		natives := next.observation.Natives
		next.observation = c.state.clone().observation
		next.observation.Natives, next.observation.Ports = natives, takenFor(next.observation.Ports, natives)
	}
	if next.beside = c.textOf(c.beside(), replies); proof && next.beside != c.state.beside {
		c.doubt, c.lookAgain = true, true // another hand changed what stands beneath sessions
		return c.full(ctx, look)
	}
	natives := next.observation.Natives
	if err := c.ask(ctx, natives, &next, replies, proof); err != nil {
		return err
	}
	next.narrow = c.d.p.Noise.Quiet(replies[r.Narrow])
	c.dirty = c.newDoubt(natives)
	c.state = &next
	c.doubt = false
	clear(c.unproven)
	if !proof { // what stands beneath sessions was read anew
		next.beside = c.textOf(c.beside(), replies)
	}
	c.lookAgain = c.lookAgain && !all
	if c.d.p.Save == nil {
		return nil
	}
	if _, read := replies[c.d.p.Save.comparison()[0]]; read {
		unsaved, err := c.d.p.Save.unsavedIn(replies)
		c.unsaved, c.compared = unsaved, err == nil
	}
	return nil
}

// agreed reads the sessions and ports of the device. Where two views of a session
// disagree and did not before, somebody may have typed in between: both are asked
// once more.
func (c *Conn) agreed(ctx context.Context, replies Replies, around any) (mirror.Observation, error) {
	for again := false; ; again = true {
		o, err := c.read(replies, around)
		if err != nil || again || !c.newDoubt(o.Natives) {
			return o, err
		}
		more, err := c.run(ctx, append([]string{c.d.p.Reads.Narrow}, c.d.p.Reads.Views...)...)
		if err != nil {
			return o, err
		}
		maps.Copy(replies, more)
	}
}

// newDoubt reports whether two views show a session differently, and did not when
// they were read last: then everything is read once more the next time, since the
// narrow view need not change when that ends.
func (c *Conn) newDoubt(natives []mirror.NativeSession) bool {
	return slices.ContainsFunc(natives, func(n mirror.NativeSession) bool {
		if !n.Disputed {
			return false
		}
		if c.state == nil {
			return true
		}
		was := find(c.state.observation.Natives, n.ID)
		return was == nil || was.Opaque != n.Opaque
	})
}

// readNamed brings the ports of a look up to date. It is false when the device does
// not answer such questions: then everything has to be read.
func (c *Conn) readNamed(look mirror.Look, replies Replies) (bool, error) {
	r := &c.d.p.Reads
	if len(look.Ports)+len(look.Traffic) == 0 {
		return true, nil
	}
	if c.state.looked.IsZero() { // of what is stored nobody knows yet how the device spells its commands
		for command, reply := range replies {
			if r.Older[0] != "" && strings.HasPrefix(command, r.Older[0]) && r.Absent(reply) {
				return false, nil
			}
		}
	}
	next := c.state.clone()
	var err error
	if next.around, err = c.surroundings(next.around, look, replies); err != nil {
		return false, err
	}
	for i, old := range next.observation.Ports {
		if !slices.Contains(look.Ports, old.Name) {
			continue
		}
		p, ok, err := r.Port(c.facts, old, replies, next.around)
		if err != nil || !ok {
			return false, err
		}
		p.Stanza = c.d.redact(p.Stanza)
		next.observation.Ports[i] = p
	}
	c.state = next
	return true, nil
}

// spelled is a command as this device knows it.
func (c *Conn) spelled(command string) string {
	older := c.d.p.Reads.Older
	if rest, ok := strings.CutPrefix(command, older[0]); ok && older[0] != "" && c.state != nil && c.state.older {
		return older[1] + rest
	}
	if spell := c.d.p.Reads.Spell; spell != nil {
		return spell(c.facts, command)
	}
	return command
}

// olderSpelling asks once more, in the older words, what the device refused, and
// reports which it knows.
func (c *Conn) olderSpelling(ctx context.Context, replies Replies) (older bool, err error) {
	was := c.state != nil && c.state.older
	words := c.d.p.Reads.Older
	for _, command := range c.d.p.Reads.Around {
		rest, ok := strings.CutPrefix(command, words[0])
		reply, asked := replies[command]
		if was || words[0] == "" || !ok || !asked || !c.d.p.Reads.Absent(reply) {
			continue
		}
		more, err := c.run(ctx, words[1]+rest)
		if err != nil {
			return false, err
		}
		if said := more[words[1]+rest]; !c.d.p.Reads.Absent(said) {
			replies[command], older = said, true
		}
	}
	return was || older, nil
}

func find(natives []mirror.NativeSession, id string) *mirror.NativeSession {
	i := slices.IndexFunc(natives, func(n mirror.NativeSession) bool { return n.ID == id })
	if i < 0 {
		return nil
	}
	return &natives[i]
}
