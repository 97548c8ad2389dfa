package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Check lists everything that forbids one session's fragment on its device:
// what the platform cannot do, what the device's present state or its foreign
// sessions stand against, and what other sessions of ours already ask for.
// others are the accepted fragments of all other sessions on the same device.
// Every reason is given, those of a platform with the source of the limit.
func Check(f mirror.Fragment, ex Expansion, others []mirror.Fragment, info DeviceInfo) []mirror.Reason {
	c := checker{f: f, ex: ex, others: others, info: info, caps: info.Capabilities, parents: map[mirror.PortName]mirror.PortName{}}
	for _, p := range info.Observation.Ports {
		if p.Parent != "" {
			c.parents[p.Name] = p.Parent
		}
	}
	c.forbidden()
	if len(mirror.FilterFamilies(c.f.Spec.Rules)) > 1 && c.caps.Filter.OK() {
		c.add("/filter", "several-families", "filter %q copies frames of IPv4 and IPv6, and an access list is of one; give each rule an address (0.0.0.0/0 is any of IPv4, ::/0 any of IPv6)", ex.asked.Filter)
	}
	if slices.Equal(mirror.FilterFamilies(c.f.Spec.Rules), []mirror.Family{mirror.IPv6}) && c.caps.Filter.OK() {
		c.add("/filter", "not-served", "filter %q copies frames of IPv6, and access lists of IPv6 are not written by this version of netmirror", ex.asked.Filter)
	}
	if c.f.Pin != "" {
		c.pin()
	}
	if !info.Observed() {
		c.add("/sources", "never-observed", "device %s was never read, so its ports and sessions are unknown", info.Device.Name)
		return c.reasons
	}
	c.ports()
	c.remote()
	c.tunnel()
	c.footings()
	c.otherSessions()
	c.foreign()
	c.limits()
	c.guard()
	return c.reasons
}

type checker struct {
	f       mirror.Fragment
	ex      Expansion
	others  []mirror.Fragment
	info    DeviceInfo
	caps    mirror.Capabilities
	parents map[mirror.PortName]mirror.PortName // of subinterfaces
	reasons []mirror.Reason
}

func (c *checker) add(pointer, code, format string, args ...any) {
	c.reasons = append(c.reasons, mirror.Reason{Pointer: pointer, Code: code, Message: fmt.Sprintf(format, args...)})
}

// forbidden asks the platform's capabilities, and puts what they forbid where it
// stood in the request.
func (c *checker) forbidden() {
	spec := c.f.Spec.Normalize()
	for _, r := range c.caps.Forbids(spec, c.info.Observation.Ports...) {
		if r.Code == "unsupported" {
			r.Message = fmt.Sprintf("platform %s %s", c.info.Device.Platform, r.Message)
		}
		r.Pointer = c.asked(r.Pointer, spec)
		c.reasons = append(c.reasons, r)
	}
}

// asked turns a pointer into a spec into one into the request.
func (c *checker) asked(pointer string, spec mirror.NativeSpec) string {
	parts := strings.SplitN(pointer, "/", 4) // "", list, index, field
	if len(parts) < 3 {
		return pointer
	}
	i, err := strconv.Atoi(parts[2])
	at := ""
	switch {
	case err != nil:
		return pointer
	case parts[1] == "sources" && i < len(spec.Sources):
		at = c.ex.Pointer(c.f.Device, spec.Sources[i])
	case parts[1] == "destinations" && i < len(spec.Destinations):
		at = c.end(spec.Destinations[i])
	case parts[1] == "destinations":
		at = c.ex.EndPointer(c.f)
	default:
		return pointer
	}
	if len(parts) > 3 {
		at += "/" + parts[3]
	}
	return at
}

