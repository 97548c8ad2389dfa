package iosxe

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A ground is a change of a footing as its template sees it.
type ground struct {
	VLAN         int
	Name         string // the VLAN's: our mark
	Make, Unmake bool
	Add, Remove  []mirror.PortName // trunks
	Open, Shut   []mirror.PortName // destination ports
}

// groundOf compares what netmirror added with what it shall have added. The
// words are those of the command reference's RSPAN procedure: vlan, remote-span,
// switchport trunk allowed vlan add (never the bare list, which replaces).
func groundOf(c mirror.Change) (ground, error) {
	var before, after mirror.NativeSpec
	for _, n := range []struct {
		from *mirror.NativeSession
		to   *mirror.NativeSpec
	}{{c.Before, &before}, {c.After, &after}} {
		if n.from == nil {
			continue
		}
		*n.to = n.from.Spec
		if n.from.ID != mirror.FootingID(n.from.Spec) {
			return ground{}, fmt.Errorf("%q is no name of a footing: %w", n.from.ID, mirror.ErrInvalid)
		}
	}
	if c.Before != nil && c.After != nil && c.Before.ID != c.After.ID {
		return ground{}, fmt.Errorf("footing %s cannot become %s: %w", c.Before.ID, c.After.ID, mirror.ErrInvalid)
	}
	g := ground{VLAN: max(before.RemoteVLAN, after.RemoteVLAN), Name: c.Mark}
	for _, p := range slices.Concat(before.Trunks, after.Trunks, before.Destinations, after.Destinations) {
		if !grammar.Canonical(p) {
			return g, mirror.Unsupported("%q is no port of this platform", p)
		}
	}
	if before.Role == mirror.RoleDestinationPort || after.Role == mirror.RoleDestinationPort {
		return g, g.setUp(before, after)
	}
	if v := g.VLAN; v < 2 || v > mirror.MaxVLAN || v > 1001 && v < 1006 {
		return g, mirror.Unsupported("remote VLAN %d is not in 2-1001 or 1006-4094", v)
	}
	g.Make, g.Unmake = after.VLANMade && !before.VLANMade, before.VLANMade && !after.VLANMade
	g.Add, g.Remove = minus(after.Trunks, before.Trunks), minus(before.Trunks, after.Trunks)
	return g, nil
}

// setUp: this platform has one way to make a destination port fit, which is to
// switch it on.
func (g *ground) setUp(before, after mirror.NativeSpec) error {
	for _, s := range []*mirror.PortSetup{before.Setup, after.Setup} {
		if s != nil && (s.Access != 0 || s.Tagged) {
			return mirror.Unsupported("the VLAN of a destination port is not changed on this platform")
		}
	}
	switch {
	case after.Setup != nil && after.Setup.Up && (before.Setup == nil || !before.Setup.Up):
		g.Open = after.Destinations
	case before.Setup != nil && before.Setup.Up && (after.Setup == nil || !after.Setup.Up) && wasShut(before.Setup.Former):
		g.Shut = before.Destinations
	}
	return nil
}

func wasShut(stanza string) bool {
	return slices.ContainsFunc(strings.Split(stanza, "\n"), func(l string) bool { return strings.TrimSpace(l) == "shutdown" })
}

func minus(a, b []mirror.PortName) []mirror.PortName {
	out := slices.DeleteFunc(slices.Clone(a), func(p mirror.PortName) bool { return slices.Contains(b, p) })
	slices.SortFunc(out, grammar.Compare)
	return out
}

// footing writes the change of a footing.
func (r *Renderer) footing(c mirror.Change) (string, error) {
	g, err := groundOf(c)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := r.ground.Execute(&b, g); err != nil {
		return "", fmt.Errorf("template %s: %w: %w", r.ground.Name(), mirror.ErrInvalid, err)
	}
	return b.String(), nil
}

// Lines of a footing's block; nothing else is ever sent outside of a session.
var (
	footingVLAN = regexp.MustCompile(`^(no )?vlan (\d+)$`)
	footingPort = regexp.MustCompile(`^interface (\S+)$`)
	footingList = regexp.MustCompile(`^switchport trunk allowed vlan (add|remove) (\d+)$`)
	footingName = regexp.MustCompile(`^name ` + mirror.MarkPrefix + `[a-z2-7]{10}$`)
)

// A step is one line of a footing's block that changes something.
type step struct {
	line  int
	vlan  int
	port  mirror.PortName
	verb  string // make, unmake, add, remove, open or shut
	taken bool
}

