package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// CheckAccepts holds what would come to the tools that a session names against what
// they say they accept. What they surely do not is refused; where nobody can tell
// whether frames bear VLAN tags, that is a warning. A tool that says nothing accepts
// everything.
func CheckAccepts(ex Expansion, site Site) (refused, warned []mirror.Reason) {
	for i, d := range ex.asked.Destinations {
		tool, ok := site.Tools[d.Tool]
		if d.Tool == "" || !ok || len(tool.Accepts) == 0 || i >= len(ex.Kinds) {
			continue
		}
		at := fmt.Sprintf("/destinations/%d/tool", i)
		what, doubt := ex.arriving(ex.Kinds[i].Kind, tool, site)
		switch lacking := slices.DeleteFunc(what, func(w string) bool { return slices.Contains(tool.Accepts, w) }); {
		case len(lacking) > 0:
			refused = append(refused, mirror.Reason{Pointer: at, Code: "not-accepted",
				Message: fmt.Sprintf("tool %q accepts %s, and the session would send it %s%s", tool.Name, strings.Join(tool.Accepts, ", "), strings.Join(lacking, " and "), ex.otherTags(lacking, tool))})
		case doubt != "" && !slices.Contains(tool.Accepts, mirror.AcceptTagged) && !slices.Contains(tool.Accepts, mirror.AcceptUntagged):
			refused = append(refused, mirror.Reason{Pointer: at, Code: "not-accepted",
				Message: fmt.Sprintf("tool %q accepts %s, and the session would send it frames, tagged or untagged", tool.Name, strings.Join(tool.Accepts, ", "))})
		case doubt != "" && !accepts(tool, mirror.AcceptTagged, mirror.AcceptUntagged):
			warned = append(warned, mirror.Reason{Pointer: at, Code: "accepts-unknown",
				Message: fmt.Sprintf("tool %q accepts %s, and whether frames come with VLAN tags is not known: %s", tool.Name, strings.Join(tool.Accepts, ", "), doubt)})
		}
	}
	return refused, warned
}

func accepts(tool mirror.Tool, all ...string) bool {
	return !slices.ContainsFunc(all, func(w string) bool { return !slices.Contains(tool.Accepts, w) })
}

// otherTags tells how to ask for what the tool accepts.
func (e Expansion) otherTags(lacking []string, tool mirror.Tool) string {
	switch {
	case slices.Equal(lacking, []string{mirror.AcceptTagged}) && accepts(tool, mirror.AcceptUntagged) && e.asked.Tags == mirror.TagsPreserve:
		return "; tags: strip takes them off where the platform can"
	case slices.Equal(lacking, []string{mirror.AcceptUntagged}) && accepts(tool, mirror.AcceptTagged) && e.asked.Tags == mirror.TagsStrip:
		return "; tags: preserve leaves them on"
	}
	return ""
}

// arriving lists what surely comes to a tool, and why more may.
func (e Expansion) arriving(kind mirror.Kind, tool mirror.Tool, site Site) (what []string, doubt string) {
	if kind == mirror.KindERSPAN && tool.Device == "" { // nobody takes the copies out of the tunnel before it
		tunnel := e.asked.ERSPAN
		switch {
		case tunnel == nil:
			return nil, ""
		case tunnel.Encapsulation == mirror.EncapGRE:
			return []string{mirror.AcceptGRE}, ""
		case tunnel.Type == 3:
			return []string{mirror.AcceptERSPAN3}, ""
		}
		return []string{mirror.AcceptERSPAN2}, ""
	}
	if e.asked.Tags == mirror.TagsStrip {
		return []string{mirror.AcceptUntagged}, ""
	}
	add := func(w string) {
		if !slices.Contains(what, w) {
			what = append(what, w)
		}
	}
	for _, f := range e.Fragments {
		for _, s := range f.Spec.Sources {
			w, why := tagsOf(s, site.Devices[f.Device])
			if doubt == "" {
				doubt = why
			}
			if w != "" {
				add(w)
			}
		}
	}
	slices.Sort(what)
	return what, doubt
}

// tagsOf tells whether the frames of a source have VLAN tags when they are copied as
// they are. A trunk has tagged frames, and maybe untagged ones of its native VLAN. Where
// the destination decides about tags, the frames of an access port get that of their
// VLAN.
func tagsOf(s mirror.NativeSource, info DeviceInfo) (what, doubt string) {
	name := fmt.Sprintf("%s %s", info.Device.Name, sourceText(s))
	p, ok := info.Observation.Port(s.Port)
	switch {
	case s.Port == "":
		return "", name + " is of ports with tags and of ports without"
	case !ok:
		return "", name + " is not known"
	case info.Capabilities.AccessUntags && p.Access != 0:
		return mirror.AcceptTagged, ""
	case info.Capabilities.AccessUntags:
		return "", name + " takes frames with tags and frames without"
	case p.Access != 0:
		return mirror.AcceptUntagged, ""
	case p.Trunk != nil:
		return mirror.AcceptTagged, name + " is a trunk, whose native VLAN bears no tag"
	}
	return "", name + " is neither an access port nor a trunk"
}
