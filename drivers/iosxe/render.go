package iosxe

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/templates"
)

// Platform and Protocol are the catalogue key.
const (
	Platform = "cisco_iosxe"
	Protocol = "cli"
)

// format is Payload.Format.
const format = Protocol

// A Renderer writes changes with a set of templates. It does not change after
// it was made.
type Renderer struct {
	classic, erspan, ground *template.Template
}

// NewRenderer reads the templates; files of override replace embedded ones
// (package templates). override may be nil.
func NewRenderer(override fs.FS) (*Renderer, error) {
	set, err := templates.Load(Platform, override)
	if err != nil {
		return nil, fmt.Errorf("iosxe: %w", err)
	}
	r := &Renderer{classic: set.Lookup("classic.tmpl"), erspan: set.Lookup("erspan.tmpl"), ground: set.Lookup("footing.tmpl")}
	if r.classic == nil || r.erspan == nil || r.ground == nil {
		return nil, fmt.Errorf("iosxe: a template is missing: %w", mirror.ErrNotFound)
	}
	return r, nil
}

// builtin are the embedded templates; that they parse is a matter of the build.
var builtin = func() *Renderer {
	r, err := NewRenderer(nil)
	if err != nil {
		panic(err)
	}
	return r
}()

// Render writes changes with the embedded templates, see Renderer.Render.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return builtin.Render(f, o, changes)
}

// Render makes one block of configuration lines per change, in the same order.
// A change names only the lines that differ, removals first; a session goes by the
// names of what is in it, and by its number only where it has none (ERSPAN). The
// observation is asked whether the remote VLAN and the access list of a session
// are on the device; an empty one renders a preview.
//
// mirror.ErrUnsupported (a Refusal with every reason) when a session cannot be
// expressed, mirror.ErrInvalid when a change has no number or several.
func (r *Renderer) Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	p := mirror.Payload{Format: format}
	q := quirkOf(f)
	for _, c := range changes {
		if c.After != nil && !c.After.Spec.Role.Footing() {
			if err := expressible(c.After.Spec, q, o); err != nil {
				return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
			}
		}
		reply, err := r.change(q, c)
		if err != nil {
			return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
		}
		p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: reply})
	}
	return p, nil
}

// change writes one change, whether or not a session like it may be asked for:
// what was there before can be put back.
func (r *Renderer) change(q quirk, c mirror.Change) (string, error) {
	if c.After != nil && c.After.Spec.Role.Footing() || c.Before != nil && c.Before.Spec.Role.Footing() {
		return r.footing(c)
	}
	if err := checkChange(c); err != nil {
		return "", err
	}
	if c.Before != nil && c.After != nil && !subMode(c.Before.Spec.Role) && subMode(c.After.Spec.Role) {
		gone, err := r.change(q, mirror.Change{Mark: c.Mark, Before: c.Before})
		if err != nil {
			return "", err
		}
		made, err := r.change(q, mirror.Change{Mark: c.Mark, After: c.After})
		return gone + made, err
	}
	e, err := edits(q, c.Before, c.After)
	if err != nil {
		return "", err
	}
	t := r.classic
	if e.Type != "" {
		t = r.erspan
	}
	var b strings.Builder
	if err := t.Execute(&b, e); err != nil {
		return "", fmt.Errorf("template %s: %w: %w", t.Name(), mirror.ErrInvalid, err)
	}
	return b.String(), nil
}

