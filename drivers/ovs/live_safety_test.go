package ovs_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers/ovs"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// quiet is how long a line must be silent before a count is believed.
const quiet = 200 * time.Millisecond

func readFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	return string(b), err
}

func (r *rig) dump() string {
	r.t.Helper()
	return must(r.lab.Dump(r.t.Context()))(r.t)
}

var (
	uuidOf = regexp.MustCompile(`_uuid=\["uuid","([^"]+)"\]`)
	// contractVLAN is the remote VLAN of the contract alone in its list.
	contractVLAN = regexp.MustCompile(`flood_vlans=999 `)
)

// others is a dump without the rows of our mirrors and without the bridge's
// list of mirrors, in which ours come and go.
func others(t *testing.T, dump string) string {
	t.Helper()
	var out, tunnels []string
	for line := range strings.Lines(dump) {
		if strings.HasPrefix(line, "Port ") && strings.Contains(line, "netmirror-mark") {
			tunnels = append(tunnels, uuidOf.FindStringSubmatch(line)[1])
		}
	}
	for line := range strings.Lines(dump) {
		if strings.Contains(line, "netmirror-mark") { // mirrors of ours, and the tunnel ports made with them
			continue
		}
		if strings.HasPrefix(line, "Bridge ") {
			for _, id := range tunnels {
				line = strings.Replace(strings.Replace(line, `,["uuid","`+id+`"]`, "", 1), `["uuid","`+id+`"],`, "", 1)
			}
			line = contractVLAN.ReplaceAllString(line, `flood_vlans=["set",[]] `)
		}
		if strings.HasPrefix(line, "Bridge ") {
			before, rest, found := strings.Cut(line, " mirrors=")
			_, after, more := strings.Cut(rest, " name=")
			if !found || !more {
				t.Fatalf("no column mirrors in %q", line)
			}
			line = before + " name=" + after
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

func TestNothingElseIsChanged(t *testing.T) {
	r := newRig(t)
	r.foreign("theirs")
	r.foreign("theirs") // twice the same name
	r.foreign(`""`, "select_all=true", "output_port=@d")
	r.vsctl("set", "Bridge", r.bridge, "flood_vlans=77", "external_ids:keep=me", "--", "set", "Port", r.a.Port, "external_ids:keep=me")
	clean := r.dump()
	for name, fragments := range map[string][]mirror.Fragment{
		"create": {span(r.tool, mirror.Options{}, port(r.a, mirror.Both))},
		"change": {span(r.tool, mirror.Options{Truncate: 100}, port(r.a, mirror.RX), port(r.b, mirror.TX))},
	} {
		r.apply(fragments...)
		if diff := cmp.Diff(others(t, clean), others(t, r.dump())); diff != "" {
			t.Errorf("after the %s other rows differ:\n%s", name, diff)
		}
	}
	r.apply()
	if diff := cmp.Diff(clean, r.dump()); diff != "" {
		t.Errorf("after the delete the database is not what it was:\n%s", diff)
	}
}

func TestASecondRunPushesNothing(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	r.apply(f)
	if p, _ := r.changes(f); len(p.Blocks) != 0 {
		t.Errorf("a second run would push %+v", p.Blocks)
	}
}

// refusedUnchanged pushes a payload rendered before the world changed, and
// demands ErrChanged with nothing done.
func (r *rig) refusedUnchanged(p mirror.Payload) {
	r.t.Helper()
	before := r.dump()
	report, err := r.conn.Push(r.t.Context(), "tx", p)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(report.Blocks) != 1 || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) {
		r.t.Errorf("got %+v, want ErrChanged", report.Blocks)
	}
	if diff := cmp.Diff(before, r.dump()); diff != "" {
		r.t.Errorf("a refused push changed the database:\n%s", diff)
	}
}

func TestChangedUnderOurFeet(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	wider := span(r.tool, mirror.Options{}, port(r.a, mirror.Both), port(r.b, mirror.RX))
	mark := mirror.Mark(instance, "sw1", f.Spec)
	for _, tt := range []struct {
		name   string
		wanted []mirror.Fragment
		by     func(t *testing.T)
	}{
		{"a column before a change", []mirror.Fragment{wider}, func(*testing.T) { r.vsctl("set", "Mirror", mark, "snaplen=99") }},
		{"a column before a delete", nil, func(*testing.T) { r.vsctl("set", "Mirror", mark, "snaplen=98") }},
		{"our mark", nil, func(*testing.T) { r.vsctl("remove", "Mirror", mark, "external_ids", "netmirror-instance") }},
		{"somebody's external id", nil, func(*testing.T) { r.vsctl("set", "Mirror", mark, "external_ids:note=x") }},
		{"a selected port", []mirror.Fragment{wider}, func(t *testing.T) {
			if err := r.lab.Reattach(t.Context(), r.bridge, r.a); err != nil {
				t.Fatal(err)
			}
		}},
		{"a port not yet selected", []mirror.Fragment{wider}, func(t *testing.T) {
			if err := r.lab.Reattach(t.Context(), r.bridge, r.b); err != nil {
				t.Fatal(err)
			}
		}},
		{"the destination", []mirror.Fragment{wider}, func(t *testing.T) {
			if err := r.lab.Reattach(t.Context(), r.bridge, r.tool); err != nil {
				t.Fatal(err)
			}
		}},
		{"the row itself", nil, func(*testing.T) {
			r.vsctl("--", "--id=@m", "get", "Mirror", mark, "--", "remove", "Bridge", r.bridge, "mirrors", "@m")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r.t = t
			r.vsctl("clear", "Bridge", r.bridge, "mirrors")
			r.apply(f)
			p, _ := r.changes(tt.wanted...)
			if len(p.Blocks) != 1 {
				t.Fatalf("%d blocks", len(p.Blocks))
			}
			tt.by(t)
			r.refusedUnchanged(p)
		})
	}
}

func TestCreateRestsOnWhatWasSeen(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	p, _ := r.changes(f)
	// The push whose answer was lost: the second must not double it.
	report := must(r.conn.Push(t.Context(), "tx", p))(t)
	if report.Blocks[0].Err != nil {
		t.Fatal(report.Blocks[0].Err)
	}
	r.refusedUnchanged(p)
	r.apply()
	p, _ = r.changes(f)
	if err := r.lab.Reattach(t.Context(), r.bridge, r.a); err != nil {
		t.Fatal(err)
	}
	r.refusedUnchanged(p)
	p, _ = r.changes(f)
	r.vsctl("del-port", r.bridge, r.tool.Port)
	r.refusedUnchanged(p)
	r.vsctl("del-br", r.bridge)
	if _, err := r.conn.Observe(t.Context(), mirror.Look{}); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("a bridge that is gone gives %v, want ErrNotFound", err)
	}
}

// One refused session does not keep the next from being made.
func TestARefusedBlockDoesNotStopTheNext(t *testing.T) {
	r := newRig(t)
	p, _ := r.changes(span(r.tool, mirror.Options{}, port(r.a, mirror.RX)), span(r.tool2, mirror.Options{}, port(r.a, mirror.TX)))
	p.Blocks[0].Text = strings.Replace(p.Blocks[0].Text, `"snaplen":["set",[]]`, `"snaplen":5`, 1)
	report := must(r.conn.Push(t.Context(), "tx", p))(t)
	var refused *mirror.DeviceError
	if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrRejected) || !errors.As(err, &refused) ||
		!strings.Contains(refused.Answer, "5 is not in the valid range 14 to 65535") || refused.Device != "sw1" {
		t.Errorf("got %v, want the device's words", err)
	}
	if report.Blocks[1].Err != nil || len(r.observe().Natives) != 1 {
		t.Errorf("the second block: %v, %d mirrors", report.Blocks[1].Err, len(r.observe().Natives))
	}
}