// footingLines reads the block of a footing: its id, its lines, and what each
// does. Everything must be of one VLAN, or of one port.
func footingLines(reply string) (id string, lines []cli.Line, steps []step, err error) {
	var vlan int
	var port mirror.PortName
	mode := ""
	for raw := range strings.Lines(reply) {
		raw = strings.TrimRight(raw, "\n")
		words := strings.TrimSpace(raw)
		l := cli.Line{Text: raw}
		s := step{line: len(lines)}
		number := ""
		switch {
		case footingVLAN.MatchString(words):
			m := footingVLAN.FindStringSubmatch(words)
			number, s.verb, mode = m[2], "make", "vlan"
			if m[1] != "" {
				s.verb, mode, l.Await = "unmake", "", true
			} else {
				l.Enters = []string{"config-vlan"}
			}
		case footingPort.MatchString(words):
			port, mode = mirror.PortName(footingPort.FindStringSubmatch(words)[1]), "port"
			if !grammar.Canonical(port) {
				return "", nil, nil, fmt.Errorf("%q is no port: %w", port, mirror.ErrInvalid)
			}
			l.Enters = []string{"config-if"}
		case mode == "vlan" && (words == "remote-span" || footingName.MatchString(words)):
		case mode == "port" && footingList.MatchString(words):
			m := footingList.FindStringSubmatch(words)
			s.verb, number, s.port, l.Await = m[1], m[2], port, true
		case mode == "port" && (words == "no shutdown" || words == "shutdown"):
			s.verb, s.port = map[string]string{"shutdown": "shut", "no shutdown": "open"}[words], port
		default:
			return "", nil, nil, fmt.Errorf("%q is no line of a footing: %w", text.Quote(words), mirror.ErrInvalid)
		}
		if number != "" {
			n, err := strconv.Atoi(number)
			if err != nil || vlan != 0 && n != vlan {
				return "", nil, nil, fmt.Errorf("a block of VLANs %d and %s: %w", vlan, number, mirror.ErrInvalid)
			}
			vlan, s.vlan = n, n
		}
		if s.verb != "" {
			steps = append(steps, s)
		}
		lines = append(lines, l)
	}
	id = "port-" + string(port)
	if vlan != 0 {
		id = fmt.Sprintf("vlan-%d", vlan)
	}
	return id, lines, steps, nil
}

// isFooting reports whether a block's text is that of a footing.
func isFooting(reply string) bool {
	return strings.HasPrefix(reply, "vlan ") || strings.HasPrefix(reply, "no vlan ") || strings.HasPrefix(reply, "interface ")
}

// pushFooting sends the block of a footing. What the block rests on is read
// again first: a VLAN or a trunk that another hand touched since is
// mirror.ErrChanged, and nothing is sent.
func (c *Conn) pushFooting(ctx context.Context, b mirror.Block) (mirror.BlockResult, error) {
	result := mirror.BlockResult{Mark: b.Mark()}
	_, lines, steps, err := footingLines(b.Text)
	if err != nil {
		result.Err = fmt.Errorf("%s: %w", c.device, err)
		return result, nil
	}
	c.dirty, c.compared, c.lookAgain = true, false, true
	was, err := c.standing(ctx)
	if err != nil {
		return result, err
	}
	for _, s := range steps {
		if !s.fits(was) || s.seen(c.state.observation) != s.seen(was) {
			result.Err = fmt.Errorf("%s: VLAN %d or port %s is not as it was read: %w", c.device, s.vlan, s.port, mirror.ErrChanged)
			return result, nil
		}
	}
	answers, cause, err := c.sendFooting(ctx, lines, steps, was)
	if err != nil {
		return result, err
	}
	result.Answer = transcript(answers)
	if cause == nil {
		return result, nil
	}
	result.Err = cause
	for i := range steps {
		l := answers.Lines[steps[i].line]
		steps[i].taken = l.Sent && !l.Refused
	}
	if err := c.takeFootingBack(ctx, b, steps, was); err != nil {
		result.Err = fmt.Errorf("%w; taking it back: %v", cause, err) //nolint:errorlint // the kind is that of the refusal
	}
	return result, nil
}

// sendFooting sends the lines of a footing. "no vlan N" takes whatever is under
// that number by then, so it goes alone, behind a read that shows the VLAN as it
// was and no session on it. cause is why the block failed, err of the connection.
func (c *Conn) sendFooting(ctx context.Context, lines []cli.Line, steps []step, was mirror.Observation) (answers cli.BlockResult, cause, err error) {
	first, last := lines, []cli.Line(nil)
	if n := len(lines) - 1; strings.HasPrefix(lines[n].Text, "no vlan ") {
		first, last = lines[:n], lines[n:]
	}
	if len(first) > 0 {
		if answers, err = c.configure(ctx, first, nil); err != nil || answers.Err != nil {
			return padded(answers, lines), answers.Err, err
		}
		if len(last) > 0 {
			if was, err = c.standing(ctx); err != nil {
				return answers, nil, err
			}
		}
	}
	if len(last) == 0 {
		return answers, nil, nil
	}
	if s := steps[len(steps)-1]; s.seen(was) != s.seen(c.state.observation) || carriesCopies(was, s.vlan) {
		return padded(answers, lines), fmt.Errorf("%s: VLAN %d is used by another hand by now: %w", c.device, s.vlan, mirror.ErrChanged), nil
	}
	gone, err := c.configure(ctx, last, nil)
	answers.Lines = append(answers.Lines, gone.Lines...)
	return answers, gone.Err, err
}

