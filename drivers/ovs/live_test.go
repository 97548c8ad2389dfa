package ovs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/drivers/ovs"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const instance = "test-instance"

// A rig is a bridge with four hosts: a and b talk, tool and tool2 listen.
type rig struct {
	t            *testing.T
	lab          *ovslab.Lab
	bridge       string
	a, b         *ovslab.Host
	tool, tool2  *ovslab.Host
	device       mirror.Device
	conn         *ovs.Conn
	capabilities mirror.Capabilities
}

func newRig(t *testing.T, portOptions ...string) *rig {
	t.Helper()
	r := bareRig(t)
	ctx := t.Context()
	for i, h := range []**ovslab.Host{&r.a, &r.b, &r.tool, &r.tool2} {
		var options []string
		if i < 2 {
			options = portOptions
		}
		*h = must(r.lab.AddHost(ctx, r.bridge, fmt.Sprintf("h%d", i), fmt.Sprintf("10.20.0.%d/24", i+1), options...))(t)
	}
	r.connect()
	return r
}

// bareRig has a bridge and no connection.
func bareRig(t *testing.T) *rig {
	t.Helper()
	testkit.Need(t, "ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl", "ip", "ping", "ethtool")
	testkit.NeedRoot(t)
	lab := must(ovslab.Start(t.Context(), t.TempDir()))(t)
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &rig{t: t, lab: lab}
	r.bridge = must(lab.AddBridge(t.Context()))(t)
	r.device = mirror.Device{Name: "sw1", Platform: "openvswitch"}
	r.device.Transports.Config = mirror.Transport{Protocol: "ovsdb", Address: lab.Socket(), Bridge: r.bridge}
	return r
}

func (r *rig) target() mirror.Target {
	return mirror.Target{Device: r.device, Transport: r.device.Transports.Config, Instance: instance}
}

func (r *rig) connect() {
	r.t.Helper()
	if r.conn != nil {
		_ = r.conn.Close()
	}
	r.conn = must(ovs.Connect(r.t.Context(), r.target(), ovs.Options{}))(r.t)
	conn := r.conn
	r.t.Cleanup(func() { _ = conn.Close() })
	r.capabilities = ovs.Capabilities(conn.Facts())
}

// must is for calls that give a value and an error: must(f())(t).
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (r *rig) observe() mirror.Observation {
	r.t.Helper()
	known, err := r.conn.Observe(r.t.Context(), mirror.Look{})
	if err != nil {
		r.t.Fatal(err)
	}
	return known.Observation
}

// info is what the planner sees, with a ledger of everything that bears this
// instance's marks.
func (r *rig) info() plan.DeviceInfo {
	r.t.Helper()
	i := plan.DeviceInfo{Device: r.device, Ports: ovs.Ports, Capabilities: r.capabilities, Observation: r.observe(), Instance: instance}
	for _, n := range i.Observation.Natives {
		if n.Instance == instance {
			i.Ledger = append(i.Ledger, mirror.Native{Device: r.device.Name, Mark: n.Mark, ID: n.ID, Handle: n.Handle})
		}
	}
	return i
}

// span is a local session as the planner makes it.
func span(dest *ovslab.Host, options mirror.Options, sources ...mirror.NativeSource) mirror.Fragment {
	options.Tags, options.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
	spec := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: sources, Destinations: []mirror.PortName{mirror.PortName(dest.Port)}, Options: options}
	return mirror.Fragment{Session: "s-" + dest.Name, Device: "sw1", Spec: spec.Normalize()}
}

func port(h *ovslab.Host, d mirror.Direction) mirror.NativeSource {
	return mirror.NativeSource{Port: mirror.PortName(h.Port), Direction: d}
}

// changes from what is there to the fragments.
func (r *rig) changes(fragments ...mirror.Fragment) (mirror.Payload, mirror.Observation) {
	r.t.Helper()
	info := r.info()
	changes := plan.Diff(plan.Compose(instance, r.device.Name, fragments), info)
	p, err := ovs.Render(r.conn.Facts(), info.Observation, changes)
	if err != nil {
		r.t.Fatal(err)
	}
	return p, info.Observation
}

// apply drives the device to the fragments and demands an empty diff.
func (r *rig) apply(fragments ...mirror.Fragment) {
	r.t.Helper()
	p, _ := r.changes(fragments...)
	report, err := r.conn.Push(r.t.Context(), "tx", p)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(report.Blocks) != len(p.Blocks) {
		r.t.Fatalf("%d results for %d blocks", len(report.Blocks), len(p.Blocks))
	}
	for i, b := range report.Blocks {
		if b.Err != nil {
			r.t.Fatalf("%s %s: %v\n%s", p.Blocks[i].Verb(), b.Mark, b.Err, p.Blocks[i].Text)
		}
	}
	info := r.info()
	if rest := plan.Diff(plan.Compose(instance, r.device.Name, fragments), info); len(rest) > 0 {
		r.t.Fatalf("after the push %d changes are left: %+v", len(rest), rest)
	}
	for _, n := range info.Observation.Natives {
		if n.Programmed != mirror.True {
			r.t.Errorf("%s: Programmed %s: %s", n.ID, n.Programmed, n.ProgrammedReason)
		}
	}
}

// copies pings from a to b three times and tells what reaches a host.
func (r *rig) copies(at *ovslab.Host, want int) (ovslab.Counts, []ovslab.Frame) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), testkit.Patience)
	defer cancel()
	if err := r.lab.Reach(ctx, r.a, r.b); err != nil {
		r.t.Fatal(err)
	}
	c := must(at.StartCapture())(r.t)
	defer func() { _ = c.Close() }()
	must(r.lab.Ping(ctx, r.a, r.b, 3))(r.t)
	n := must(c.Wait(ctx, want, 200*time.Millisecond))(r.t)
	return n, c.Frames()
}

func (r *rig) vsctl(args ...string) string {
	r.t.Helper()
	return must(r.lab.Vsctl(r.t.Context(), args...))(r.t)
}

// foreign makes a mirror that is not ours, of port a to tool2.
func (r *rig) foreign(name string, set ...string) {
	r.t.Helper()
	args := []string{"--", "--id=@s", "get", "Port", r.a.Port, "--", "--id=@d", "get", "Port", r.tool2.Port, "--",
		"--id=@m", "create", "Mirror", "name=" + name}
	if len(set) == 0 {
		set = []string{"select_src_port=@s", "select_dst_port=@s", "output_port=@d"}
	}
	r.vsctl(append(append(args, set...), "--", "add", "Bridge", r.bridge, "mirrors", "@m")...)
}

func TestCopiesByDirection(t *testing.T) {
	r := newRig(t)
	for _, tt := range []struct {
		direction         mirror.Direction
		requests, replies int
	}{{mirror.Both, 3, 3}, {mirror.RX, 3, 0}, {mirror.TX, 0, 3}} {
		t.Run(string(tt.direction), func(t *testing.T) {
			r.t = t
			r.apply(span(r.tool, mirror.Options{}, port(r.a, tt.direction)))
			n, _ := r.copies(r.tool, tt.requests+tt.replies)
			if n.Requests != tt.requests || n.Replies != tt.replies {
				t.Errorf("got %d requests and %d replies, want %d and %d", n.Requests, n.Replies, tt.requests, tt.replies)
			}
		})
	}
	r.t = t
	r.apply()
	if n, _ := r.copies(r.tool, 0); n.Echoes() != 0 {
		t.Errorf("after the delete %+v still came", n)
	}
}
