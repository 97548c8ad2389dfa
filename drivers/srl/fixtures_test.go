package srl_test

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers/srl"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/testkit"
)

// The recordings lie beside the checkout. What they mean was written down by hand.

func recording(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, "fixtures/nokia-srlinux/"+name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// keyed are the keys of lists as the command line prints them: in the line of the entry.
var keyed = map[string]string{"mirroring-instance": "name", "interface": "name", "subinterface": "index"}

// info reads what "info" prints, which is the tree of the models: containers and entries in
// braces, leaves with their values. It is the same tree that gNMI tells.
func info(t *testing.T, text string) map[string]any {
	t.Helper()
	root := map[string]any{}
	open := []map[string]any{root}
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "/ ")
		at := open[len(open)-1]
		words := strings.Fields(strings.TrimSuffix(line, "{"))
		switch {
		case line == "" || strings.HasPrefix(line, "#") || strings.Contains(line, "# info"):
		case line == "}":
			open = open[:len(open)-1]
		case strings.HasSuffix(line, "{") && len(words) == 1:
			below, ok := at[words[0]].(map[string]any)
			if !ok {
				below = map[string]any{}
			}
			at[words[0]] = below
			open = append(open, below)
		case strings.HasSuffix(line, "{"):
			list, _ := at[words[0]].([]any)
			i := slices.IndexFunc(list, func(e any) bool { return e.(map[string]any)[keyed[words[0]]] == words[1] })
			if i < 0 {
				i, list = len(list), append(list, map[string]any{keyed[words[0]]: words[1]})
			}
			at[words[0]] = list
			open = append(open, list[i].(map[string]any))
		default:
			at[words[0]] = strings.Join(words[1:], " ")
		}
	}
	if len(open) != 1 {
		t.Fatal("braces are left open")
	}
	return root
}

// capabilities are what the recorded node announces.
func capabilities(t *testing.T) []models.Model {
	t.Helper()
	var c struct {
		SupportedModels []struct{ Name, Version string }
	}
	if err := json.Unmarshal([]byte(recording(t, "gnmi_capabilities__24.3.json")), &c); err != nil {
		t.Fatal(err)
	}
	var out []models.Model
	for _, m := range c.SupportedModels { // as the wire parts them
		i := strings.LastIndex(m.Name, ":")
		out = append(out, models.Model{Name: m.Name[i+1:], Namespace: m.Name[:max(i, 0)], Version: m.Version})
	}
	return out
}

func observed(t *testing.T, config, state map[string]any) (mirror.Facts, mirror.Observation) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"models": capabilities(t), "config": config, "state": state})
	if err != nil {
		t.Fatal(err)
	}
	f, o, err := srl.Observed(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return f, o
}

func TestRecordedSession(t *testing.T) {
	state := info(t, recording(t, "info_from_state__mirroring_instance_local_up.txt"))
	want := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "ethernet-1/1", Direction: mirror.Both}}, Destinations: []mirror.PortName{"ethernet-1/10"},
		Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
	f, o := observed(t, state, state) // the state holds the configuration too
	if f.Extra["schema"] != "24.3" || f.Extra["mirroring"] != "2024-03-31" {
		t.Errorf("facts %+v", f)
	}
	if len(o.Natives) != 1 || o.Natives[0].ID != "1" || o.Natives[0].Opaque != "" || o.Natives[0].Mark != "" || !o.Natives[0].Spec.Equal(want) || o.Natives[0].Programmed != mirror.True {
		t.Errorf("read as %+v", o.Natives)
	}
	_, o = observed(t, info(t, recording(t, "config__leaf1_local_mirror.txt")), nil)
	if len(o.Natives) != 1 || o.Natives[0].Opaque != "" || !o.Natives[0].Spec.Equal(want) || o.Natives[0].Programmed != mirror.Unknown {
		t.Errorf("the configuration is read as %+v", o.Natives)
	}
	if p, ok := o.Port("ethernet-1/10"); !ok || !p.Monitor || len(p.Uses) != 0 {
		t.Errorf("its destination is read as %+v", p)
	}
}

