package mirror

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Traffic says for an event what is copied from where to where, and how: by a
// whole session, or, with a Role, by one native session or footing of a device.
// It holds what stood there at the time: a tool with the port that it had then.
type Traffic struct {
	Kind         Kind          `json:"kind,omitempty"`
	Role         Role          `json:"role,omitempty"`     // of a native session
	NativeID     string        `json:"nativeId,omitempty"` // of a native session, or the pin of a session
	Sources      []Source      `json:"sources,omitempty"`
	Destinations []Destination `json:"destinations,omitempty"`
	RemoteVLAN   int           `json:"remoteVlan,omitempty"`
	Trunks       []PortName    `json:"trunks,omitempty"`  // that must carry RemoteVLAN; of a footing
	Footing      string        `json:"footing,omitempty"` // name of a tunnel interface, or address of an origin
	ERSPAN       *ERSPAN       `json:"erspan,omitempty"`
	Tags         string        `json:"tags,omitempty"`
	Ingress      string        `json:"ingress,omitempty"`
	FilterVLANs  []int         `json:"filterVlans,omitempty"`
	Filter       string        `json:"filter,omitempty"`
	Truncate     int           `json:"truncate,omitempty"`
	Sample       int           `json:"sample,omitempty"`
	Off          string        `json:"off,omitempty"` // why nothing of it is copied, "" = it is
	Expires      time.Time     `json:"expires,omitzero"`
}

// maxToldSources bounds the sources in a sentence; the fields hold them all.
const maxToldSources = 6

// String is the sentence: "acc-1 Gi1/0/14 (both) to tool ids-1 at acc-1
// Gi1/0/23, span". Nil is "nothing".
func (t *Traffic) String() string {
	if t == nil {
		return "nothing"
	}
	text := t.way()
	if t.Off != "" {
		return "nothing, " + t.Off + " (" + text + ")"
	}
	return text
}

func (t *Traffic) way() string {
	var from, to []string
	for _, s := range t.Sources {
		from = append(from, s.at()+" ("+string(s.Direction)+")")
	}
	if n := len(from); n > maxToldSources {
		from = append(from[:maxToldSources], fmt.Sprintf("%d more", n-maxToldSources))
	}
	for _, d := range t.Destinations {
		to = append(to, d.at())
	}
	text := strings.Join(from, ", ")
	if len(to) > 0 {
		text = strings.TrimSpace(text + " to " + strings.Join(to, ", "))
	}
	if notes := t.notes(); len(notes) > 0 {
		text = strings.TrimPrefix(text+", "+strings.Join(notes, ", "), ", ")
	}
	return text
}

