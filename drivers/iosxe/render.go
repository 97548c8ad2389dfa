package iosxe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

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
	// Enable and Shut come last: a new session is shut down until it is told otherwise.
	Enable, Shut bool
}

// write compares what is with what shall be. A session of the classic form goes by
// its content, never by its number: between the last read and the push the number may
// have become another hand's.
func write(f mirror.Facts, c mirror.Change) (template string, data any, err error) {
	e, q := edit{}, quirkOf(f)
	old, now, was := mirror.NativeSpec{}, mirror.NativeSpec{}, ""
	if c.Before != nil {
		e.Number, old = c.Before.ID, c.Before.Spec.Normalize()
	}
	if c.After != nil {
		e.Number, now, was = c.After.ID, c.After.Spec.Normalize(), c.After.Text
	} else if e.Delete = subMode(old.Role) || old.Vacant(); e.Delete {
		return "classic.tmpl", e, nil
	}
	e.RemoveSources, e.AddSources = sourceEdits(old, now)
	e.RemoveFilters, e.AddFilters = filterEdits(q, old, now)
	if e.RemoveDestinations, e.AddDestinations, err = destinationEdits(old, now, was); err != nil {
		return "", nil, err
	}
	e.remoteVLAN(old, now)
	e.erspan(old, now, old.Role != now.Role)
	if e.Type != "" {
		return "erspan.tmpl", e, nil
	}
	return "classic.tmpl", e, nil
}

// subMode reports whether sessions of a role are written in sub-modes.
func subMode(r mirror.Role) bool {
	return r == mirror.RoleERSPANSource || r == mirror.RoleERSPANDestination
}

// rebuild: the type of a number with sub-modes cannot be changed (Configuring ERSPAN).
// On routers an access list cannot be detached from an active ERSPAN session, and
// elsewhere one without its list would copy everything.
func rebuild(_ mirror.Facts, old, now mirror.NativeSpec) bool {
	if !subMode(old.Role) {
		return subMode(now.Role)
	}
	return old.Role != now.Role || old.Options.Filter != "" && old.Options.Filter != now.Options.Filter
}

// sourceEdits: a source whose direction changes is removed without direction
// and added again.
func sourceEdits(old, now mirror.NativeSpec) (remove, add []string) {
	for _, s := range grammar.InOrder(text.Beyond(old.Sources, now.Sources)) {
		remove = append(remove, sourceWords(s))
	}
	for _, s := range grammar.InOrder(text.Beyond(now.Sources, old.Sources)) {
		add = append(add, sourceWords(s)+" "+string(s.Direction))
	}
	return remove, add
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
	o, n := old.Options, now.Options
	for _, l := range text.WriteVLANs(text.Beyond(o.FilterVLANs, n.FilterVLANs), " , ", " - ", vlansPerLine) {
		remove = append(remove, "vlan "+l)
	}
	for _, l := range text.WriteVLANs(text.Beyond(n.FilterVLANs, o.FilterVLANs), " , ", " - ", vlansPerLine) {
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
// nothing tells that a second line replaces the first. While the access list changes
// there is no destination, so that nothing is copied that neither list would copy.
func destinationEdits(old, now mirror.NativeSpec, reply string) (remove, add []string, err error) {
	same := old.Options.Tags == now.Options.Tags && old.Options.Ingress == now.Options.Ingress && old.Options.Filter == now.Options.Filter
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
