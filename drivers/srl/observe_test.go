package srl_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers/srl"
	"github.com/netmirror/netmirror/internal/mirror"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file, or writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "observe", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatADeviceSaysIsReadAs(t *testing.T) {
	for _, name := range []string{"local", "foreign", "older", "filters"} {
		t.Run(name, func(t *testing.T) {
			f, o, err := srl.Observed(file(t, name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			for i := range o.Natives { // the words of the device stand in the file already
				if o.Natives[i].Text == "" {
					t.Errorf("%s has no text", o.Natives[i].ID)
				}
				o.Natives[i].Text = ""
			}
			out, err := json.MarshalIndent(map[string]any{"facts": f, "observation": o}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "observe", name+".golden"), string(out)+"\n")
		})
	}
}

// What is not understood is an error, and never "nothing is configured".
func TestWhatIsNoConfigurationIsAnError(t *testing.T) {
	good := file(t, "local.txt")
	for name, change := range map[string][2]string{
		"an instance without a name":      {`"name": "nm-abcdefghij", "admin-state": "enable", "desc`, `"admin-state": "enable", "desc`},
		"another list in mirroring":       {`"mirroring-instance": [`, `"mirroring-group": [`},
		"an admin-state":                  {`"admin-state": "enable", "description"`, `"admin-state": "perhaps", "description"`},
		"a direction":                     {`"direction": "ingress-only"`, `"direction": "inward"`},
		"a source that is no port":        {`{"name": "lag1"}`, `{"name": "irb1"}`},
		"a sub-interface in another list": {`{"name": "lag1"}`, `{"name": "lag1.0"}`},
		"a destination":                   {`"local": "ethernet-1/10.0"`, `"local": "ethernet-1/10"`},
		"an interface without a name":     {`{"name": "ethernet-1/3", "admin-state": "disable"}`, `{"admin-state": "disable"}`},
		"an index":                        {`"index": 100, "type"`, `"index": "x", "type"`},
		"a speed":                         {`"25G"`, `"fast"`},
		"no JSON":                         {`{`, ``},
	} {
		changed := strings.Replace(good, change[0], change[1], 1)
		if changed == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, _, err := srl.Observed(changed); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: %v, want ErrParse", name, err)
		}
	}
	if _, _, err := srl.Observed(strings.Replace(good, "srl_nokia-mirroring", "srl_nokia-other", 1)); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("a device without the model: %v", err)
	}
	const device = `{"models": [{"Name": "srl_nokia-mirroring", "Version": "2024-03-31"}]`
	if _, o, err := srl.Observed(device + `, "config": {"interface": [{"name": "mgmt0"}]}}`); err != nil || len(o.Natives) != 0 {
		t.Errorf("no container is no session: %v, %v", o.Natives, err)
	}
	for _, config := range []string{`}`, `, "config": {}}`, `, "config": {"system": {"mirroring": {}}}}`, `, "config": {"interface": []}}`} {
		if _, o, err := srl.Observed(device + config); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: %v, %v, want ErrParse", config, o.Natives, err)
		}
	}
}

func TestCounters(t *testing.T) {
	ask := mirror.CounterAsk{Ports: []mirror.PortName{"ethernet-1/1", "ethernet-1/7", "ethernet-1/11"}, Natives: true}
	d2 := mirror.Facts{Model: "7220 IXR-D2L"}
	read, err := srl.Counted(d2, ask, file(t, "counters.txt"))
	if err != nil || len(read.Ports) != 2 || len(read.Natives) != 1 || read.Missing["ethernet-1/7"] == "" {
		t.Fatal(read, err)
	}
	for _, p := range read.Ports {
		want := mirror.PortCounters{Port: "ethernet-1/1", Up: mirror.True, Bandwidth: 10e9, InOctets: 140285, InPackets: 1390, OutOctets: 748587, OutPackets: 2385,
			OutDrops: 3, Complete: true, Discontinuity: "2025-01-01T00:00:00.000Z"}
		if p.Port == "ethernet-1/11" {
			want = mirror.PortCounters{Port: p.Port, Up: mirror.False}
		}
		if p != want {
			t.Errorf("got %+v, want %+v", p, want)
		}
	}
	want := mirror.NativeCopies{ID: "nm-abcdefghij", Mark: "nm-abcdefghij", Copies: mirror.Copies{Known: true, Packets: 2942, Octets: 400112}}
	if read.Natives[0] != want {
		t.Errorf("copies %+v, want %+v", read.Natives[0], want)
	}
	d4 := mirror.Facts{Extra: map[string]string{"features": "mirror-dest-statistics mirroring"}}
	read, err = srl.Counted(d4, ask, file(t, "counters.txt"))
	want.Copies = mirror.Copies{Known: true, Packets: 12, Octets: 700}
	if err != nil || len(read.Natives) != 1 || read.Natives[0] != want {
		t.Errorf("copies by the instance %+v, %v, want %+v", read.Natives, err, want)
	}
	if _, err := srl.Counted(d2, mirror.CounterAsk{All: true}, strings.Replace(file(t, "counters.txt"), `"748587"`, `"many"`, 1)); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("a counter that is no number: %v", err)
	}
}