// padded has a result for every line, also for those that were not sent.
func padded(r cli.BlockResult, lines []cli.Line) cli.BlockResult {
	for _, l := range lines[len(r.Lines):] {
		r.Lines = append(r.Lines, cli.LineResult{Text: l.Text})
	}
	return r
}

// carriesCopies: a session stands on a remote VLAN.
func carriesCopies(o mirror.Observation, vlan int) bool {
	return slices.ContainsFunc(o.Natives, func(n mirror.NativeSession) bool { return n.Spec.RemoteVLAN == vlan })
}

// seen is what a step is about as an observation has it.
func (s step) seen(o mirror.Observation) string {
	v, exists := o.VLAN(s.vlan)
	p, _ := o.Port(s.port)
	switch s.verb {
	case "make", "unmake":
		return fmt.Sprint(exists, v.Remote, v.Name)
	case "add", "remove":
		return fmt.Sprint(p.Trunk != nil, p.Carries(s.vlan))
	}
	return fmt.Sprint(p.Admin)
}

// fits reports whether a step makes sense on the device as it is. A VLAN that
// exists is made only when it is ours already and lost its property.
func (s step) fits(o mirror.Observation) bool {
	p, known := o.Port(s.port)
	switch s.verb {
	case "add", "remove":
		return known && p.Trunk != nil
	case "open", "shut":
		return known
	}
	return true
}

// standing reads VLANs, ports and sessions as they are now.
func (c *Conn) standing(ctx context.Context) (mirror.Observation, error) {
	replies, err := c.run(ctx, showMonitor, showConfig, showStatus, showVLANs, showRemote)
	if err != nil {
		return mirror.Observation{}, err
	}
	_, views, err := c.readMonitor(replies[showMonitor])
	if err != nil {
		return mirror.Observation{}, err
	}
	cfg, err := readConfig(replies[showConfig])
	if err != nil {
		return mirror.Observation{}, err
	}
	ports, err := readPorts(replies[showStatus], cfg, around{})
	if err != nil {
		return mirror.Observation{}, err
	}
	vlans, err := readVLANs(replies[showVLANs], replies[showRemote])
	return mirror.Observation{Natives: merge(views, cfg), Ports: ports, VLANs: vlans}, err
}

// takeFootingBack undoes, last first, the steps that the device took, and looks
// whether everything is as it was.
func (c *Conn) takeFootingBack(ctx context.Context, b mirror.Block, steps []step, was mirror.Observation) error {
	var undo strings.Builder
	now, err := c.standing(ctx)
	if err != nil {
		return err
	}
	for _, s := range slices.Backward(steps) {
		if !s.taken {
			continue
		}
		switch s.verb {
		case "make":
			v, _ := now.VLAN(s.vlan)
			if _, existed := was.VLAN(s.vlan); !existed && (v.Name == b.Mark() || v.Name == "") && !carriesCopies(now, s.vlan) {
				fmt.Fprintf(&undo, "no vlan %d\n", s.vlan)
			}
		case "unmake":
			fmt.Fprintf(&undo, "vlan %d\n name %s\n remote-span\n", s.vlan, b.Mark())
		case "add", "remove":
			verb := map[string]string{"add": "remove", "remove": "add"}[s.verb]
			if p, _ := was.Port(s.port); p.Carries(s.vlan) == (verb == "add") {
				fmt.Fprintf(&undo, "interface %s\n switchport trunk allowed vlan %s %d\n", s.port, verb, s.vlan)
			}
		case "open":
			fmt.Fprintf(&undo, "interface %s\n shutdown\n", s.port)
		case "shut":
			fmt.Fprintf(&undo, "interface %s\n no shutdown\n", s.port)
		}
	}
	if undo.Len() > 0 {
		_, lines, _, err := footingLines(undo.String())
		if err != nil {
			return err
		}
		answers, err := c.configure(ctx, lines, nil)
		if err != nil {
			return err
		}
		if answers.Err != nil {
			return answers.Err
		}
	}
	if now, err = c.standing(ctx); err != nil {
		return err
	}
	for _, s := range steps {
		if s.seen(now) != s.seen(was) {
			return fmt.Errorf("VLAN %d or port %s is not as it was", s.vlan, s.port)
		}
	}
	return nil
}
