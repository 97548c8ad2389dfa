package mib

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// recorded reads a walk of a switch: lines of OID|type|value.
func recorded(t *testing.T, path string) Tables {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := Tables{}
	var columns []snmp.OID
	for _, group := range around {
		columns = append(columns, group...)
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		parts := strings.SplitN(lines.Text(), "|", 3)
		if len(parts) != 3 {
			continue
		}
		var v snmp.Value
		number, _ := strconv.ParseUint(parts[2], 10, 64)
		switch parts[1] {
		case "2":
			v = snmp.Number(snmp.Integer, number)
		case "66":
			v = snmp.Number(snmp.Gauge32, number)
		case "4":
			v = snmp.Octets(parts[2])
		case "4x":
			octets, err := hex.DecodeString(parts[2])
			if err != nil {
				t.Fatal(err)
			}
			// Some bitmaps were damaged when they were recorded, see the README there.
			cut, _, _ := strings.Cut(string(octets), "\n00")
			v = snmp.Octets(cut)
		default:
			continue
		}
		for _, c := range columns {
			if index, below := c.Below(snmp.OID(parts[0])); below {
				if out[c] == nil {
					out[c] = map[snmp.OID]snmp.Value{}
				}
				out[c][index] = v
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryRecordingIsReadRight, and none is left out: how many ports there are, how many names that is, how
// many are up, how many are port-channels, and what those that are up carry together, as
// counted in the files by other means.
func TestEveryRecordingIsReadRight(t *testing.T) {
	folder := testkit.Shared(t, "fixtures/snmp")
	type count struct {
		ports, up, lags int
		megabits        mirror.BitsPerSecond
	}
	counted := map[string]count{
		"aos6": {79, 43, 3, 55400}, "arista_eos": {54, 9, 1, 100000}, "ciscosb_cbs350-4x": {216, 43, 8, 36520}, "comware": {224, 86, 15, 102100},
		"comware_a5500": {28, 24, 0, 24000}, "dell-sonic": {55, 36, 0, 135000}, "dlink_dgs-1510-28": {28, 6, 0, 4200}, "dlink_dgs-3620-28sc": {28, 10, 0, 37000},
		"dnos": {123, 43, 22, 721100}, "edgecos_ecs4100-28t": {28, 11, 0, 5600}, "edgeswitch_us-8-v2": {8, 4, 0, 2110}, "edgeswitch_us-8": {8, 0, 0, 0},
		"eltex-mes23xx_mes2324b": {76, 24, 48, 21500}, "fs-switch_s3900": {28, 12, 0, 11100}, "ios_2960x": {133, 49, 0, 38740}, "junos_qfx5100": {14, 12, 0, 65000},
		"linksys-ss_lgs318p": {22, 11, 4, 10100}, "moxa-etherdevice_edsg516e": {16, 2, 0, 2000}, "mypoweros": {56, 31, 0, 24000}, "procurve": {54, 43, 1, 46700},
		"scalance_xc206-2sfp": {9, 2, 1, 2000}, "slxos_slx9150": {61, 5, 0, 280000}, "sm-os_80hdx": {10, 1, 0, 100}, "transition": {6, 2, 0, 2000},
		"voss_7432cq": {36, 9, 0, 630000}, "vrp_5720": {53, 5, 0, 31100}, "zynos_mgs3712": {13, 8, 0, 6200},
	}
	for name, want := range counted {
		ports, err := PortsOf(recorded(t, filepath.Join(folder, name+".snmprec")))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var up, lags int
		var speed mirror.BitsPerSecond
		for _, p := range ports {
			if canonical, err := Ports(string(p.Name)); err != nil || canonical[0] != p.Name {
				t.Errorf("%s: the name %q is %v, %v", name, p.Name, canonical, err)
			}
			if p.Up == mirror.True {
				up++
				speed += p.Speed / 1e6
			} else if p.Speed != 0 {
				t.Errorf("%s: %s is %s and has a speed", name, p.Name, p.Up)
			}
			if p.LAG {
				lags++
			}
		}
		if len(ports) != want.ports || up != want.up || lags != want.lags || speed != want.megabits {
			t.Errorf("%s: %d ports, %d up, %d port-channels, %d Mbit/s; want %+v", name, len(ports), up, lags, speed, want)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name, recording := strings.CutSuffix(f.Name(), ".snmprec")
		if _, read := counted[name]; recording != read && f.Name() != "README.md" {
			t.Errorf("nobody reads %s", f.Name())
		}
	}
}

// TestWhatRecordingsSayOfSinglePorts: each of these is a trap of its own.
func TestWhatRecordingsSayOfSinglePorts(t *testing.T) {
	folder := testkit.Shared(t, "fixtures/snmp")
	kinds := func(p mirror.Port) (out []string) {
		for _, u := range p.Uses {
			out = append(out, u.Kind)
		}
		return out
	}
	for _, c := range []struct {
		file, port string
		index      uint32 // 0 = nobody knows
		up         mirror.State
		megabits   mirror.BitsPerSecond
		uses       string
		members    int
	}{
		{"edgeswitch_us-8", "GigabitEthernet 1/1", 1000001, mirror.Unknown, 0, "[]", 0}, // in ifXTable alone
		{"transition", "Port 1", 1, mirror.False, 0, "[]", 0},                           // two blanks in its name
		{"slxos_slx9150", "Ethernet 0/1", 0, mirror.Unknown, 0, "[unknown]", 0},         // twice
		{"arista_eos", "Ethernet43", 43, mirror.True, 10000, "[lag-member]", 0},         // by IEEE8023-LAG-MIB
		{"arista_eos", "Ethernet1", 1, mirror.True, 10000, "[neighbour]", 0},            // access port of VLAN 31
		{"ciscosb_cbs350-4x", "gi4/0/4", 160, mirror.False, 0, "[]", 0},                 // notPresent
		{"zynos_mgs3712", "swp00", 1, mirror.True, 1000, "", 0},                         // counted from zero
		{"dnos", "TenGigabitEthernet 0/17", 1050628, mirror.False, 0, "[]", 0},          // a blank in its name
		{"mypoweros", "gi0/43", 43, mirror.False, 0, "", 0},                             // tells 13000 Mbit/s
		{"edgeswitch_us-8-v2", "0/1", 1, mirror.True, 1000, "[trunk neighbour]", 0},     // FASTPATH
		{"eltex-mes23xx_mes2324b", "Po1", 1000, mirror.True, 2000, "[lag]", 0},
	} {
		ports, err := PortsOf(recorded(t, filepath.Join(folder, c.file+".snmprec")))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(ports, func(p mirror.Port) bool { return string(p.Name) == c.port })
		if i < 0 {
			t.Errorf("%s has no port %q", c.file, c.port)
			continue
		}
		p := ports[i]
		row, known := InterfaceOf(p)
		if row.Index != c.index || known != (c.index != 0) || p.Up != c.up || p.Speed != c.megabits*1e6 || c.uses != "" && fmt.Sprint(kinds(p)) != c.uses || len(p.Members) != c.members {
			t.Errorf("%s %s: %+v", c.file, c.port, p)
		}
	}
}