func (c *checker) pin() {
	r := c.caps.NativeIDs
	if naming := c.caps.NamedBy(); naming != mirror.Numbered || r == nil {
		how := "names its native sessions by the mark"
		switch naming {
		case mirror.Keyed:
			how = "gives its native sessions their ids itself"
		case mirror.Placed:
			how = "knows its native sessions by their destination"
		}
		c.add("/nativeId", "unsupported", "platform %s %s; a native id cannot be chosen", c.info.Device.Platform, how)
		return
	}
	natives := 0
	for _, part := range c.f.Spec.Parts() {
		if part.Footing == nil {
			natives++
		}
	}
	if natives > 1 {
		c.add("/nativeId", "contradiction", "a native id is one native session's, and the session takes %d on platform %s", natives, c.info.Device.Platform)
	}
	if n, err := strconv.Atoi(c.f.Pin); err != nil || n < r.From || n > r.To {
		c.add("/nativeId", "out-of-range", "%q is not a session number from %d to %d", c.f.Pin, r.From, r.To)
	}
	mark := mirror.Mark(c.info.Instance, c.f.Device, c.f.Spec)
	for _, o := range c.others {
		theirs := mirror.Mark(c.info.Instance, o.Device, o.Spec)
		if o.Pin != "" && (o.Pin == c.f.Pin) != (theirs == mark) {
			c.add("/nativeId", "native-id-in-use", "session %q pins native session %s", o.Session, o.Pin)
		}
		for _, l := range c.info.Ledger {
			if l.Mark == theirs && theirs != mark && l.ID == c.f.Pin {
				c.add("/nativeId", "native-id-in-use", "session %q is in native session %s", o.Session, l.ID)
			}
		}
	}
	for _, l := range c.info.Ledger {
		if l.Mark == mark && l.ID != c.f.Pin {
			c.add("/nativeId", "native-id-in-use", "the sessions of this destination are in native session %s already; delete them to choose another", l.ID)
		}
	}
}

func (c *checker) ports() {
	for _, s := range c.f.Spec.Sources {
		if s.Port == "" {
			continue
		}
		if _, ok := c.info.Observation.Port(s.Port); !ok {
			c.add(c.ex.Pointer(c.f.Device, s), "unknown-port", "device %s has no port %s", c.f.Device, s.Port)
		}
	}
	for _, d := range c.f.Spec.Destinations {
		p, ok := c.info.Observation.Port(d)
		if !ok {
			c.add(c.end(d), "unknown-port", "device %s has no port %s", c.f.Device, d)
		}
		if ok && c.caps.AccessUntags {
			c.tagsAt(p)
		}
	}
}

// tagsAt: where the destination port decides about tags, it must decide as the
// session asks, because netmirror changes no port for it.
func (c *checker) tagsAt(p mirror.Port) {
	if s := c.f.Spec.Setup; s != nil && (s.Access != 0 || s.Tagged) {
		return // it is made to
	}
	switch tags := c.f.Spec.Options.Tags; {
	case tags == mirror.TagsPreserve && p.Access != 0:
		c.add("/tags", "tags-lost", "port %s is an access port of VLAN %d, so copies would leave it untagged; ask for tags strip, or take a port that is none%s", p.Name, p.Access, c.orForce())
	case tags == mirror.TagsStrip && p.Access == 0:
		c.add("/tags", "tags-kept", "port %s is no access port, so copies would keep their tags; ask for tags preserve, or make it an access port%s", p.Name, c.orForce())
	}
}

// orForce tells, where the driver can change the port, how to ask for it.
func (c *checker) orForce() string {
	if !c.caps.PortSetup.OK() {
		return ""
	}
	return " (force: true changes the port, and puts it back when the last session leaves)"
}

