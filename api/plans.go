package api

import (
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Plan is a preview: nothing was stored or sent.
type Plan struct {
	Name         string              `json:"name" doc:"of the session"`
	Spec         SessionSpec         `json:"spec" doc:"the intent with its defaults"`
	Kind         string              `json:"kind" doc:"what auto became"`
	Reason       string              `json:"kindReason,omitempty" doc:"why it became that"`
	Destinations []DestinationStatus `json:"destinations" doc:"how copies travel to each destination, in the order of the intent"`
	Fragments    []Fragment          `json:"fragments" doc:"what each device must hold for the session"`
	Devices      []PlanDevice        `json:"devices" doc:"what each device would be sent"`
	Forecast     []Forecast          `json:"forecast" doc:"what was reckoned of the load of each end of the copies; empty where admission.mode is off"`
	Warnings     []Reason            `json:"warnings"`
	Relief       *Relief             `json:"relief,omitempty" doc:"in force: fragments and devices are as relief makes them"`
	Asked        []PlanDevice        `json:"asked,omitempty" doc:"while relief is in force: what each device would be sent without it"`
}

// Fragment is what one device must hold for the session.
type Fragment struct {
	Device string     `json:"device"`
	Native NativeSpec `json:"native"`
}

// PlanDevice is what one device would be sent.
type PlanDevice struct {
	Device  string   `json:"device"`
	Changes []Change `json:"changes"`
	Forward Payload  `json:"forward" doc:"exactly what would be sent"`
	Undo    Payload  `json:"undo" doc:"its reverse as of now; the one that is executed is made from what is observed then"`
	Hints   []Hint   `json:"hints,omitempty" doc:"commands by which a person sees on the device that it worked"`
}

// Change takes one native session from before to after.
type Change struct {
	Verb   string      `json:"verb" doc:"create, change or delete"`
	Mark   string      `json:"mark" doc:"ownership mark of the native session"`
	Before *NativeSpec `json:"before,omitempty"`
	After  *NativeSpec `json:"after,omitempty"`
}

// Payload is text for a device, in blocks of one native session each.
type Payload struct {
	Format string  `json:"format" doc:"cli, ovsdb, ..."`
	Blocks []Block `json:"blocks"`
}

// Block is the text for one native session.
type Block struct {
	Mark    string `json:"mark"`
	Verb    string `json:"verb"`
	Text    string `json:"text"`
	Summary string `json:"summary" doc:"what it does, in plain words"`
}

// PortSetup is what is made of a destination port; it is put back at the end.
type PortSetup struct {
	Up      bool   `json:"up,omitempty" doc:"switched on"`
	Access  int    `json:"access,omitempty" doc:"access port of this VLAN: copies leave it untagged"`
	Tagged  bool   `json:"tagged,omitempty" doc:"no access port: copies keep their tags"`
	Monitor bool   `json:"monitor,omitempty" doc:"a port for copies, in the platform's own way"`
	Former  string `json:"former,omitempty" doc:"the port's configuration before, in the device's words"`
}

// NativeSpec is the configuration of a native session in neutral words.
type NativeSpec struct {
	Role         string         `json:"role" doc:"local, rspan-source, ..."`
	Sources      []NativeSource `json:"sources"`
	Destinations []string       `json:"destinations" doc:"canonical names of ports"`
	RemoteVLAN   int            `json:"remoteVlan,omitempty"`
	Trunks       []string       `json:"trunks,omitempty" doc:"that must carry the remote VLAN; in a change only those that netmirror itself extends"`
	VLANMade     bool           `json:"vlanMade,omitempty" doc:"the remote VLAN is made by netmirror and goes with its last user"`
	Setup        *PortSetup     `json:"setup,omitempty" doc:"what is made of a destination port, on request (force) or because the platform wants it of every one"`
	Shut         bool           `json:"shut,omitempty" doc:"it is there and copies nothing, because it is shut down"`
	Tags         string         `json:"tags,omitempty"`
	Ingress      string         `json:"ingress,omitempty"`
	FilterVLANs  []int          `json:"filterVlans,omitempty"`
	Filter       string         `json:"filter,omitempty"`
	Truncate     int            `json:"truncate,omitempty" doc:"octets"`
	Sample       int            `json:"sample,omitempty"`
	ERSPAN       *ERSPAN        `json:"erspan,omitempty"`
	Collector    string         `json:"collector,omitempty" doc:"IP address of an ERSPAN destination"`
	Tunnel       *Tunnel        `json:"tunnel,omitempty" doc:"the interface that copies to a collector leave by, on platforms where they leave by one"`
	Origin       string         `json:"origin,omitempty" doc:"of role origin: the address from which the device sends the copies of all its sessions"`
	Ports        []string       `json:"ports,omitempty" doc:"of role filter: source ports at whose ingress the list stands; in a change only those at which netmirror puts it"`
}

// Tunnel is a tunnel interface. Where it leads is told of role tunnel alone.
type Tunnel struct {
	Name string `json:"name"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	VRF  string `json:"vrf,omitempty"`
	TTL  int    `json:"ttl,omitempty" doc:"0 = the platform's own"`
	DSCP int    `json:"dscp,omitempty"`
}

// NativeSource is a port, a VLAN, or everything that crosses the switch.
type NativeSource struct {
	Port      string `json:"port,omitempty" doc:"canonical name"`
	VLAN      int    `json:"vlan,omitempty"`
	All       bool   `json:"all,omitempty"`
	Direction string `json:"direction"`
}

func planOf(p engine.Planned) Plan {
	return Plan{
		Name: p.Session.Name, Spec: sessionSpecOf(p.Session), Kind: string(p.Kind), Reason: p.KindReason,
		Destinations: destinationsOf(p.Session, p.Kinds, p.Kind, p.KindReason),
		Fragments: orEmpty(translateAll(p.Fragments, func(f mirror.Fragment) Fragment {
			return Fragment{Device: f.Device, Native: nativeSpecOf(f.Spec)}
		})),
		Devices: orEmpty(translateAll(p.Devices, planDeviceOf)),
		Relief:  reliefOf(p.Relief), Asked: translateAll(p.Asked, planDeviceOf),
		Forecast: orEmpty(translateAll(p.Forecasts, forecastOf)), Warnings: reasonsOf(p.Warnings),
	}
}

func planDeviceOf(d mirror.PlanPart) PlanDevice {
	return PlanDevice{Device: d.Device, Changes: orEmpty(translateAll(d.Changes, changeOf)), Forward: payloadOf(d.Forward), Undo: payloadOf(d.Undo), Hints: translateAll(d.Hints, hintOf)}
}

func changeOf(c mirror.Change) Change {
	spec := func(n mirror.NativeSession) NativeSpec { return nativeSpecOf(n.Spec) }
	return Change{Verb: c.Verb(), Mark: c.Mark, Before: translate1(c.Before, spec), After: translate1(c.After, spec)}
}

func payloadOf(p mirror.Payload) Payload {
	return Payload{Format: p.Format, Blocks: orEmpty(translateAll(p.Blocks, func(b mirror.Block) Block {
		return Block{Mark: b.Mark(), Verb: b.Verb(), Text: b.Text, Summary: engine.Summary(b.Change)}
	}))}
}

func nativeSpecOf(n mirror.NativeSpec) NativeSpec {
	if n.Footing != nil {
		return footingOf(*n.Footing)
	}
	o := n.Options
	var tunnel *Tunnel
	if o.Tunnel != "" {
		tunnel = &Tunnel{Name: o.Tunnel}
	}
	return NativeSpec{
		Tunnel: tunnel, Role: string(n.Role), Destinations: orEmpty(portNames(n.Destinations)), RemoteVLAN: n.RemoteVLAN, Trunks: portNames(n.Trunks), Shut: n.Shut,
		Setup: translate1(n.Setup, func(x mirror.PortSetup) PortSetup { return PortSetup(x) }),
		Sources: orEmpty(translateAll(n.Sources, func(s mirror.NativeSource) NativeSource {
			return NativeSource{Port: string(s.Port), VLAN: s.VLAN, All: s.All, Direction: string(s.Direction)}
		})),
		Tags: o.Tags, Ingress: o.Ingress, FilterVLANs: o.FilterVLANs, Filter: o.Filter, Truncate: o.Truncate, Sample: o.Sample,
		ERSPAN: translate1(o.ERSPAN, erspanOf), Collector: o.Collector,
	}
}

// footingOf is what a native session stands on, in the words of its role.
func footingOf(f mirror.Footing) NativeSpec {
	out := NativeSpec{Role: string(f.Role()), Sources: []NativeSource{}, Destinations: []string{}, RemoteVLAN: f.VLAN, Trunks: portNames(f.Trunks),
		VLANMade: f.Kind == mirror.FootingVLAN && f.Made, Setup: translate1(f.Setup, func(x mirror.PortSetup) PortSetup { return PortSetup(x) })}
	if f.Port != "" {
		out.Destinations = []string{string(f.Port)}
	}
	switch f.Kind {
	case mirror.FootingFilter:
		out.Filter, out.Ports = f.Name, portNames(f.Ports)
	case mirror.FootingOrigin:
		out.Origin = f.Name
	case mirror.FootingTunnel:
		out.Tunnel = &Tunnel{Name: f.Name}
		if w := f.Tunnel; w != nil {
			out.Tunnel = &Tunnel{Name: f.Name, From: w.From, To: w.To, VRF: w.VRF, TTL: w.TTL, DSCP: w.DSCP}
		}
	}
	return out
}

func portNames(in []mirror.PortName) []string {
	return translateAll(in, func(p mirror.PortName) string { return string(p) })
}
