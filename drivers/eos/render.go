package eos

import (
	"fmt"
	"io/fs"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/templates"
)

// Platform and Protocol are the catalogue key; payloads are of the same format.
const (
	Platform = "arista_eos"
	Protocol = "cli"
)

// handleLists is the key of Observation.Handles under which the IP access lists of
// the device stand, by name, with commas between.
const handleLists = "access-lists"

// A Renderer writes changes with a set of templates. It does not change after it
// was made.
type Renderer struct{ session *template.Template }

// NewRenderer reads the templates; files of override replace embedded ones
// (package templates). override may be nil.
func NewRenderer(override fs.FS) (*Renderer, error) {
	set, err := templates.Load(Platform, override)
	if err != nil {
		return nil, fmt.Errorf("eos: %w", err)
	}
	return &Renderer{session: set.Lookup("session.tmpl")}, nil
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

// Render makes one block of configuration lines per change, in the same order. A
// change names only the lines that differ, removals first. The observation is
// asked whether the access list of a session is on the device; an empty one
// renders a preview.
//
// mirror.ErrUnsupported (a Refusal with every reason) when a session cannot be
// expressed, mirror.ErrInvalid when a change has no name or two.
func (r *Renderer) Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	p := mirror.Payload{Format: Protocol}
	for _, c := range changes {
		if c.After != nil {
			reasons := inexpressible(c.After.Spec, o)
			if len(reasons) == 0 {
				reasons = Capabilities(f).Forbids(c.After.Spec, o.Ports...)
			}
			if err := mirror.Refuse(mirror.ErrUnsupported, reasons); err != nil {
				return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
			}
		}
		text, err := r.change(c)
		if err != nil {
			return mirror.Payload{}, fmt.Errorf("%s %s: %w", c.Verb(), c.Mark, err)
		}
		p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: text})
	}
	return p, nil
}

// change writes one change, whether or not a session like it may be asked for.
func (r *Renderer) change(c mirror.Change) (string, error) {
	if err := checkChange(c); err != nil {
		return "", err
	}
	var b strings.Builder
	if err := r.session.Execute(&b, edits(c)); err != nil {
		return "", fmt.Errorf("template %s: %w: %w", r.session.Name(), mirror.ErrInvalid, err)
	}
	return b.String(), nil
}

