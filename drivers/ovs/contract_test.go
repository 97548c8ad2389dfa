package ovs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/ovs"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/worker"
)

func TestContract(t *testing.T) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == "openvswitch" && d.Protocol == "ovsdb" })
	drivertest.Run(t, drivertest.Suite{
		Driver: catalogue[i],
		Facts:  mirror.Facts{Model: "Open vSwitch", Version: "3.1.0", Extra: map[string]string{"bridge": "sw1", "filter": "no"}},
		Ports: map[string]string{"p1": "sw1-p1", "p2": "sw1-p2", "p3": "sw1-p3", "p9": "sw1-p9", "up1": "sw1-up1",
			"lag1": "sw1-bond1", "d1": "sw1-d1", "d2": "sw1-d2"},
		Refused: map[string][]string{
			// A packet of a VLAN is copied once, so a direction would be a lie.
			"vlan-source-rx": {"unsupported"}, "several-vlans": {"unsupported"}, "port-and-vlan": {"unsupported"},
			"sampled":           {"unsupported"},
			"erspan-device-end": {"unsupported"},
			"acl-filter":        {"unsupported"},
		},
		Device: contractDevice,
		Unproved: map[string]string{"clear": "nothing clears the counters of an interface but its end",
			"drops": "an interface of this machine takes all that it is given"},
		Parsers: []drivertest.Parser{contractParser},
	})
}

// contractParser reads the recorded replies of a server.
var contractParser = drivertest.Parser{Name: "observe", Parse: ovs.ParseReply, Seeds: "testdata/observe/*.txt",
	Kinds: []error{mirror.ErrParse, mirror.ErrNotFound}}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParser) }

// contractDevice is a bridge of a private Open vSwitch behind a proxy. Its
// ports are real, with a host in a network namespace at each.
func contractDevice(t *testing.T) *drivertest.Device {
	r := bareRig(t)
	ports, hosts := map[string]string{}, map[string]*ovslab.Host{}
	for i, symbol := range []string{"p1", "p2", "p3", "p9", "up1", "d1", "d2", "m1", "m2", "theirs"} {
		h := must(r.lab.AddHost(t.Context(), r.bridge, symbol, fmt.Sprintf("10.20.0.%d/24", i+1)))(t)
		ports[symbol], hosts[symbol] = h.Port, h
		if symbol == "p1" {
			r.a = h
		}
		if symbol == "theirs" {
			r.tool2 = h
		}
	}
	// The bond's members are no ports of their own.
	r.vsctl("del-port", r.bridge, ports["m1"], "--", "del-port", r.bridge, ports["m2"], "--",
		"add-bond", r.bridge, "bond1", ports["m1"], ports["m2"], "bond_mode=active-backup")
	ports["lag1"] = "bond1"
	p := newProxy(t, r.lab.Socket())
	return &drivertest.Device{
		Target: mirror.Target{Transport: mirror.Transport{Protocol: "ovsdb", Address: "127.0.0.1", Port: p.port(), Bridge: r.bridge}},
		Ports:  ports,
		Config: r.dump,
		Others: func(config string, _ []mirror.NativeSession) string { return others(t, config) },
		Writes: p.written,
		Foreign: func() (sessions, opaque int) {
			r.foreign("theirs")
			r.foreign("theirs") // twice the same name
			r.foreign("everything", "select_all=true", "output_port=@d")
			r.foreign("nowhere", "select_src_port=@s")
			return 4, 2
		},
		Refusals: contractRefusals,
		Drop:     p.cut,
		Stall:    p.stall,
		Manual:   func(n mirror.NativeSession) []drivertest.Manual { return contractManual(r, ports, n) },
		Wires: &drivertest.Wires{
			Nowhere: "sw1-p99",
			Send: func() {
				if _, err := r.lab.Ping(t.Context(), hosts["p1"], hosts["p3"], 3); err != nil {
					t.Error(err)
				}
			},
			Unplug: func() {
				if err := r.lab.Shut(t.Context(), hosts["d1"], true); err != nil {
					t.Error(err)
				}
			},
		},
	}
}

// contractRefusals changes a transaction so that the server will not have it.
func contractRefusals(b mirror.Block) []drivertest.Refusal {
	var out []drivertest.Refusal
	with := func(name, text, words string) {
		changed := b
		changed.Text = text
		out = append(out, drivertest.Refusal{Name: name, Block: changed, Words: words})
	}
	if text := strings.Replace(b.Text, `"snaplen":["set",[]]`, `"snaplen":5`, 1); text != b.Text {
		with("snaplen 5", text, "5 is not in the valid range 14 to 65535")
	}
	// RFC 7047 section 5.2.9: abort, behind each operation.
	lines := strings.SplitAfter(strings.TrimSuffix(b.Text, "]\n"), ",\n")
	for i := 2; i <= len(lines); i++ {
		text := strings.TrimSuffix(strings.Join(lines[:i], ""), ",\n") + ",\n" + `{"op":"abort"}`
		if rest := strings.Join(lines[i:], ""); rest != "" {
			text += ",\n" + rest
		}
		with(fmt.Sprintf("abort behind operation %d", i-1), text+"]\n", "aborted")
	}
	return out
}

// contractManual is what a hand may do to our mirror.
func contractManual(r *rig, ports map[string]string, n mirror.NativeSession) []drivertest.Manual {
	set := func(name, want string, args ...string) drivertest.Manual {
		return drivertest.Manual{Name: name, Verb: "change", Want: want, Do: func() { r.vsctl(args...) }}
	}
	port := func(symbol string) []string { return []string{"--", "--id=@p", "get", "Port", ports[symbol], "--"} }
	return []drivertest.Manual{
		set("sources taken away", "missing port "+ports["p1"]+" both", "clear", "Mirror", n.ID, "select_src_port"),
		set("a source put in", "too much port "+ports["p9"]+" tx", append(port("p9"), "add", "Mirror", n.ID, "select_dst_port", "@p")...),
		set("another destination", fmt.Sprintf("destination [%s] instead of [%s]", ports["d2"], ports["d1"]),
			append(port("d2"), "set", "Mirror", n.ID, "output_port=@p")...),
		set("truncated", "truncate 64 against 0", "set", "Mirror", n.ID, "snaplen=64"),
		set("narrowed", "filterVlans [7] against []", "set", "Mirror", n.ID, "select_vlan=7"),
		set("mark wiped", "mark is not ours any more", "clear", "Mirror", n.ID, "external_ids"),
		{Name: "deleted", Verb: "create", Do: func() {
			r.vsctl("--", "--id=@m", "get", "Mirror", n.ID, "--", "remove", "Bridge", r.bridge, "mirrors", "@m")
		}},
	}
}