func TestPreviewOfAnUnknownDeviceIsNeverPushed(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	changes := plan.Diff(plan.Compose(instance, "sw1", []mirror.Fragment{f}), plan.DeviceInfo{Device: r.device, Capabilities: r.capabilities, Instance: instance})
	p, err := ovs.Render(mirror.Facts{}, mirror.Observation{}, changes)
	if err != nil {
		t.Fatal(err)
	}
	if want := `["named-uuid","port ` + r.a.Port + `"]`; !strings.Contains(p.Blocks[0].Text, want) {
		t.Errorf("the preview lacks %s:\n%s", want, p.Blocks[0].Text)
	}
	before := r.dump()
	report := must(r.conn.Push(t.Context(), "tx", p))(t)
	if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrNotFound) || !strings.Contains(err.Error(), "port "+r.a.Port) {
		t.Errorf("got %v, want ErrNotFound naming the port", err)
	}
	if diff := cmp.Diff(before, r.dump()); diff != "" {
		t.Errorf("a preview was sent:\n%s", diff)
	}
}

func TestPortMadeAnewIsDriftAndIsRepaired(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both), port(r.b, mirror.RX))
	for _, h := range []string{"source", "destination"} {
		r.apply(f)
		at := r.a
		if h == "destination" {
			at = r.tool
		}
		if err := r.lab.Reattach(t.Context(), r.bridge, at); err != nil {
			t.Fatal(err)
		}
		n := r.observe().Natives[0]
		if n.Opaque != "" || n.Spec.Equal(f.Spec) {
			t.Errorf("%s: the drift reads as %+v", h, n)
		}
		r.apply(f)
		if got, _ := r.copies(r.tool, 6); got.Echoes() != 6 {
			t.Errorf("%s: after the repair %+v, want 6 echoes", h, got)
		}
	}
}

