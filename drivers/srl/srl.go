package srl

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/certs"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// Catalogue keys.
const (
	Platform = "nokia_srl"
	Protocol = models.ProtocolGNMI
)

// platform is all that differs between SR Linux and other platforms over gNMI.
func platform() models.Platform {
	return models.Platform{
		Key: Platform, Ports: Ports, Can: Capabilities, Hello: hello, Facts: facts,
		Narrow: narrow, Around: around, Observe: observe, Volatile: volatile,
		Against: against, Write: write, Allowed: allowed,
		Watched:    []data.Path{data.Names("system", "mirroring"), each("oper-state"), each("admin-state")},
		CountReads: countReads, Count: count,
	}
}

// Render makes one block per change, in the same order; its text is a list of the
// operations of a Set. mirror.ErrUnsupported with every reason when a session cannot be
// expressed, mirror.ErrInvalid when a change has no id or several.
func Render(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return models.GNMI(platform()).Render(f, o, changes)
}

// Connect opens a connection and reads who the device is. Errors are those of gnmi.Dial;
// mirror.ErrUnsupported for a device without the model of mirroring.
func Connect(ctx context.Context, t mirror.Target, tls certs.Files) (*models.Conn, error) {
	return models.GNMI(platform()).ConnectGNMI(ctx, t, gnmi.Options{TLS: tls, Port: listens})
}

// Watch calls changed whenever an instance, or the state of a port, is another, see
// models.Driver.WatchGNMI.
func Watch(ctx context.Context, t mirror.Target, tls certs.Files, changed func()) error {
	return models.GNMI(platform()).WatchGNMI(ctx, t, gnmi.Options{TLS: tls, Port: listens}, changed)
}

// listens is the port of the gNMI server of SR Linux (sheet 4).
const listens = 57400

// instanceName is the form of a network-instance's name (YANG).
var instanceName = regexp.MustCompile("^[A-Za-z0-9!@#$%^&()|+=`~.,_:;?-][A-Za-z0-9 !@#$%^&()|+=`~.,_:;?-]*$")

// against lists reasons beside those of the capabilities.
func against(_ mirror.Facts, o mirror.Observation, n mirror.NativeSpec) (reasons []mirror.Reason) {
	refuse := func(bad bool, pointer, source, format string, args ...any) {
		if bad {
			reasons = append(reasons, mirror.Unsupported(format, args...).(*mirror.Refusal).Reasons...)
			last := &reasons[len(reasons)-1]
			last.Pointer, last.Source = pointer, source
		}
	}
	listed := map[mirror.PortName][]mirror.PortName{} // sub-interfaces that are sources with a list, by port
	for _, s := range n.Sources {
		if s.Port == "" {
			continue
		}
		port, index := base(s.Port)
		p, known := o.Port(s.Port)
		refuse(!mirrors(s.Port), "/sources", srcYANG, "%s is no source: ports, LAGs and their sub-interfaces are", s.Port)
		refuse(known && index < 0 && p.Stanza == "", "/sources", srcYANG, "interface %s is not configured on the device, which a source has to be", s.Port)
		refuse(known && slices.ContainsFunc(p.Uses, func(u mirror.PortUse) bool { return u.Kind == "unknown" }), "/sources", srcYANG,
			"interface %s is broken out into other ports: name those", s.Port)
		refuse(index >= 0 && p.Monitor, "/sources", srcYANG, "sub-interface %s is one for copies", s.Port)
		if n.Options.Filter == "" {
			continue
		}
		if listed[port] = append(listed[port], s.Port); index < 0 {
			refuse(known && len(subsOf(o, port)) == 0, "/sources", srcLists, "port %s has no sub-interface at which the list of a filter could stand", s.Port)
		}
	}
	for port, list := range listed {
		refuse(slices.Contains(list, port) && len(list) > 1, "/sources", srcLists, "%s and its sub-interfaces: with a filter the port means all of them", port)
		refuse(!slices.Contains(list, port) && len(subsOf(o, port)) == len(list), "/sources", srcLists,
			"these are all sub-interfaces of %s: with a filter name the port, which means all that it has", port)
	}
	for _, d := range n.Destinations {
		refuse(!mirrors(d), "/destinations", srcYANG, "%s is no destination: ports and LAGs are", d)
	}
	if e := n.Options.ERSPAN; e != nil {
		refuse(e.VRF != "" && !instanceName.MatchString(e.VRF), "/erspan/vrf", srcYANG, "%q is no name of a network-instance", e.VRF)
		refuse(e.VRF == defaultInstance, "/erspan/vrf", srcYANG, "network-instance default is what is meant without a VRF; leave it out")
	}
	slices.SortStableFunc(reasons, func(a, b mirror.Reason) int { return strings.Compare(a.Message, b.Message) })
	return reasons
}

func sortNatives(list []mirror.NativeSession) {
	slices.SortFunc(list, func(a, b mirror.NativeSession) int { return cmp.Compare(a.ID, b.ID) })
}
