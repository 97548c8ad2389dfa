package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An Expansion is what a session asks of each device, and where in the request
// each wish stood.
type Expansion struct {
	Kind      mirror.Kind
	Fragments []mirror.Fragment
	pointers  map[string]string // device + source -> JSON pointer
}

// Pointer finds where a source of a fragment stood in the request.
func (e Expansion) Pointer(device string, src mirror.NativeSource) string {
	if p, ok := e.pointers[sourceKey(device, src)]; ok {
		return p
	}
	return "/sources"
}

func sourceKey(device string, src mirror.NativeSource) string {
	return fmt.Sprintf("%s\x00%s\x00%d", device, src.Port, src.VLAN)
}

// Expand turns an effective session into fragments, sorted by device and role.
// It expects a session that Validate accepts. The reasons are all that is wrong
// with names: unknown devices and tools, ports that are no ports of their
// platform, kinds that do not fit the devices.
func Expand(s mirror.Session, site Site) (Expansion, []mirror.Reason) {
	ex := Expansion{Kind: s.Kind, pointers: map[string]string{}}
	var reasons []mirror.Reason
	sources, faults := expandSources(s, site, ex.pointers)
	reasons = append(reasons, faults...)
	dest, at, faults := expandDestination(s, site)
	reasons = append(reasons, faults...)
	if len(reasons) > 0 {
		return ex, reasons
	}
	devices := make([]string, 0, len(sources))
	for d := range sources {
		devices = append(devices, d)
	}
	slices.Sort(devices)
	if len(devices) != 1 || devices[0] != dest.device {
		return ex, []mirror.Reason{{Pointer: "/kind", Code: "kind-impossible",
			Message: fmt.Sprintf("span copies within one device, but the sources are on %s and the destination is on %s; say kind rspan or erspan and how the copies travel",
				strings.Join(devices, ", "), dest.device)}}
	}
	ex.Kind = mirror.KindSPAN
	spec := mirror.NativeSpec{
		Role:         mirror.RoleLocal,
		Sources:      sources[dest.device],
		Destinations: []mirror.PortName{dest.port},
		Options: mirror.Options{Tags: s.Tags, Ingress: s.Ingress, FilterVLANs: s.FilterVLANs, Filter: s.Filter,
			Truncate: s.Truncate, Sample: s.Sample},
	}
	for _, src := range spec.Sources {
		if src.Port == dest.port {
			return ex, []mirror.Reason{{Pointer: ex.Pointer(dest.device, src), Code: "source-is-destination",
				Message: fmt.Sprintf("port %s of %s is the destination (%s) too; a mirror cannot copy its own copies", src.Port, dest.device, at)}}
		}
	}
	ex.Fragments = []mirror.Fragment{{Session: s.Name, Device: dest.device, Spec: spec.Normalize(),
		DriftPolicy: s.DriftPolicy, Force: s.Force, Pin: s.NativeID}}
	return ex, nil
}

func expandSources(s mirror.Session, site Site, pointers map[string]string) (map[string][]mirror.NativeSource, []mirror.Reason) {
	out := map[string][]mirror.NativeSource{}
	var reasons []mirror.Reason
	for i, src := range s.Sources {
		at := "/sources/" + strconv.Itoa(i)
		info, ok := site.Devices[src.Device]
		if !ok {
			reasons = append(reasons, unknownDevice(at+"/device", src.Device))
			continue
		}
		found := []mirror.NativeSource{{VLAN: src.VLAN, Direction: src.Direction}}
		if src.VLAN == 0 {
			ports, err := info.Ports(src.Interface)
			if err != nil {
				reasons = append(reasons, badPort(at+"/interface", src.Interface, info, err))
				continue
			}
			found = found[:0]
			for _, p := range ports {
				found = append(found, mirror.NativeSource{Port: p, Direction: src.Direction})
			}
		}
		for _, f := range found {
			if first, twice := pointers[sourceKey(src.Device, f)]; twice {
				reasons = append(reasons, mirror.Reason{Pointer: at, Code: "duplicate-source",
					Message: fmt.Sprintf("%s is named at %s already", sourceText(f), first)})
				continue
			}
			pointers[sourceKey(src.Device, f)] = at
			out[src.Device] = append(out[src.Device], f)
		}
	}
	return out, reasons
}

type place struct {
	device string
	port   mirror.PortName
}

func expandDestination(s mirror.Session, site Site) (place, string, []mirror.Reason) {
	if len(s.Destinations) == 0 {
		return place{}, "", nil
	}
	d, at := s.Destinations[0], "/destinations/0"
	device, iface, field := d.Device, d.Interface, at+"/interface"
	if d.Tool != "" {
		tool, ok := site.Tools[d.Tool]
		if !ok {
			return place{}, "", []mirror.Reason{{Pointer: at + "/tool", Code: "unknown-tool", Message: fmt.Sprintf("there is no tool %q", d.Tool)}}
		}
		if tool.IP != "" && tool.Device == "" {
			return place{}, "", []mirror.Reason{{Pointer: at + "/tool", Code: "not-served",
				Message: fmt.Sprintf("tool %q is an IP address; erspan is not served by this version of netmirror", d.Tool)}}
		}
		device, iface, field = tool.Device, tool.Interface, at+"/tool"
	}
	info, ok := site.Devices[device]
	if !ok {
		return place{}, "", []mirror.Reason{unknownDevice(at+"/device", device)}
	}
	ports, err := info.Ports(iface)
	if err != nil {
		return place{}, "", []mirror.Reason{badPort(field, iface, info, err)}
	}
	if len(ports) != 1 {
		return place{}, "", []mirror.Reason{{Pointer: field, Code: "bad-port", Message: fmt.Sprintf("%q are %d ports; a destination is one", iface, len(ports))}}
	}
	return place{device: device, port: ports[0]}, field, nil
}

func unknownDevice(at, name string) mirror.Reason {
	return mirror.Reason{Pointer: at, Code: "unknown-device", Message: fmt.Sprintf("there is no device %q", name)}
}

func badPort(at, text string, info DeviceInfo, err error) mirror.Reason {
	return mirror.Reason{Pointer: at, Code: "bad-port",
		Message: fmt.Sprintf("%q is no port of platform %s: %v", text, info.Device.Platform, err)}
}

func sourceText(s mirror.NativeSource) string {
	switch {
	case s.All:
		return "everything"
	case s.VLAN != 0:
		return "VLAN " + strconv.Itoa(s.VLAN)
	}
	return "port " + string(s.Port)
}