func TestRecordedCounters(t *testing.T) {
	var reply struct{ Result []json.RawMessage }
	if err := json.Unmarshal([]byte(recording(t, "jsonrpc_get__version_and_interface_statistics.json")), &reply); err != nil {
		t.Fatal(err)
	}
	text := `{"interface":[{"name":"mgmt0","oper-state":"up","statistics":` + string(reply.Result[1]) + `}]}`
	read, err := srl.Counted(mirror.Facts{}, mirror.CounterAsk{Ports: []mirror.PortName{"mgmt0"}}, text)
	want := mirror.PortCounters{Port: "mgmt0", Up: mirror.True, InOctets: 140285, InPackets: 1390, OutOctets: 748587, OutPackets: 2385, Complete: true}
	if err != nil || len(read.Ports) != 1 || read.Ports[0] != want {
		t.Errorf("read %+v, %v, want %+v", read.Ports, err, want)
	}
	row := regexp.MustCompile(`\| (ethernet\S+) +\| +(\d+) \| +(\d+) \|`).FindStringSubmatch(recording(t, "info_as_table__out_mirror_counters.txt"))
	text = `{"interface":[{"name":"` + row[1] + `","statistics":{"out-mirror-octets":"` + row[2] + `","out-mirror-packets":"` + row[3] + `"}}],` +
		`"system":{"mirroring":{"mirroring-instance":[{"name":"1","mirror-destination":{"local":"` + row[1] + `.0"}}]}}}`
	read, err = srl.Counted(mirror.Facts{Model: "7220 IXR-D2L"}, mirror.CounterAsk{Natives: true}, text)
	if err != nil || len(read.Natives) != 1 || read.Natives[0].Copies != (mirror.Copies{Known: true, Packets: 2942, Octets: 400112}) {
		t.Errorf("copies %+v, %v", read.Natives, err)
	}
}

// A tunnel's copies are what the driver says of them: transparent Ethernet in GRE
// without a key, which is encapsulation gre and id 0.
func TestRecordedTunnel(t *testing.T) {
	capture := []byte(recording(t, "capture__remote_l2ogre.pcapng"))
	for at, found := 0, 0; ; found++ {
		i := bytes.Index(capture[at:], []byte{0x00, 0x00, 0x65, 0x58}) // flags, transparent Ethernet
		if i < 0 {
			if found == 0 {
				t.Error("no GRE header was found")
			}
			break
		}
		at += i
		if header := capture[at-20 : at]; header[0] != 0x45 || header[9] != 47 || header[8] != 254 {
			t.Errorf("no IPv4 header with GRE and TTL 254 before it: % x", header)
		}
		at += 4
	}
	c := srl.Capabilities(mirror.Facts{})
	if c.GRE.Level != mirror.Yes || c.ERSPANHeader.OK() || !c.Ranges.GREKey.Allow(0) || c.Ranges.GREKey.Allow(1) {
		t.Errorf("GRE %+v, ERSPAN header %+v", c.GRE, c.ERSPANHeader)
	}
}

// Ports of the recorded lab, and what the command line refuses: a star is no port.
func TestRecordedNames(t *testing.T) {
	for _, m := range regexp.MustCompile(`interface (ethernet-\S+)`).FindAllStringSubmatch(recording(t, "cli_transcript__candidate_diff_commit.txt"), -1) {
		got, err := srl.Ports(m[1])
		if star := strings.Contains(m[1], "*"); star != (err != nil) || !star && got[0] != mirror.PortName(m[1]) {
			t.Errorf("%s is read as %v, %v", m[1], got, err)
		}
	}
}

func TestPortsInTheWordsOfThePlatform(t *testing.T) {
	for text, want := range map[string]string{
		"ethernet-1/1": "ethernet-1/1", "Ethernet-1/1": "ethernet-1/1", "lag1000.4094": "lag1000.4094", "ethernet-1/m2/3": "ethernet-1/m2/3", "ethernet-2/31/4": "ethernet-2/31/4",
		"ethernet-1/1-3": "ethernet-1/1 ethernet-1/2 ethernet-1/3", "ethernet-1/{9..10}": "ethernet-1/9 ethernet-1/10", "lag1-2, mgmt0": "lag1 lag2 mgmt0",
		"ethernet-1/1.0-1": "ethernet-1/1.0 ethernet-1/1.1", "irb0.5": "irb0.5",
		"ethernet-1/0": "", "ethernet-1/129": "", "ethernet-0/1": "", "lag0": "", "lag1001": "", "ethernet-1/01": "", "ethernet-1/1.": "", "": "", "ethernet-1/3-1": "", "e1-1": "",
		"ethernet-1/1-200": "", "ethernet-1/*": "", "1": "", "ethernet-1/1,,lag1": "", "ethernet-1/1.01": "",
	} {
		got, err := srl.Ports(text)
		var words []string
		for _, p := range got {
			words = append(words, string(p))
		}
		if strings.Join(words, " ") != want || (err != nil) != (want == "") {
			t.Errorf("%q is read as %v, %v; want %q", text, got, err, want)
		}
	}
}