// otherSessions: options must agree where the destination is shared, and no
// session may mirror what carries another's copies. Fragments that are footings
// only share what they stand for.
func (c *checker) otherSessions() {
	for _, o := range c.others {
		c.sharedDestinations(o)
		for _, s := range c.f.Spec.Sources {
			if s.Port != "" && slices.Contains(o.Spec.Destinations, c.base(s.Port)) {
				c.add(c.ex.Pointer(c.f.Device, s), "mirror-of-mirror", "port %s is the destination of session %q", s.Port, o.Session)
			}
			if s.Port != "" && slices.Contains(o.Spec.Trunks, c.base(s.Port)) {
				c.add(c.ex.Pointer(c.f.Device, s), "mirror-of-mirror", "port %s is a trunk that carries the copies of session %q", s.Port, o.Session)
			}
		}
		for _, t := range c.f.Spec.Trunks {
			if slices.Contains(o.Spec.Destinations, t) {
				c.add(c.ex.TrunkPointer(c.f.Device, t), "destination-in-use", "port %s is the destination of session %q and no trunk meanwhile", t, o.Session)
			}
			if slices.ContainsFunc(o.Spec.Sources, func(s mirror.NativeSource) bool { return c.base(s.Port) == t }) {
				c.add(c.ex.TrunkPointer(c.f.Device, t), "mirror-of-mirror", "port %s is a source of session %q, which would copy these copies", t, o.Session)
			}
		}
		for _, s := range o.Spec.Sources {
			if d := c.base(s.Port); d != "" && slices.Contains(c.f.Spec.Destinations, d) {
				c.add(c.end(d), "mirror-of-mirror", "port %s is a source of session %q", s.Port, o.Session)
			}
			if s.VLAN != 0 && s.VLAN == c.f.Spec.RemoteVLAN {
				c.add("/rspan/vlan", "mirror-of-mirror", "VLAN %d is a source of session %q", s.VLAN, o.Session)
			}
		}
	}
	c.mixedByOthers()
}

// sharedDestinations compares with a session that copies to the same destinations,
// or to one of them. In the same way, they share the native session and must agree
// on its options and on all its destinations. Copies that come in another way
// (another kind, remote VLAN or tunnel) take a native session of their own, and
// most platforms allow a port in one only.
func (c *checker) sharedDestinations(o mirror.Fragment) {
	mine, theirs := c.f.Spec, o.Spec
	if mine.Role.OnlyFootings() || mine.ShareKey() == theirs.ShareKey() {
		return
	}
	ports, sameWay := mine.Common(theirs)
	same := mine.DestinationKey() == theirs.DestinationKey()
	mine.Destinations, theirs.Destinations = nil, nil
	alike := mine.ShareKey() == theirs.ShareKey()
	switch remark := cmp.Or(c.caps.SharedDestination.Remark, "a port takes the copies of one native session"); {
	case same:
		c.add(c.ex.EndPointer(c.f), "options-differ", "session %q copies to the same destination with other options (%s); sessions that share a destination must agree on them",
			o.Session, optionsDiff(theirs.Options, mine.Options))
	case sameWay && !alike:
		for _, d := range ports {
			c.add(c.end(d), "options-differ", "session %q copies to port %s too, with other options (%s); sessions that share a destination must agree on them",
				o.Session, d, optionsDiff(theirs.Options, mine.Options))
		}
	case c.caps.SharedDestination.OK():
	case sameWay:
		for _, d := range ports {
			c.reasons = append(c.reasons, mirror.Reason{Pointer: c.end(d), Code: "destination-in-use", Source: c.caps.SharedDestination.Source,
				Message: fmt.Sprintf("port %s is a destination of session %q together with others (%s against %s); name the same destinations, or one each: %s",
					d, o.Session, portList(o.Spec.Destinations), portList(c.f.Spec.Destinations), remark)})
		}
	default:
		for _, d := range ports {
			c.reasons = append(c.reasons, mirror.Reason{Pointer: c.end(d), Code: "destination-in-use", Source: c.caps.SharedDestination.Source,
				Message: fmt.Sprintf("port %s is the destination of session %q, which copies there in another way (%s against %s): %s",
					d, o.Session, arrival(o.Spec), arrival(c.f.Spec), remark)})
		}
	}
}

// base is the port that the frames of what a source names cross: of a subinterface
// the port that it is a part of.
func (c *checker) base(p mirror.PortName) mirror.PortName { return cmp.Or(c.parents[p], p) }

// end is the place of a destination port in the request.
func (c *checker) end(d mirror.PortName) string { return c.ex.DestinationPointer(c.f.Device, d) }

func portList(ports []mirror.PortName) string { return strings.Join(portTexts(ports), ", ") }

// arrival tells how copies come to the destination port of a native session.
func arrival(n mirror.NativeSpec) string {
	switch {
	case n.RemoteVLAN != 0:
		return "from remote VLAN " + strconv.Itoa(n.RemoteVLAN)
	case n.Options.ERSPAN != nil:
		return fmt.Sprintf("out of tunnel %d to %s", n.Options.ERSPAN.ID, n.Options.Collector)
	}
	return "from ports of the device itself"
}

