package plan

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// footings: what the session stands on must be possible beside what the device holds
// and what other sessions stand on. Whoever shares the thing must want it alike.
func (c *checker) footings() {
	listed := c.f.Spec.FilterAt == mirror.FilterAtSources && c.f.Spec.Options.Filter != ""
	for _, s := range c.f.Spec.Sources {
		if why := c.info.listAt(s.Port, c.f.Spec.Options.Filter); listed && s.Port != "" && why != "" {
			c.add(c.ex.Pointer(c.f.Device, s), "list-in-use", "%s", why)
		}
	}
	for _, need := range c.f.Spec.Needs {
		why := ""
		switch need.Kind {
		case mirror.FootingTunnel:
			why = c.info.otherWay(need)
		case mirror.FootingOrigin:
			why = c.info.otherOrigin(need.Name)
		}
		if why != "" {
			c.add(needPointer(need), string(need.Kind)+"-in-use", "%s", why)
		}
	}
	for _, o := range c.beside() {
		c.sharedFootings(o, listed)
	}
}

// beside are the fragments that the device holds beside this one: those of other
// sessions, and those for other destinations of the same.
func (c *checker) beside() []mirror.Fragment {
	out := slices.Clone(c.others)
	for _, f := range c.ex.Fragments {
		if f.Device == c.f.Device && (f.Spec.Role != c.f.Spec.Role || f.Spec.Ends() != c.f.Spec.Ends()) {
			out = append(out, f)
		}
	}
	return out
}

func (c *checker) sharedFootings(o mirror.Fragment, listed bool) {
	whose := fmt.Sprintf("session %q", o.Session)
	if o.Session == c.f.Session {
		whose = "another destination of the session"
	}
	if other := o.Spec.Options.Filter; listed && other != "" && other != c.f.Spec.Options.Filter {
		for _, s := range c.f.Spec.Sources {
			if s.Port != "" && slices.ContainsFunc(o.Spec.Sources, func(x mirror.NativeSource) bool { return x.Port == s.Port }) {
				c.add(c.ex.Pointer(c.f.Device, s), "list-in-use",
					"port %s has one access list, and that copies what the filter of %s selects; on this platform a port can be filtered for one filter and one destination", s.Port, whose)
			}
		}
	}
	for _, need := range c.f.Spec.Needs {
		for _, theirs := range o.Spec.Needs {
			switch {
			case need.Kind != theirs.Kind:
			case need.Kind == mirror.FootingOrigin && need.Name != theirs.Name:
				c.add(needPointer(need), "origin-in-use", "%s sends copies from %s, and one address serves all sessions of device %s", whose, theirs.Name, c.f.Device)
			case need.Kind == mirror.FootingTunnel && need.Name == theirs.Name && !c.info.sameWay(need, theirs):
				c.add(needPointer(need), "tunnel-in-use", "tunnel interface %s leads %s for %s; by chance the way asked for would bear the same name: another TTL, DSCP or origin gives it another",
					need.Name, theirs.Tunnel, whose)
			}
		}
	}
}

func needPointer(f mirror.Footing) string {
	if f.Kind == mirror.FootingOrigin {
		return "/erspan/origin"
	}
	return "/erspan"
}
