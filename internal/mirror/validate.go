package mirror

import (
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of one request. They keep a mistake from becoming a load.
const (
	MaxSources      = 512
	MaxDestinations = 16
	MaxFilterVLANs  = 128
	MaxLabels       = 32
	MaxText         = 512 // octets of a free text
)

var (
	namePattern  = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	labelPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$`)
	// Interface names as users write them: "Gi1/0/15-18", "gi 1/0/14",
	// "Bundle-Ether1", "ge-0/0/1.100", "ethernet-1/1". No newline, ";", "|",
	// "?" or control byte can pass to a device.
	interfacePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9 ,/._:@-]{0,126}[A-Za-z0-9])?$`)
	nativeIDPattern  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]{0,30}[A-Za-z0-9])?$`)
	vrfPattern       = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,30}[A-Za-z0-9])?$`)
)

// ValidName reports whether s may name a resource.
func ValidName(s string) bool { return namePattern.MatchString(s) }

// ValidInterface reports whether s has only characters that names of interfaces have.
func ValidInterface(s string) bool { return interfacePattern.MatchString(s) }

// faults collects reasons under JSON pointers.
type faults struct{ list []Reason }

func (f *faults) add(pointer, code, format string, args ...any) {
	f.list = append(f.list, Reason{Pointer: pointer, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (f *faults) name(pointer, v string) {
	if !ValidName(v) {
		f.add(pointer, "bad-name", "a name is 1 to 63 of a-z, 0-9 and '-', not beginning or ending with '-'")
	}
}

func (f *faults) match(pointer, v string, re *regexp.Regexp, what string) {
	if v != "" && !re.MatchString(v) {
		f.add(pointer, "bad-characters", "is not %s: letters, digits and a few punctuation marks of ASCII only", what)
	}
}

func (f *faults) text(pointer, v string) {
	if len(v) > MaxText {
		f.add(pointer, "too-long", "%d octets; at most %d", len(v), MaxText)
	}
	if !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }) {
		f.add(pointer, "bad-characters", "control and invisible characters are not allowed")
	}
}

func (f *faults) oneOf(pointer, v string, allowed ...string) {
	for _, a := range allowed {
		if v == a {
			return
		}
	}
	f.add(pointer, "bad-value", "must be one of %s", strings.Join(allowed, ", "))
}

func (f *faults) between(pointer string, v, low, high int) {
	if v < low || v > high {
		f.add(pointer, "out-of-range", "%d is not between %d and %d", v, low, high)
	}
}

func (f *faults) ip(pointer, v string) {
	if a, err := netip.ParseAddr(v); err != nil || a.Zone() != "" {
		f.add(pointer, "bad-address", "is not an IP address")
	}
}

func (f *faults) labels(pointer string, m map[string]string) {
	if len(m) > MaxLabels {
		f.add(pointer, "too-many", "%d labels; at most %d", len(m), MaxLabels)
		return
	}
	for k, v := range m {
		at := pointer + "/" + escapePointer(k)
		if !labelPattern.MatchString(k) {
			f.add(pointer, "bad-name", "a label's key is 1 to 63 of letters, digits and . _ / -")
			continue
		}
		f.match(at, v, labelPattern, "a label's value")
	}
}

func escapePointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

// Validate lists every fault that needs no knowledge of any device: alphabets,
// ranges, missing and contradicting fields. It expects defaults filled in.
func (s Session) Validate() []Reason {
	var f faults
	f.name("/name", s.Name)
	f.text("/description", s.Description)
	s.validateSources(&f)
	s.validateDestinations(&f)
	f.oneOf("/kind", string(s.Kind), "auto", "span", "rspan", "erspan")
	f.oneOf("/tags", s.Tags, TagsPreserve, TagsStrip)
	f.oneOf("/ingress", s.Ingress, IngressDisabled, IngressEnabled)
	f.oneOf("/driftPolicy", s.DriftPolicy, DriftRepair, DriftReport)
	f.oneOf("/deletePolicy", s.DeletePolicy, DeleteRemove, DeleteOrphan)
	f.oneOf("/onFailure", s.OnFailure, FailureRollback, FailureRetry)
	f.oneOf("/onUnreachable", s.OnUnreachable, UnreachableRefuse, UnreachableQueue)
	if len(s.FilterVLANs) > MaxFilterVLANs {
		f.add("/filterVlans", "too-many", "%d VLANs; at most %d", len(s.FilterVLANs), MaxFilterVLANs)
	} else {
		for i, v := range s.FilterVLANs {
			f.between("/filterVlans/"+strconv.Itoa(i), v, 1, 4094)
		}
	}
	if s.Filter != "" {
		f.name("/filter", s.Filter)
	}
	if s.Truncate != 0 {
		f.between("/truncate", s.Truncate, 14, 65535)
	}
	if s.Sample != 0 {
		f.between("/sample", s.Sample, 2, 1<<24)
	}
	f.match("/nativeId", s.NativeID, nativeIDPattern, "a native id")
	f.between("/priority", s.Priority, 1, 100)
	if p := s.Purpose; p != nil {
		f.text("/purpose/reason", p.Reason)
		f.text("/purpose/ticket", p.Ticket)
	}
	f.labels("/labels", s.Labels)
	s.validateLoad(&f)
	s.validateKinds(&f)
	return f.list
}

// validateLoad holds what is said of the load of the destination.
func (s Session) validateLoad(f *faults) {
	if a := s.Admission; a != nil {
		if a.Mode != "" {
			f.oneOf("/admission/mode", a.Mode, AdmissionEnforce, AdmissionWarn, AdmissionOff)
		}
		if a.Basis != "" {
			f.oneOf("/admission/basis", a.Basis, BasisMeasured, BasisWorstCase)
		}
		if !(a.MaxUtilization >= 0 && a.MaxUtilization <= 1) { // NaN is neither
			f.add("/admission/maxUtilization", "out-of-range", "%v is no share between 0 and 1", a.MaxUtilization)
		}
	}
	o := s.OnOverload
	if o == nil {
		return
	}
	f.oneOf("/onOverload/action", o.Action, OverloadReport, OverloadRelieve)
	switch {
	case o.Action == OverloadRelieve && len(o.Ladder) == 0:
		f.add("/onOverload/ladder", "missing", "action relieve needs a ladder: the steps, in their order, of %s", strings.Join(Rungs, ", "))
	case o.Action == OverloadReport && len(o.Ladder) > 0:
		f.add("/onOverload/ladder", "contradiction", "a ladder is climbed by action relieve alone; the action is report")
	}
	for i, rung := range o.Ladder {
		at := "/onOverload/ladder/" + strconv.Itoa(i)
		f.oneOf(at, rung, Rungs...)
		if slices.Contains(o.Ladder[:i], rung) {
			f.add(at, "duplicate", "%s is a rung already", rung)
		}
	}
}

func (s Session) validateSources(f *faults) {
	if len(s.Sources) == 0 {
		f.add("/sources", "missing", "at least one source is needed")
	}
	if len(s.Sources) > MaxSources {
		f.add("/sources", "too-many", "%d sources; at most %d", len(s.Sources), MaxSources)
		return
	}
	for i, src := range s.Sources {
		at := "/sources/" + strconv.Itoa(i)
		f.name(at+"/device", src.Device)
		switch {
		case src.Interface == "" && src.VLAN == 0:
			f.add(at, "missing", "a source names an interface or a VLAN")
		case src.Interface != "" && src.VLAN != 0:
			f.add(at, "contradiction", "a source names an interface or a VLAN, not both")
		}
		f.match(at+"/interface", src.Interface, interfacePattern, "an interface")
		if src.VLAN != 0 {
			f.between(at+"/vlan", src.VLAN, 1, 4094)
		}
		f.oneOf(at+"/direction", string(src.Direction), "rx", "tx", "both")
		f.between(at+"/priority", src.Priority, 1, 100)
	}
}

func (s Session) validateDestinations(f *faults) {
	if len(s.Destinations) == 0 {
		f.add("/destinations", "missing", "a destination is needed")
	}
	if len(s.Destinations) > MaxDestinations {
		f.add("/destinations", "too-many", "%d destinations; at most %d", len(s.Destinations), MaxDestinations)
		return
	}
	for i, d := range s.Destinations {
		at := "/destinations/" + strconv.Itoa(i)
		f.destination(at, d.Tool, d.Device, d.Interface, d.IP)
		if d.Tool != "" {
			f.name(at+"/tool", d.Tool)
		}
	}
}

func (f *faults) destination(at, tool, device, iface, ip string) {
	switch {
	case tool != "" && (device != "" || iface != "" || ip != ""):
		f.add(at, "contradiction", "a tool says where it is connected; no device, interface or ip beside it")
	case tool == "" && device == "" && iface == "" && ip == "":
		f.add(at, "missing", "name a tool, a device with an interface, or an ip")
	case tool == "" && (device == "") != (iface == ""):
		f.add(at, "missing", "device and interface belong together")
	}
	if device != "" {
		f.name(at+"/device", device)
	}
	f.match(at+"/interface", iface, interfacePattern, "an interface")
	if ip != "" {
		f.ip(at+"/ip", ip)
	}
}

func (s Session) validateKinds(f *faults) {
	s.validateTravel(f)
	if r := s.RSPAN; r != nil {
		f.between("/rspan/vlan", r.VLAN, 2, MaxVLAN)
		for i, t := range r.Transit {
			at := "/rspan/transit/" + strconv.Itoa(i)
			f.name(at+"/device", t.Device)
			for j, trunk := range t.Trunks {
				f.match(at+"/trunks/"+strconv.Itoa(j), trunk, interfacePattern, "an interface")
				if trunk == "" {
					f.add(at+"/trunks/"+strconv.Itoa(j), "missing", "an interface is needed")
				}
			}
		}
	}
	if e := s.ERSPAN; e != nil {
		e.validate(f)
	}
	if l := s.Lease; l != nil {
		switch {
		case l.Duration < 0 || l.Duration > MaxLease:
			f.add("/lease/duration", "out-of-range", "must be positive and at most %dh, which are ten years", int(MaxLease.Hours()))
		case l.Duration != 0 && !l.Until.IsZero():
			f.add("/lease", "contradiction", "a lease has a duration or an end, not both")
		case l.Duration == 0 && l.Until.IsZero():
			f.add("/lease", "missing", "a lease has a duration or an end")
		}
	}
}

// MaxLease bounds a lease; what is to last longer has none.
const MaxLease = 10 * 365 * 24 * time.Hour

// validateTravel: the fields that say how copies travel must fit the kind.
func (s Session) validateTravel(f *faults) {
	if s.RSPAN != nil && s.ERSPAN != nil {
		f.add("/erspan", "contradiction", "copies travel by rspan or by erspan, not by both")
	}
	if s.RSPAN != nil && s.Kind != KindAuto && s.Kind != KindRSPAN {
		f.add("/rspan", "contradiction", "kind %s has no remote VLAN", s.Kind)
	}
	if s.ERSPAN != nil && s.Kind != KindAuto && s.Kind != KindERSPAN {
		f.add("/erspan", "contradiction", "kind %s has no tunnel", s.Kind)
	}
	if s.RSPAN == nil && s.Kind == KindRSPAN {
		f.add("/rspan", "missing", "kind rspan needs rspan with a vlan, and the trunks that shall carry it")
	}
	if s.ERSPAN == nil && s.Kind == KindERSPAN {
		f.add("/erspan", "missing", "kind erspan needs erspan with an id")
	}
}

func (e ERSPAN) validate(f *faults) {
	encapsulation := e.Encapsulation
	if encapsulation == "" {
		encapsulation = EncapERSPAN
	}
	f.oneOf("/erspan/encapsulation", encapsulation, EncapERSPAN, EncapGRE)
	if encapsulation == EncapGRE {
		f.between("/erspan/id", e.ID, 0, math.MaxInt32)
		if e.Type != 0 {
			f.add("/erspan/type", "contradiction", "plain GRE has no ERSPAN header")
		}
	} else {
		// An ERSPAN header has room for 1023; platforms that number their sessions
		// otherwise go further. What a device takes, its capabilities say.
		f.between("/erspan/id", e.ID, 0, math.MaxUint16)
	}
	if e.Origin != "" {
		f.ip("/erspan/origin", e.Origin)
	}
	if len(e.Origins) > MaxSources {
		f.add("/erspan/origins", "too-many", "%d origins; at most %d", len(e.Origins), MaxSources)
		return
	}
	for i, o := range e.Origins {
		at := "/erspan/origins/" + strconv.Itoa(i)
		f.name(at+"/device", o.Device)
		f.ip(at+"/address", o.Address)
	}
	f.match("/erspan/vrf", e.VRF, vrfPattern, "a VRF")
	f.between("/erspan/ttl", e.TTL, 0, 255)
	f.between("/erspan/dscp", e.DSCP, 0, 63)
	if e.MTU != 0 {
		f.between("/erspan/mtu", e.MTU, 64, math.MaxUint16)
	}
	if e.Type != 0 {
		f.between("/erspan/type", e.Type, 2, 3)
	}
}
