package nxos

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// GNMIPort is where the gNMI server of NX-OS listens ("feature grpc"; a public client's
// notes).
const GNMIPort = 50051

// deviceModel is the device's own model, of Nexus 9000 and 3000 (cisco-nxos.md 3).
const deviceModel = "Cisco-NX-OS-device"

// Sources of what is done over gNMI.
const (
	srcModelAPI = srcModel + "; " + srcAPI
	srcOperator = "ironcore-dev/network-operator, a public client of NX-OS over gNMI"
)

// overModels is what differs from other platforms over gNMI. That paths have the origin
// "device" is general knowledge; public clients send none.
var overModels = models.Platform{
	Key: Platform, Ports: grammar.Ports, Can: CapabilitiesGNMI, Origin: "device",
	Hello: helloReads, Facts: modelFacts,
	Narrow:  func(mirror.Facts) []models.Read { return narrowReads },
	Around:  func(mirror.Facts) []models.Read { return portReads },
	Observe: observeModel, Against: againstModel, Write: writeModel, Allowed: allowedPath,
	// The server takes both kinds of subscriptions since 9.3(1) (Cisco Nexus 9000 programmability
	// guide, gNMI). A port that is not fit any more shows in the state of its session.
	Watched: []data.Path{spanItems},
}

// RenderGNMI makes one block per change; its text is a list of the operations of a Set.
// See models.Driver.Render.
func RenderGNMI(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return models.GNMI(overModels).Render(f, o, changes)
}

// CapabilitiesGNMI are those of a switch by its model, over gNMI: what its data model has
// no words for is left out, and nothing has been seen on a device.
func CapabilitiesGNMI(f mirror.Facts) mirror.Capabilities {
	c := Capabilities(f).Unseen(srcModelAPI)
	c.Filter = no("the data model of access lists is not documented where ours comes from; use the command line", srcModel)
	c.Sample = no("the data model of a session has no sampling", srcModel)
	c.PortSetup.Source = srcModel
	c.PortSetup.Remark = "makes a switched port one for copies (spanMode), switches on one that is shut down, and puts both back"
	c.Atomic = true // a Set is one transaction; in parts, nothing is sent without what it stands on
	c.NativeIDs = &mirror.IDRange{From: 1, To: lastModelID}
	c.Limits = slices.DeleteFunc(c.Limits, func(l mirror.Limit) bool { return l.Counts == mirror.LimitDestinations })
	c.Limits = append(c.Limits, mirror.Limit{Counts: mirror.LimitDestinations, Scope: "session", Max: 1, Source: srcModel})
	return c
}

// lastModelID is the highest number of a session in the model.
const lastModelID = 32

// againstModel lists reasons beside those of the capabilities.
func againstModel(f mirror.Facts, o mirror.Observation, n mirror.NativeSpec) []mirror.Reason {
	reasons := against(f, o, n)
	for _, d := range n.Destinations {
		if p, _ := o.Port(d); !p.Monitor && isRouted(p.Stanza) {
			reasons = append(reasons, mirror.Reason{Code: "unsupported",
				Message: fmt.Sprintf("port %s is routed, and what goes with that could not be put back over gNMI: make it a switched one, or use the command line", d)})
		}
	}
	return reasons
}

func isRouted(former string) bool { return stanza{strings.Split(former, "\n")}.has(noSwitchport) }

// A ModelConn is a connection over gNMI.
type ModelConn struct{ *models.Conn }

// WatchGNMI calls changed whenever a session, or its state, is another, see
// models.Driver.WatchGNMI.
func WatchGNMI(ctx context.Context, t mirror.Target, o gnmi.Options, changed func()) error {
	return models.GNMI(overModels).WatchGNMI(ctx, t, o, changed)
}

// ConnectGNMI opens a connection and reads who the device is. mirror.ErrUnsupported for a
// device without the model, and for one whose pushes are to be confirmed. Other errors are
// those of gnmi.Dial.
func ConnectGNMI(ctx context.Context, t mirror.Target, o gnmi.Options) (*ModelConn, error) {
	if t.Device.Window(false) > 0 {
		// Releases from 10.6(2) on can (transactions.md 4), and do not announce it; older ones
		// pass over what asks for it, and no release lists what waits.
		return nil, fmt.Errorf("connect to %s: pushes of NX-OS over gNMI cannot be confirmed (confirm: timer): %w", t.Transport.Address, mirror.ErrUnsupported)
	}
	conn, err := models.GNMI(overModels).ConnectGNMI(ctx, t, o)
	if err != nil {
		return nil, err
	}
	return &ModelConn{conn}, nil
}

// Save tells that gNMI has no way to save that is documented; see the worker's Saver.
func (c *ModelConn) Save(context.Context, bool, []mirror.Unsaved) (saved bool, why string, err error) {
	return false, "no way to save the configuration of NX-OS over gNMI is documented; it is saved on the command line (copy running-config startup-config)", nil
}

// The paths of the model (cisco-nxos.md 3).
var (
	spanItems = data.Names("System", "span-items")
	originIP  = spanItems.To(data.S("originip-items"), data.S("originIp"))
)

func sessionPath(id string) data.Path {
	return spanItems.To(data.S("monitor-items"), data.S("Monitor-list", "id", id))
}

// portPath is that of a port or a port-channel.
func portPath(p mirror.PortName) data.Path {
	if grammar.IsLAG(p) {
		return data.Names("System", "intf-items", "aggr-items").To(data.S("AggrIf-list", "id", modelPort(p)))
	}
	return data.Names("System", "intf-items", "phys-items").To(data.S("PhysIf-list", "id", modelPort(p)))
}

// modelPort is what the model calls a port: eth1/1, po10. What it calls the processor is
// general knowledge.
func modelPort(p mirror.PortName) string {
	return strings.ToLower(strings.ReplaceAll(grammar.Named(p).Short(), " ", ""))
}

// allowedPath: nothing but the one session, or leaves of the one footing, is ever touched.
func allowedPath(c mirror.Change, path string) bool {
	if f := c.Footing(); f != nil {
		switch f.Kind {
		case mirror.FootingOrigin:
			return path == originIP.String()
		case mirror.FootingPort:
			at := portPath(f.Port)
			return grammar.Canonical(f.Port) && (path == at.To(data.S("spanMode")).String() || path == at.To(data.S("adminSt")).String())
		}
		return false
	}
	at := sessionPath(c.ID()).String()
	return path == at || strings.HasPrefix(path, at+"/")
}