// checkChange refuses changes whose numbers are wrong, and those of sessions
// that must not be touched.
func checkChange(c mirror.Change) error {
	if c.Before == nil && c.After == nil {
		return fmt.Errorf("a change from nothing to nothing: %w", mirror.ErrInvalid)
	}
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n == nil {
			continue
		}
		if id, err := text.Decimal(n.ID); err != nil || id < 1 || id > 1024 {
			return fmt.Errorf("%q is no number of a session: %w", n.ID, mirror.ErrInvalid)
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

// An edit is a change as the templates see it. Lists hold what stands behind
// the words that the template writes.
type edit struct {
	Number string
	Delete bool // the whole session, before anything else

	RemoveFilters, RemoveSources, RemoveDestinations []string
	AddSources, AddFilters, AddDestinations          []string

	// ERSPAN
	Type   string   // erspan-source or erspan-destination, "" for the classic form
	Header []string // header-type
	Inner  string   // the inner sub-mode, destination or source
	Tunnel []string // its lines
	Enable bool
}

// edits compares what is with what shall be. A session of the classic form goes
// by its content, never by its number: between the last read and the push the
// number may have become another hand's (push_session.go).
func edits(q quirk, before, after *mirror.NativeSession) (edit, error) {
	e := edit{}
	old, now, reply := mirror.NativeSpec{}, mirror.NativeSpec{}, ""
	if before != nil {
		e.Number, old = before.ID, before.Spec.Normalize()
	}
	if after != nil {
		e.Number, now, reply = after.ID, after.Spec.Normalize(), after.Text
	}
	if e.Delete = before != nil && byNumber(q, old, now); e.Delete {
		old = mirror.NativeSpec{}
	}
	if after == nil && e.Delete {
		return e, nil
	}
	e.RemoveSources, e.AddSources = sourceEdits(old, now)
	e.RemoveFilters, e.AddFilters = filterEdits(q, old, now)
	var err error
	if e.RemoveDestinations, e.AddDestinations, err = destinationEdits(old, now, reply); err != nil {
		return edit{}, err
	}
	e.remoteVLAN(old, now)
	e.erspan(old, now, old.Role != now.Role)
	return e, nil
}

// subMode reports whether sessions of a role are written in sub-modes.
func subMode(r mirror.Role) bool {
	return r == mirror.RoleERSPANSource || r == mirror.RoleERSPANDestination
}

// byNumber: what has no content that could be taken away by name, or has it in
// sub-modes whose number and type can not be changed (Configuring ERSPAN), goes by
// its number. On routers an access list cannot be detached from an active ERSPAN
// session.
func byNumber(q quirk, old, now mirror.NativeSpec) bool {
	if !subMode(old.Role) {
		return now.Role == "" && old.Vacant()
	}
	return old.Role != now.Role || q.PlainACL && old.Options.Filter != "" && old.Options.Filter != now.Options.Filter
}

// sourceEdits: a source whose direction changes is removed without direction
// and added again.
func sourceEdits(old, now mirror.NativeSpec) (remove, add []string) {
	for _, s := range inOrder(old.Sources) {
		if !slices.Contains(now.Sources, s) {
			remove = append(remove, sourceWords(s))
		}
	}
	for _, s := range inOrder(now.Sources) {
		if !slices.Contains(old.Sources, s) {
			add = append(add, sourceWords(s)+" "+string(s.Direction))
		}
	}
	return remove, add
}

func inOrder(sources []mirror.NativeSource) []mirror.NativeSource {
	out := slices.Clone(sources)
	slices.SortFunc(out, func(a, b mirror.NativeSource) int {
		if a.Port == "" || b.Port == "" {
			return a.VLAN - b.VLAN
		}
		return grammar.Compare(a.Port, b.Port)
	})
	return out
}

func sourceWords(s mirror.NativeSource) string {
	if s.VLAN != 0 {
		return "vlan " + strconv.Itoa(s.VLAN)
	}
	return "interface " + string(s.Port)
}

// vlansPerLine keeps a line far below the 254 characters that some releases cut
// at.
const vlansPerLine = 15

func filterEdits(q quirk, old, now mirror.NativeSpec) (remove, add []string) {
	without := func(a, b []int) []int {
		return slices.DeleteFunc(slices.Clone(a), func(v int) bool { return slices.Contains(b, v) })
	}
	o, n := old.Options, now.Options
	for _, l := range text.WriteVLANs(without(o.FilterVLANs, n.FilterVLANs), " , ", " - ", vlansPerLine) {
		remove = append(remove, "vlan "+l)
	}
	for _, l := range text.WriteVLANs(without(n.FilterVLANs, o.FilterVLANs), " , ", " - ", vlansPerLine) {
		add = append(add, "vlan "+l)
	}
	if o.Filter != n.Filter {
		if o.Filter != "" {
			remove = append(remove, aclWords(q, o.Filter))
		}
		if n.Filter != "" {
			add = append(add, aclWords(q, n.Filter))
		}
	}
	return remove, add
}

func aclWords(q quirk, filter string) string {
	family, acl, ok := strings.Cut(filter, ":")
	switch {
	case ok:
		return family + " access-group " + acl
	case q.PlainACL:
		return "access-group " + filter
	}
	return "ip access-group " + filter
}

// destinationEdits: options of a port change by removing and adding it, since
// nothing tells that a second line replaces the first.
func destinationEdits(old, now mirror.NativeSpec, reply string) (remove, add []string, err error) {
	same := old.Options.Tags == now.Options.Tags && old.Options.Ingress == now.Options.Ingress
	slices.SortFunc(old.Destinations, grammar.Compare)
	slices.SortFunc(now.Destinations, grammar.Compare)
	for _, d := range old.Destinations {
		if !same || !slices.Contains(now.Destinations, d) {
			remove = append(remove, "interface "+string(d))
		}
	}
	for _, d := range now.Destinations {
		if same && slices.Contains(old.Destinations, d) {
			continue
		}
		options, err := destinationWords(now.Options, reply)
		if err != nil {
			return nil, nil, err
		}
		add = append(add, "interface "+string(d)+options)
	}
	return remove, add, nil
}

// destinationWords are the options of a destination. There is no word for
// ingress that is off; the line without it says so. Ingress that is on needs a
// VLAN, which only the device's own text of a session that was there tells.
func destinationWords(o mirror.Options, reply string) (string, error) {
	words := ""
	if o.Tags == mirror.TagsPreserve {
		words = " encapsulation replicate"
	}
	if o.Ingress != mirror.IngressEnabled {
		return words, nil
	}
	was, err := parseConfig(reply)
	if err != nil || len(was.sessions) != 1 || len(was.sessions[0].dests) == 0 {
		return "", fmt.Errorf("ingress on a destination needs a VLAN, which nothing tells: %w", mirror.ErrUnsupported)
	}
	return " " + was.sessions[0].dests[0].options, nil
}

// remoteVLAN is the destination of an RSPAN source and the source of an RSPAN
// destination.
func (e *edit) remoteVLAN(old, now mirror.NativeSpec) {
	if old.RemoteVLAN == now.RemoteVLAN && old.Role == now.Role {
		return
	}
	edit := func(n mirror.NativeSpec, sources, destinations *[]string) {
		switch words := fmt.Sprintf("remote vlan %d", n.RemoteVLAN); {
		case n.RemoteVLAN == 0:
		case n.Role == mirror.RoleRSPANDestination:
			*sources = append(*sources, words)
		default:
			*destinations = append(*destinations, words)
		}
	}
	edit(old, &e.RemoveSources, &e.RemoveDestinations)
	edit(now, &e.AddSources, &e.AddDestinations)
}
