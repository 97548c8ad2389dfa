package console

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
	"github.com/netmirror/netmirror/templates"
)

// Protocol is the catalogue key of every command line, and the format of payloads.
const Protocol = "cli"

// A Driver is a platform with its templates. It does not change after it was made.
type Driver struct {
	p         Platform
	templates *template.Template
}

// New reads the templates of a platform; files of override replace embedded ones
// (package templates), override may be nil. Errors are those of templates.Load, and
// mirror.ErrInvalid for a platform that lacks what every one needs.
func New(p Platform, override fs.FS) (*Driver, error) {
	set, err := templates.Load(p.Key, override)
	if err != nil {
		return nil, err
	}
	needs := map[string]bool{
		"Ports": p.Ports != nil, "Noise": p.Noise != nil, "Can": p.Can != nil,
		"Hello.Ask": len(p.Hello.Ask) > 0, "Hello.Facts": p.Hello.Facts != nil,
		"Reads.Narrow": p.Reads.Narrow != "", "Reads.Refused": p.Reads.Refused != nil, "Reads.Absent": p.Reads.Absent != nil,
		"Reads.Observe": p.Reads.Observe != nil, "Reads.Port": (p.Reads.Port == nil) == (p.Reads.Named == nil), "Reads.Judge": (p.Reads.Judge == nil) == (p.Reads.Ask == nil),
		"Words.Write": p.Words.Write != nil, "Words.Against": p.Words.Against != nil, "Words.ID": p.Words.ID != nil,
		"Send.Refused": p.Send.Refused != nil, "Send.Allowed": p.Send.Allowed != nil,
	}
	maps.Copy(needs, p.Commit.lacks(p.Save))
	for what, there := range needs {
		if !there {
			err = errors.Join(err, fmt.Errorf("platform %s: %s is missing: %w", p.Key, what, mirror.ErrInvalid))
		}
	}
	if err != nil {
		return nil, err
	}
	return &Driver{p: p, templates: set}, nil
}

// Must is New with the embedded templates; that these parse is a matter of the build.
func Must(p Platform) *Driver {
	d, err := New(p, nil)
	if err != nil {
		panic(err)
	}
	return d
}

// Ports turns a port, a list or a range in the words of the platform into canonical
// names; mirror.ErrInvalid for anything else.
func (d *Driver) Ports(list string) ([]mirror.PortName, error) { return d.p.Ports.Ports(list) }

// Capabilities of a device with these facts; zero facts give what every device of
// the platform can do.
func (d *Driver) Capabilities(f mirror.Facts) mirror.Capabilities { return d.p.Can(f) }

// Render makes one block of configuration lines per change, in the same order. A
// change names only the lines that differ. The observation is asked for what a
// session needs on the device, as it is behind the changes; an empty one renders a preview.
//
// mirror.ErrUnsupported (a Refusal with every reason) when a session cannot be
// expressed, mirror.ErrInvalid when a change has no id or several.
func (d *Driver) Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	p := mirror.Payload{Format: Protocol}
	later := o.Behind(changes)
	for _, c := range changes {
		if c.After != nil && c.After.Spec.Footing == nil {
			if err := mirror.Refuse(mirror.ErrUnsupported, d.against(f, later, c.After.Spec)); err != nil {
				return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
			}
		}
		b, err := d.block(f, o, c)
		if err != nil {
			return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
		}
		p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: b.text()})
	}
	return p, nil
}

// against lists what the platform forbids of a session, then what its command line
// cannot say. Where ports were not read, their names tell which are bundles.
func (d *Driver) against(f mirror.Facts, o mirror.Observation, n mirror.NativeSpec) []mirror.Reason {
	ports := slices.Clone(o.Ports)
	names := slices.Clone(n.Destinations)
	for _, s := range n.Sources {
		names = append(names, s.Port)
	}
	for _, p := range names {
		if _, read := o.Port(p); !read && d.p.Ports.IsLAG(p) {
			ports = append(ports, mirror.Port{Name: p, LAG: true})
		}
	}
	reasons := d.p.Can(f).Forbids(n, ports...)
	if len(n.Trunks)+len(n.Needs) > 0 || n.Setup != nil {
		reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: "a session without its footings cannot be told to change them"})
	}
	return append(reasons, d.p.Words.Against(f, o, n)...)
}

