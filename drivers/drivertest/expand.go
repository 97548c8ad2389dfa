package drivertest

import (
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// instance is the controller's id in everything but the tests with an engine.
const instance = "contract"

// idle is what an idle device is read as: the ports of the intents, up, and
// what the driver's test adds.
func (s Suite) idle() mirror.Observation {
	o := mirror.Observation{At: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	for symbol, name := range s.Ports {
		p := mirror.Port{Name: mirror.PortName(name), Up: mirror.True, Speed: 1e9, MTU: 1500}
		switch symbol {
		case "lag1":
			p.LAG = true
		case "sub1":
			p.Kind, p.Parent = mirror.SourceSub, mirror.PortName(s.Ports["p9"])
		case "up1":
			p.Trunk = &mirror.Trunk{Allowed: mirror.AllVLANs(), Native: 1}
		}
		o.Ports = append(o.Ports, p)
	}
	slices.SortFunc(o.Ports, func(a, b mirror.Port) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	if s.Observation != nil {
		s.Observation(&o)
	}
	return o
}

// info is the idle device to the planner.
func (s Suite) info() plan.DeviceInfo {
	return plan.DeviceInfo{Device: mirror.Device{Name: thisDevice, Platform: s.Driver.Platform}.WithDefaults(), Ports: s.Driver.Ports,
		Capabilities: s.Driver.Capabilities(s.Facts), Observation: s.idle(), Instance: instance}
}

// expand does to an intent what a controller does: validate, expand, check.
// The reasons are all for which it is refused.
func expand(in intent, info plan.DeviceInfo) (fragments []mirror.Fragment, reasons []mirror.Reason) {
	other := info
	other.Device.Name = otherDevice
	site := plan.Site{Devices: map[string]plan.DeviceInfo{thisDevice: info, otherDevice: other}}
	for _, session := range in.Sessions {
		early := session.Validate()
		reasons = append(reasons, early...)
		if len(early) > 0 {
			continue
		}
		site.Filter = in.Filters[session.Filter]
		ex, why := plan.Expand(session, site)
		reasons = append(reasons, why...)
		for _, f := range ex.Fragments {
			reasons = append(reasons, plan.Check(f, ex, fragments, site.Devices[f.Device])...)
		}
		if _, on := plan.Effective(mirror.SessionRecord{Session: session}, time.Time{}); on {
			fragments = append(fragments, ex.Fragments...)
		}
	}
	if len(reasons) > 0 {
		return nil, reasons
	}
	return fragments, nil
}

// changes are those from what info holds to the fragments, with ids.
func changes(t *testing.T, fragments []mirror.Fragment, info plan.DeviceInfo) []mirror.Change {
	t.Helper()
	out, errs := plan.AssignIDs(plan.Diff(plan.Compose(info.Instance, info.Device.Name, fragments), info), nil, info)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// codes are those of the reasons, sorted, each once.
func codes(reasons []mirror.Reason) []string {
	var out []string
	for _, r := range reasons {
		out = append(out, r.Code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