// sessionName keeps anything that is not one word away from the command line.
// "default" begins a line of the whole switch (arista-eos.md 1.1).
var sessionName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:/@+-]{0,99}$`)

// checkChange refuses changes whose names are wrong, and those of sessions that
// must not be touched.
func checkChange(c mirror.Change) error {
	if c.Before == nil && c.After == nil {
		return fmt.Errorf("a change from nothing to nothing: %w", mirror.ErrInvalid)
	}
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n != nil && (!sessionName.MatchString(n.ID) || n.ID == "default") {
			return fmt.Errorf("%q is no name of a session: %w", n.ID, mirror.ErrInvalid)
		}
	}
	switch {
	case c.Before == nil || c.After == nil:
	case c.Before.ID != c.After.ID:
		return fmt.Errorf("session %s cannot become session %s: %w", c.Before.ID, c.After.ID, mirror.ErrInvalid)
	case c.Before.Opaque != "":
		return fmt.Errorf("session %s is not one that may be changed (%s): %w", c.Before.ID, c.Before.Opaque, mirror.ErrUnsupported)
	}
	return nil
}

// An edit is a change as the template sees it. Lists hold what stands behind the
// words that the template writes.
type edit struct {
	Name   string
	Delete bool // the whole session

	RemoveDestinations, RemoveSources, RemoveOptions    []string
	AddFilters, AddSources, AddOptions, AddDestinations []string
}

// edits compares what is with what shall be. While an option changes the session
// has no destination, so that nothing is copied that neither state would copy.
func edits(c mirror.Change) edit {
	if c.After == nil {
		return edit{Name: c.Before.ID, Delete: true}
	}
	e, old := edit{Name: c.After.ID}, mirror.NativeSpec{}
	if c.Before != nil {
		old = c.Before.Spec.Normalize()
	}
	now := c.After.Spec.Normalize()
	e.RemoveSources, e.AddSources = sourceEdits(old, now)
	options := func(n mirror.NativeSpec) (filters, rest []string) {
		if f := n.Options.Filter; f != "" {
			kind, name, other := strings.Cut(f, ":")
			if !other {
				kind, name = "ip", f
			}
			filters = []string{kind + " access-group " + name}
		}
		if v := n.Options.Truncate; v != 0 {
			rest = append(rest, "truncate size "+strconv.Itoa(v))
		}
		if v := n.Options.Sample; v != 0 {
			rest = append(rest, "sample "+strconv.Itoa(v))
		}
		return filters, rest
	}
	oldFilters, oldRest := options(old)
	newFilters, newRest := options(now)
	filters, gone := beyond(newFilters, oldFilters), []string(nil)
	for _, o := range slices.Concat(beyond(oldFilters, newFilters), beyond(oldRest, newRest)) {
		word, rest, _ := strings.Cut(o, " ") // "no" names an option, not its value (arista-eos.md 1.3)
		if strings.HasPrefix(rest, "access-group ") {
			word += " access-group"
		}
		gone = append(gone, word)
	}
	e.RemoveOptions, e.AddFilters, e.AddOptions = gone, filters, beyond(newRest, oldRest)
	before, after := ends(old), ends(now)
	if len(gone)+len(filters)+len(e.AddOptions) > 0 {
		e.RemoveDestinations, e.AddDestinations = before, after
	} else {
		e.RemoveDestinations, e.AddDestinations = beyond(before, after), beyond(after, before)
	}
	return e
}

// beyond is what of a list another does not have.
func beyond(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// sourceEdits: a source whose direction changes is removed without direction and
// added again.
func sourceEdits(old, now mirror.NativeSpec) (remove, add []string) {
	sorted := func(sources []mirror.NativeSource) []mirror.NativeSource {
		return slices.SortedFunc(slices.Values(sources), func(a, b mirror.NativeSource) int { return grammar.Compare(a.Port, b.Port) })
	}
	for _, s := range sorted(old.Sources) {
		if !slices.Contains(now.Sources, s) {
			remove = append(remove, string(s.Port))
		}
	}
	for _, s := range sorted(now.Sources) {
		if !slices.Contains(old.Sources, s) {
			add = append(add, string(s.Port)+" "+string(s.Direction))
		}
	}
	return remove, add
}

// ends are where the copies of a session go, in the device's words.
func ends(n mirror.NativeSpec) []string {
	var out []string
	for _, d := range slices.SortedFunc(slices.Values(n.Destinations), grammar.Compare) {
		out = append(out, string(d))
	}
	if t := n.Options.ERSPAN; t != nil {
		out = append(out, "tunnel mode gre source "+t.Origin+" destination "+n.Options.Collector)
	}
	return out
}

// inexpressible lists every reason why a session cannot be said on the command line.
func inexpressible(s mirror.NativeSpec, observed mirror.Observation) (reasons []mirror.Reason) {
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			reasons = append(reasons, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf(format, args...)})
		}
	}
	o := s.Options
	local, tunnel := s.Role == mirror.RoleLocal, s.Role == mirror.RoleERSPANSource
	if !local && !tunnel {
		refuse(true, "role %q: EOS has no RSPAN, and no session that ends a tunnel", s.Role)
		return reasons
	}
	refuse(s.RemoteVLAN != 0 || len(s.Trunks) > 0 || s.Setup != nil, "a remote VLAN, trunks or the setup of a port")
	refuse(len(s.Sources) == 0, "a session without sources")
	for _, src := range s.Sources {
		refuse(src.All || src.VLAN != 0, "sources are ports alone")
		refuse(src.Port != "" && !grammar.Canonical(src.Port), "%q is no port of this platform", src.Port)
		refuse(slices.Contains(s.Destinations, src.Port), "port %s is source and destination", src.Port)
		refuse(!slices.Contains([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}, src.Direction), "direction %q", src.Direction)
		n, ok := grammar.Read(string(src.Port))
		refuse(ok && n.Sub >= 0 && src.Direction == mirror.Both, "subinterface %s in both directions at once", src.Port)
	}
	refuse(local && len(s.Destinations) == 0, "a session without a destination")
	refuse(tunnel && len(s.Destinations) > 0, "ports beside a tunnel")
	for _, d := range s.Destinations {
		n, ok := grammar.Read(string(d))
		refuse(d == cpu, "copies to the processor (destination Cpu) reach no tool outside the switch")
		refuse(d != cpu && (!ok || n.Full() != d || n.Sub >= 0), "%q is no port that can be a destination", d)
	}
	refuse(local && o.Tags != mirror.TagsPreserve || tunnel && o.Tags != "", "tags %q: there is no option for tags", o.Tags)
	refuse(local && o.Ingress != mirror.IngressDisabled || tunnel && o.Ingress != "", "ingress %q: there is no option for it", o.Ingress)
	refuse(len(o.FilterVLANs) > 0, "filterVlans: there is no filter by VLAN")
	refuse(o.Truncate != 0 && (o.Truncate < 14 || o.Truncate > 65535), "truncation to %d octets", o.Truncate)
	refuse(o.Sample < 0 || o.Sample == 1, "sampling of one in %d frames", o.Sample)
	if o.Filter != "" {
		refuse(!listName.MatchString(o.Filter) || strings.Contains(o.Filter, ":"), "%q is no name of an IP access list", o.Filter)
		known, read := observed.Handles[handleLists]
		refuse(read && !slices.Contains(strings.Split(known, ","), o.Filter), "there is no IP access list %s on the device", o.Filter)
	}
	if !tunnel {
		refuse(o.ERSPAN != nil || o.Collector != "", "a tunnel in a session of role %s", s.Role)
		return reasons
	}
	t := mirror.ERSPAN{}
	if o.ERSPAN != nil {
		t = *o.ERSPAN
	}
	refuse(t.Encapsulation != mirror.EncapGRE, "an ERSPAN header: copies go as plain GRE (encapsulation gre)")
	refuse(t.ID != 0, "id %d: the key of the tunnel cannot be set", t.ID)
	refuse(t.TTL != 0 || t.DSCP != 0 || t.MTU != 0 || t.VRF != "", "ttl, dscp, mtu or vrf of the tunnel: no document shows their words")
	for _, end := range []struct{ what, address string }{{"origin", t.Origin}, {"collector", o.Collector}} {
		a, err := netip.ParseAddr(end.address)
		refuse(err != nil || !a.Is4() || a.String() != end.address, "%s %q is no IPv4 address", end.what, end.address)
	}
	return reasons
}
