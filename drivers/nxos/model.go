package nxos

import (
	"cmp"
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
}

// RenderGNMI makes one block per change; its text is a list of the operations of a Set.
// See models.Driver.Render.
func RenderGNMI(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return models.GNMI(overModels).Render(f, o, changes)
}

// CapabilitiesGNMI are those of a switch by its model, over gNMI: what its data model has
// no words for is left out, and nothing has been seen on a device.
func CapabilitiesGNMI(f mirror.Facts) mirror.Capabilities {
	c := Capabilities(f)
	unseen := func(s mirror.Support) mirror.Support {
		if s.Level == mirror.Yes {
			s.Level, s.Source = mirror.Unverified, srcModelAPI
		}
		return s
	}
	for role, s := range c.Roles {
		c.Roles[role] = unseen(s)
	}
	for _, of := range c.Sources {
		for d, s := range of {
			of[d] = unseen(s)
		}
	}
	for _, s := range []*mirror.Support{&c.Shut, &c.ERSPANHeader, &c.VRF, &c.TTL, &c.DSCP} {
		*s = unseen(*s)
	}
	c.Filter = no("the data model of access lists is not documented where ours comes from; use the command line", srcModel)
	c.Sample = no("the data model of a session has no sampling", srcModel)
	c.PortSetup.Source = srcModel
	c.PortSetup.Remark = "makes a switched port one for copies (spanMode), switches on one that is shut down, and puts both back"
	// A Set is one transaction, and still no plan may count on it (Atomic): where a session
	// is refused each change goes alone, and the device takes the mode of a port away from
	// under a session that stays.
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
type ModelConn struct {
	*models.Conn
	device string
	last   mirror.Known // as the worker knows it
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
	return &ModelConn{Conn: conn, device: t.Device.Name}, nil
}

// Observe is models.Conn.Observe.
func (c *ModelConn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	known, err := c.Conn.Observe(ctx, look)
	if err == nil {
		c.last = known
	}
	return known, err
}

// Save tells that gNMI has no way to save that is documented; see the worker's Saver.
func (c *ModelConn) Save(context.Context, bool, []mirror.Unsaved) (saved bool, why string, err error) {
	return false, "no way to save the configuration of NX-OS over gNMI is documented; it is saved on the command line (copy running-config startup-config)", nil
}

// Push sends the blocks. Numbers of sessions can be taken by anybody, and no look fits
// inside a Set: so everything is read again right before it, as the command line does
// before its lines. A block that rests on what is another by now is mirror.ErrChanged, and
// is not sent.
func (c *ModelConn) Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	was := c.last
	look := mirror.Look{Known: was}
	for _, b := range p.Blocks {
		if f := footingOf(b.Change); f != nil && f.Port != "" {
			look.Ports = append(look.Ports, f.Port)
		}
	}
	now, err := c.Conn.Observe(ctx, look)
	if err != nil {
		return mirror.PushReport{}, fmt.Errorf("%w: look at %s before a push: %w", mirror.ErrNotSent, c.device, err)
	}
	stale, sent := map[int]error{}, p
	sent.Blocks = nil
	for i, b := range p.Blocks {
		if why := changed(was, now.Observation, b.Change); why != "" {
			stale[i] = fmt.Errorf("%s: %s: %w", c.device, why, mirror.ErrChanged)
			continue
		}
		sent.Blocks = append(sent.Blocks, b)
	}
	c.last = mirror.Known{} // what is known is older than the push
	report, err := c.Conn.Push(ctx, tx, sent)
	return withStale(report, p, stale), err
}

// withStale puts the results of blocks that were not sent among those that were.
func withStale(report mirror.PushReport, p mirror.Payload, stale map[int]error) mirror.PushReport {
	answers := report.Blocks
	report.Blocks = nil
	for i, b := range p.Blocks {
		if err, is := stale[i]; is {
			report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark(), Err: err})
			continue
		}
		if len(answers) == 0 {
			break
		}
		report.Blocks, answers = append(report.Blocks, answers[0]), answers[1:]
	}
	return report
}

// changed says what a change rests on that is not as it was known, "" = nothing.
func changed(was mirror.Known, now mirror.Observation, c mirror.Change) string {
	if f := footingOf(c); f != nil {
		return changedFooting(was, now, f)
	}
	id := cmp.Or(c.Before, c.After).ID
	find := func(o mirror.Observation) (n mirror.NativeSession, there bool) {
		if i := slices.IndexFunc(o.Natives, func(n mirror.NativeSession) bool { return n.ID == id }); i >= 0 {
			return o.Natives[i], true
		}
		return n, false
	}
	is, there := find(now)
	old, stood := find(was.Observation)
	if was.IsZero() { // nothing was read over this connection
		stood = c.Before != nil
		if old.Mark = ""; stood {
			old.Mark = c.Before.Mark
		}
		old.Text = is.Text
	}
	switch {
	case there != stood && there:
		return "session " + id + " was made by another hand"
	case there != stood:
		return "session " + id + " is gone"
	case there && (is.Mark != old.Mark || is.Text != old.Text):
		return "session " + id + " is not as it was read"
	case there && c.Before == nil:
		return "session " + id + " exists"
	}
	return ""
}

// changedFooting is changed for what sessions stand on.
func changedFooting(was mirror.Known, now mirror.Observation, f *mirror.Footing) string {
	if was.IsZero() {
		return ""
	}
	if f.Kind == mirror.FootingOrigin {
		if originIn(was.Observation) != originIn(now) {
			return "the address that copies are sent from is not as it was read"
		}
		return ""
	}
	before, _ := was.Observation.Port(f.Port)
	if after, _ := now.Port(f.Port); before.Stanza != after.Stanza {
		return "port " + string(f.Port) + " is not as it was read"
	}
	return ""
}

func originIn(o mirror.Observation) string {
	for _, f := range o.Footings {
		if f.Kind == mirror.FootingOrigin {
			return f.Name
		}
	}
	return ""
}

// footingOf is the footing of a change, nil of a session's.
func footingOf(c mirror.Change) *mirror.Footing {
	for _, n := range []*mirror.NativeSession{c.After, c.Before} {
		if n != nil && n.Spec.Footing != nil && n.Spec.Footing.Kind != "" {
			return n.Spec.Footing
		}
	}
	return nil
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
	if f := footingOf(c); f != nil {
		switch f.Kind {
		case mirror.FootingOrigin:
			return path == originIP.String()
		case mirror.FootingPort:
			at := portPath(f.Port)
			return grammar.Canonical(f.Port) && (path == at.To(data.S("spanMode")).String() || path == at.To(data.S("adminSt")).String())
		}
		return false
	}
	at := sessionPath(cmp.Or(c.Before, c.After).ID).String()
	return path == at || strings.HasPrefix(path, at+"/")
}