func TestManualChangesAreRepaired(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	mark := mirror.Mark(instance, "sw1", f.Spec)
	other := must(r.lab.AddBridge(t.Context()))(t)
	for _, change := range [][]string{
		{"set", "Mirror", mark, "select_all=true"},
		{"set", "Mirror", mark, "select_vlan=5"},
		{"set", "Mirror", mark, "select_all=true", "select_vlan=5"},
		{"set", "Mirror", mark, "select_all=true", "select_vlan=0"},
		{"set", "Mirror", mark, "output_vlan=100"},
		{"clear", "Mirror", mark, "output_port", "--", "set", "Mirror", mark, "output_vlan=100"},
		{"clear", "Mirror", mark, "output_port"},
		{"clear", "Mirror", mark, "select_src_port"},
		{"set", "Mirror", mark, "snaplen=64"},
		{"--", "--id=@p", "get", "Port", other, "--", "set", "Mirror", mark, "output_port=@p"},
		{"--", "--id=@p", "get", "Port", other, "--", "set", "Mirror", mark, "select_dst_port=@p"},
	} {
		r.apply(f)
		r.vsctl(change...)
		if p, o := r.changes(f); len(p.Blocks) != 1 || p.Blocks[0].Verb() != "change" || o.Natives[0].Opaque != "" {
			t.Errorf("%v: %d blocks, opaque %q", change, len(p.Blocks), o.Natives[0].Opaque)
		}
		r.apply(f)
	}
	// Somebody's external id in our row stays.
	r.vsctl("set", "Mirror", mark, "external_ids:note=theirs")
	r.apply(span(r.tool, mirror.Options{Truncate: 64}, port(r.a, mirror.Both)))
	if ids := r.vsctl("--columns=external_ids", "list", "Mirror"); !strings.Contains(ids, "note=theirs") {
		t.Errorf("external_ids are %s", ids)
	}
}

// A row whose marks somebody wiped is the same row still; the planner knows it
// by its handle and marks it anew.
func TestWipedMarksAreWrittenAgain(t *testing.T) {
	r := newRig(t)
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	r.apply(f)
	info := r.info()
	made := info.Observation.Natives[0]
	r.vsctl("clear", "Mirror", made.ID, "external_ids")
	ledger := info.Ledger
	info = r.info()
	if n := info.Observation.Natives[0]; n.Mark != "" || n.Handle != made.Handle {
		t.Fatalf("after the wipe: %+v", n)
	}
	info.Ledger = ledger
	changes := plan.Diff(plan.Compose(instance, "sw1", []mirror.Fragment{f}), info)
	p, err := ovs.Render(r.conn.Facts(), info.Observation, changes)
	if err != nil {
		t.Fatal(err)
	}
	report := must(r.conn.Push(t.Context(), "tx", p))(t)
	if len(report.Blocks) != 1 || report.Blocks[0].Err != nil {
		t.Fatalf("got %+v", report.Blocks)
	}
	if n := r.observe().Natives; len(n) != 1 || n[0].Mark != made.Mark || n[0].Instance != instance || n[0].Handle != made.Handle {
		t.Errorf("got %+v, want the row of %+v", n, made)
	}
}

func TestDuplicateNamesAreToldApart(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"rs0", "rs0", `""`, "alone", "with#hash"} {
		r.foreign(name)
	}
	// One that names itself like ours, without our marks.
	f := span(r.tool, mirror.Options{}, port(r.a, mirror.Both))
	r.apply(f)
	r.foreign(mirror.Mark(instance, "sw1", f.Spec))
	ids := map[string]int{}
	for _, n := range r.observe().Natives {
		ids[n.ID]++
		if n.Opaque != "" && n.Mark == "" {
			t.Errorf("%s is opaque: %s", n.ID, n.Opaque)
		}
	}
	if len(ids) != 7 || ids["alone"] != 1 {
		t.Errorf("ids are %v, want 7 different", ids)
	}
	before := r.dump()
	r.apply()
	if got, want := strings.Count(r.dump(), "Mirror "), strings.Count(before, "Mirror ")-1; got != want {
		t.Errorf("%d mirrors are left, want %d", got, want)
	}
}

func TestHundredsOfPorts(t *testing.T) {
	r := newRig(t)
	const ports = 400
	args := []string{"--no-wait"}
	for i := range ports {
		args = append(args, "--", "add-port", r.bridge, fmt.Sprintf("ghost%d", i), "--", "set", "Interface", fmt.Sprintf("ghost%d", i), "type=dummy")
	}
	r.vsctl(args...)
	var sources []mirror.NativeSource
	for i := range ports {
		sources = append(sources, mirror.NativeSource{Port: mirror.PortName(fmt.Sprintf("ghost%d", i)), Direction: mirror.Both})
	}
	r.apply(span(r.tool, mirror.Options{}, append(sources, port(r.a, mirror.Both))...))
	if n, _ := r.copies(r.tool, 6); n.Echoes() != 6 {
		t.Errorf("got %+v, want 6 echoes", n)
	}
}