// Text is what is sent for a change, whether or not a session like it may be asked
// for: what was there before can be put back.
func (d *Driver) Text(f mirror.Facts, c mirror.Change) (string, error) {
	return d.TextOn(f, mirror.Observation{}, c)
}

// TextOn is Text on a device as it was observed.
func (d *Driver) TextOn(f mirror.Facts, o mirror.Observation, c mirror.Change) (string, error) {
	b, err := d.block(f, o, c)
	return b.text(), err
}

// A block is a change in the words of the platform, in the stages in which it is
// sent.
type block []stage

func (b block) text() string {
	var out strings.Builder
	for _, s := range b {
		out.WriteString(s.text)
	}
	return out.String()
}

// A stage is seen to be done before the next begins: what takes a session away comes
// before what makes it anew.
type stage struct {
	change mirror.Change
	byID   bool // it takes the session away by its id
	text   string
	lines  []cli.Line
	heads  []string // of each line, the lines it stands below

	parts []part // of each line; made when needed
}

// block writes a change, whether or not a session like it may be asked for: what was
// there before can be put back. How an access list is made what it shall be depends
// on how it stands.
func (d *Driver) block(f mirror.Facts, o mirror.Observation, c mirror.Change) (block, error) {
	if c.Footing() != nil {
		s, err := d.footingStage(o, c)
		return block{s}, err
	}
	if err := d.checkChange(c); err != nil {
		return nil, err
	}
	changes := []mirror.Change{c}
	if c.Before != nil && c.After != nil && d.p.Words.Rebuild != nil && d.p.Words.Rebuild(f, c.Before.Spec, c.After.Spec) {
		changes = []mirror.Change{{Mark: c.Mark, Before: c.Before}, {Mark: c.Mark, After: c.After}}
	}
	var out block
	for _, one := range changes {
		s, err := d.stage(f, one)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// stage writes one change in one go.
func (d *Driver) stage(f mirror.Facts, c mirror.Change) (stage, error) {
	s := stage{change: c}
	s.byID = c.After == nil && c.Before != nil && d.goesByID(c.Before.Spec)
	var err error
	if s.text, err = d.write(f, c); err != nil {
		return s, err
	}
	err = d.lines(&s)
	return s, err
}

func (d *Driver) goesByID(n mirror.NativeSpec) bool {
	return n.Footing == nil && (d.p.Words.ByID == nil || d.p.Words.ByID(n))
}

// write executes the template of a change.
func (d *Driver) write(f mirror.Facts, c mirror.Change) (string, error) {
	name, data, err := d.p.Words.Write(f, c)
	if err != nil {
		return "", err
	}
	return d.execute(name, data)
}

func (d *Driver) execute(name string, data any) (string, error) {
	t := d.templates.Lookup(name)
	if t == nil {
		return "", fmt.Errorf("template %s is missing: %w", name, mirror.ErrNotFound)
	}
	var out strings.Builder
	if err := t.Execute(&out, data); err != nil {
		return "", fmt.Errorf("template %s: %w: %w", t.Name(), mirror.ErrInvalid, err)
	}
	return out.String(), nil
}

// checkChange refuses changes whose ids are wrong, and those of sessions that must
// not be touched.
func (d *Driver) checkChange(c mirror.Change) error {
	if c.Before == nil && c.After == nil {
		return fmt.Errorf("a change from nothing to nothing: %w", mirror.ErrInvalid)
	}
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n != nil && !d.p.Words.ID(n.ID) {
			return fmt.Errorf("%q is no id of a session: %w", n.ID, mirror.ErrInvalid)
		}
	}
	if c.Before == nil {
		return nil
	}
	if c.After != nil && c.Before.ID != c.After.ID {
		return fmt.Errorf("session %s cannot become session %s: %w", c.Before.ID, c.After.ID, mirror.ErrInvalid)
	}
	if c.Before.Opaque != "" && (c.After != nil || c.Before.Spec.Role == "") {
		return fmt.Errorf("session %s is not one that may be changed (%s): %w", c.Before.ID, c.Before.Opaque, mirror.ErrUnsupported)
	}
	return nil
}
