package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// relieved is a session with steps of relief, and whether anything of it is copied
// still. A step that would take away every source is no step of it: that is suspend.
func relieved(s mirror.Session, steps []mirror.ReliefStep) (mirror.Session, bool) {
	on := true
	for _, step := range steps {
		switch step.Rung {
		case mirror.RungTruncate:
			if step.Truncate > 0 && (s.Truncate == 0 || step.Truncate < s.Truncate) {
				s.Truncate = step.Truncate
			}
		case mirror.RungSample:
			s.Sample = max(s.Sample, step.Sample)
		case mirror.RungRXOnly:
			s = withSources(s, entering(s.Sources))
		case mirror.RungShedSources:
			s = withSources(s, slices.DeleteFunc(slices.Clone(s.Sources), func(src mirror.Source) bool { return !src.Essential && sheds(step, src) }))
		case mirror.RungSuspend:
			on = false
		}
	}
	return s, on
}

// entering is what enters the sources. Of one whose frames are copied as they leave
// nothing would be, and it is left out; an essential one stays as it is.
func entering(sources []mirror.Source) (out []mirror.Source) {
	for _, src := range sources {
		switch {
		case src.Direction == mirror.Both:
			src.Direction = mirror.RX
		case src.Direction == mirror.TX && !src.Essential:
			continue
		}
		out = append(out, src)
	}
	return out
}

func sheds(step mirror.ReliefStep, src mirror.Source) bool {
	return slices.ContainsFunc(step.Shed, func(x mirror.Source) bool {
		return x.Device == src.Device && x.Interface == src.Interface && x.VLAN == src.VLAN
	})
}

// withSources is a session with some of its sources; without any, it stays. The
// addresses of devices that send no copies any more go with their sources.
func withSources(s mirror.Session, sources []mirror.Source) mirror.Session {
	if len(sources) == 0 {
		return s
	}
	s.Sources = sources
	if s.ERSPAN != nil && len(s.ERSPAN.Origins) > 0 {
		tunnel := *s.ERSPAN
		tunnel.Origins = slices.DeleteFunc(slices.Clone(tunnel.Origins), func(o mirror.Origin) bool {
			return !slices.ContainsFunc(sources, func(src mirror.Source) bool { return src.Device == o.Device })
		})
		s.ERSPAN = &tunnel
	}
	return s
}

// changes reports whether a step, after others, changes what is copied of a session.
func changes(s mirror.Session, before []mirror.ReliefStep, step mirror.ReliefStep) bool {
	was, on := relieved(s, before)
	is, still := relieved(was, []mirror.ReliefStep{step})
	return on && (!still || !reflect.DeepEqual(was, is))
}

// Fitting are the steps of relief that make sense of an intent still, which may have
// changed since they were taken: the session is on, its ladder has the rung (or an
// operator has pinned it), and the step reduces something.
func Fitting(s mirror.Session, r mirror.Relief) (kept []mirror.ReliefStep) {
	if !s.Enabled {
		return nil
	}
	for _, step := range r.Steps {
		if (r.Pinned || slices.Contains(s.Relieves(), step.Rung)) && changes(s, kept, step) {
			kept = append(kept, step)
		}
	}
	return kept
}

// CheckLadder refuses rungs of a session's ladder that could never be taken, because a
// platform that makes copies for it cannot.
func CheckLadder(ex Expansion, site Site) (out []mirror.Reason) {
	for i, rung := range ex.asked.Relieves() {
		step := mirror.ReliefStep{Rung: rung}
		for _, f := range ex.Fragments {
			ranges := site.Devices[f.Device].Capabilities.Ranges
			if len(f.Spec.Sources) > 0 { // any that it takes
				step.Truncate, step.Sample = max(ranges.Truncate.First(), 1), max(ranges.Sample.First(), 2)
			}
		}
		s, on := relieved(ex.asked, []mirror.ReliefStep{step})
		if !on {
			continue
		}
		then, _ := Expand(s, site)
		for _, f := range then.Fragments {
			out = append(out, unable(ex, f, site.Devices[f.Device], i, rung)...)
		}
	}
	return out
}

// unable is what a platform says against a fragment that a rung makes, and not against
// the one that was asked for.
func unable(ex Expansion, f mirror.Fragment, info DeviceInfo, i int, rung string) (out []mirror.Reason) {
	var before []mirror.Reason
	for _, asked := range ex.Fragments {
		if asked.Device == f.Device {
			before = append(before, info.Capabilities.Forbids(asked.Spec, info.Observation.Ports...)...)
		}
	}
	for _, r := range info.Capabilities.Forbids(f.Spec, info.Observation.Ports...) {
		said := func(x mirror.Reason) bool { return x.Code == r.Code && x.Message == r.Message }
		if r.Code != "unsupported" || slices.ContainsFunc(before, said) || slices.ContainsFunc(out, said) {
			continue
		}
		r.Pointer = "/onOverload/ladder/" + strconv.Itoa(i)
		r.Message = fmt.Sprintf("%s could never be taken: platform %s (device %s) %s", rung, info.Device.Platform, f.Device, r.Message)
		out = append(out, r)
	}
	return out
}