// notes are what of the way differs from a plain copy.
func (t *Traffic) notes() (out []string) {
	add := func(is bool, format string, args ...any) {
		if is {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(t.Role != "", "%s", t.Role)
	add(t.Role == "" && t.Kind != "" && t.Kind != KindAuto, "%s", t.Kind)
	add(t.NativeID != "", "native session %s", t.NativeID)
	add(t.Footing != "", "%s", t.Footing)
	add(t.RemoteVLAN != 0, "remote VLAN %d", t.RemoteVLAN)
	add(len(t.Trunks) > 0, "trunks %v", t.Trunks)
	if t.ERSPAN != nil {
		add(t.ERSPAN.Encapsulation != EncapGRE, "tunnel id %d", t.ERSPAN.ID)
		add(t.ERSPAN.Encapsulation == EncapGRE, "plain GRE")
	}
	add(t.Tags == TagsStrip, "tags stripped")
	add(t.Ingress == IngressEnabled, "ingress enabled")
	add(len(t.FilterVLANs) > 0, "only VLANs %v", t.FilterVLANs)
	add(t.Filter != "", "filter %s", t.Filter)
	add(t.Truncate != 0, "cut to %d octets", t.Truncate)
	add(t.Sample != 0, "one of %d frames", t.Sample)
	add(!t.Expires.IsZero(), "until %s", t.Expires.UTC().Format(time.RFC3339))
	return out
}

func (s Source) at() string {
	if s.VLAN != 0 {
		return strings.TrimSpace(s.Device + " VLAN " + strconv.Itoa(s.VLAN))
	}
	return strings.TrimSpace(s.Device + " " + s.Interface)
}

func (d Destination) at() string {
	port := strings.TrimSpace(d.Device + " " + d.Interface)
	if port == "" {
		port = d.IP
	} else if d.IP != "" {
		port += " by " + d.IP
	}
	switch {
	case d.Tool == "":
		return port
	case port == "":
		return "tool " + d.Tool
	}
	return "tool " + d.Tool + " at " + port
}

// TrafficOf is what a session copies as its user wrote it. tools are those that
// it names, as far as they are known.
func TrafficOf(rec SessionRecord, tools map[string]Tool) *Traffic {
	s := rec.Session
	t := &Traffic{Kind: rec.Kind, NativeID: s.NativeID, ERSPAN: s.ERSPAN, Tags: s.Tags, Ingress: s.Ingress, FilterVLANs: s.FilterVLANs,
		Filter: s.Filter, Truncate: s.Truncate, Sample: s.Sample, Expires: rec.Expires}
	if t.Kind == "" {
		t.Kind = s.Kind
	}
	for _, src := range s.Sources {
		t.Sources = append(t.Sources, Source{Device: src.Device, Interface: src.Interface, VLAN: src.VLAN, Direction: src.Direction})
	}
	for _, d := range s.Destinations {
		if tool, ok := tools[d.Tool]; ok && d.Tool != "" {
			d.Device, d.Interface, d.IP = tool.Device, tool.Interface, tool.IP
		}
		t.Destinations = append(t.Destinations, d)
	}
	if s.RSPAN != nil {
		t.RemoteVLAN = s.RSPAN.VLAN
	}
	switch {
	case !s.Enabled:
		t.Off = "switched off"
	case rec.Expired:
		t.Off = "its lease is over"
	case rec.Relief.Suspends():
		t.Off = "suspended by relief"
	}
	return t
}

// TrafficOn is what a native session, or a footing, of a device copies; nil for
// none.
func TrafficOn(device string, n *NativeSession) *Traffic {
	if n == nil {
		return nil
	}
	if f := n.Spec.Footing; f != nil {
		t := &Traffic{Role: f.Role(), RemoteVLAN: f.VLAN, Trunks: f.Trunks}
		if f.Port != "" {
			t.Destinations = []Destination{{Device: device, Interface: string(f.Port)}}
		}
		switch f.Kind {
		case FootingFilter:
			t.Filter = f.Name
			for _, p := range f.Ports {
				t.Sources = append(t.Sources, Source{Device: device, Interface: string(p), Direction: RX})
			}
		case FootingTunnel, FootingOrigin:
			if t.Footing = f.Name; f.Tunnel != nil {
				t.Destinations = []Destination{{IP: f.Tunnel.To}}
			}
		}
		return t
	}
	t := &Traffic{Role: n.Spec.Role, NativeID: n.ID}
	t.add(device, n.Spec)
	if n.Spec.Shut {
		t.Off = "shut down"
	}
	return t
}

// TrafficHeld is what the fragments of a session copy together; nil when there
// are none.
func TrafficHeld(fragments []Fragment) *Traffic {
	if len(fragments) == 0 {
		return nil
	}
	t := &Traffic{}
	for _, f := range fragments {
		t.add(f.Device, f.Spec)
		kind := KindRSPAN
		switch f.Spec.Role {
		case RoleLocal:
			kind = KindSPAN
		case RoleERSPANSource, RoleERSPANDestination:
			kind = KindERSPAN
		}
		if t.Kind != "" && t.Kind != kind {
			kind = KindMixed
		}
		t.Kind = kind
		if c := f.Spec.Options.Collector; c != "" && !slices.ContainsFunc(t.Destinations, func(d Destination) bool { return d.IP == c }) {
			t.Destinations = append(t.Destinations, Destination{IP: c})
		}
		if f.Pin != "" {
			t.NativeID = f.Pin
		}
	}
	t.Trunks = nil // of several devices
	t.Destinations = slices.DeleteFunc(t.Destinations, func(d Destination) bool {
		return d.Device == "" && slices.ContainsFunc(t.Destinations, func(o Destination) bool { return o.Device != "" && o.IP == d.IP })
	})
	return t
}

// add takes over what a spec on a device says.
func (t *Traffic) add(device string, n NativeSpec) {
	n = n.Normalize()
	for _, s := range n.Sources {
		src := Source{Device: device, Interface: string(s.Port), VLAN: s.VLAN, Direction: s.Direction}
		if s.All {
			src.Interface = Everything
		}
		if !slices.Contains(t.Sources, src) { // a device may need a native session for each destination
			t.Sources = append(t.Sources, src)
		}
	}
	for _, d := range n.Destinations {
		t.Destinations = append(t.Destinations, Destination{Device: device, Interface: string(d), IP: n.Options.Collector})
	}
	if len(n.Destinations) == 0 && n.Options.Collector != "" && t.Role != "" {
		t.Destinations = append(t.Destinations, Destination{IP: n.Options.Collector})
	}
	o := n.Options
	if n.RemoteVLAN != 0 {
		t.RemoteVLAN = n.RemoteVLAN
	}
	if o.ERSPAN != nil {
		t.ERSPAN = o.ERSPAN
	}
	t.Trunks = append(t.Trunks, n.Trunks...)
	t.Tags, t.Ingress, t.Filter = cmp.Or(t.Tags, o.Tags), cmp.Or(t.Ingress, o.Ingress), cmp.Or(t.Filter, o.Filter)
	t.Truncate, t.Sample = max(t.Truncate, o.Truncate), max(t.Sample, o.Sample)
	if len(o.FilterVLANs) > 0 {
		t.FilterVLANs = o.FilterVLANs
	}
}