// mixedByOthers: united with its neighbours, the native session must still be
// one that the platform can hold.
func (c *checker) mixedByOthers() {
	if c.caps.MixedSources.OK() {
		return
	}
	kind := func(s mirror.NativeSource) bool { return s.VLAN != 0 }
	for _, o := range c.others {
		if o.Spec.ShareKey() != c.f.Spec.ShareKey() || len(o.Spec.Sources) == 0 || len(c.f.Spec.Sources) == 0 {
			continue
		}
		if kind(o.Spec.Sources[0]) != kind(c.f.Spec.Sources[0]) {
			c.add("/sources", "options-differ", "session %q copies to the same destination, one from ports and one from VLANs, which platform %s cannot hold together",
				o.Session, c.info.Device.Platform)
		}
	}
}

func optionsDiff(a, b mirror.Options) string {
	var out []string
	diff := func(name string, x, y any) {
		if fmt.Sprint(x) != fmt.Sprint(y) {
			out = append(out, fmt.Sprintf("%s %v against %v", name, x, y))
		}
	}
	diff("tags", a.Tags, b.Tags)
	diff("ingress", a.Ingress, b.Ingress)
	diff("filterVlans", a.FilterVLANs, b.FilterVLANs)
	diff("filter", a.Filter, b.Filter)
	diff("truncate", a.Truncate, b.Truncate)
	diff("sample", a.Sample, b.Sample)
	tunnel := func(o mirror.Options) string {
		if o.ERSPAN == nil {
			return "none"
		}
		text, err := json.Marshal(o.ERSPAN)
		if err != nil { // numbers and strings always marshal
			panic(err)
		}
		return fmt.Sprintf("%s to %s", text, o.Collector)
	}
	diff("tunnel", tunnel(a), tunnel(b))
	diff("tunnel interface", a.Tunnel, b.Tunnel)
	return strings.Join(out, ", ")
}

// own includes a native session that netmirror once released (deletePolicy
// orphan) and would take up again: it bears the very mark of the fragment.
func (c *checker) own(n mirror.NativeSession) bool {
	_, own := c.info.Own(n)
	return own || c.info.Bears(n, mirror.Mark(c.info.Instance, c.f.Device, c.f.Spec))
}

// sourceTaken: a source that another hand copies to the destination already is theirs.
func (c *checker) sourceTaken(n mirror.NativeSession, mark string) {
	for _, theirs := range Beside(c.info, mark) {
		for _, s := range c.f.Spec.Sources {
			if slices.Contains(c.f.Spec.Destinations, mirror.PortName(n.ID)) && s.Port == theirs.Port && s.VLAN == theirs.VLAN {
				c.add(c.ex.Pointer(c.f.Device, s), "source-in-use", "%s is copied to port %s already, and netmirror did not make that", sourceText(s), n.ID)
			}
		}
	}
}

// foreign: nothing of netmirror's may touch a port that another's session uses
// the other way round, or end where it ends.
func (c *checker) foreign() {
	for _, n := range c.info.Observation.Natives {
		if mark, own := c.info.Own(n); own {
			c.sourceTaken(n, mark)
		}
		if c.own(n) {
			continue
		}
		if c.f.Pin != "" && n.ID == c.f.Pin {
			c.add("/nativeId", "native-id-in-use", "native session %q exists, and netmirror did not create it", n.ID)
		}
		for _, d := range c.f.Spec.Destinations {
			if slices.Contains(n.Spec.Destinations, d) {
				c.add(c.end(d), "destination-in-use", "port %s is the destination of native session %q, which netmirror did not create", d, n.ID)
			}
			if slices.ContainsFunc(n.Spec.Sources, func(s mirror.NativeSource) bool { return c.base(s.Port) == d }) {
				c.add(c.end(d), "mirror-of-mirror", "port %s is a source of native session %q, which netmirror did not create", d, n.ID)
			}
		}
		for _, s := range c.f.Spec.Sources {
			if s.Port != "" && slices.Contains(n.Spec.Destinations, c.base(s.Port)) {
				c.add(c.ex.Pointer(c.f.Device, s), "mirror-of-mirror", "port %s is the destination of native session %q, which netmirror did not create", s.Port, n.ID)
			}
		}
	}
}
