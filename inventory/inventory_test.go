package inventory

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestAFileKeepsNamesAsTheyAreWritten(t *testing.T) {
	file, err := Read(strings.NewReader(`
devices:
  - name: ovs-1
    platform: openvswitch
    labels: {Site: "Köln-1"}
    transports: {config: {protocol: ovsdb, address: /run/openvswitch/db.sock, bridge: Br.0}}
tools:
  - {name: ids-1, device: ovs-1, interface: Tap0, capacity: 1000000000}
`))
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || len(refusal.Reasons) != 1 || refusal.Reasons[0].Pointer != "/devices/0/labels/Site" {
		t.Fatalf("the label has a letter outside the alphabet, and that alone: %v", err)
	}
	if d := file.Devices[0]; d.Transports.Config.Bridge != "Br.0" || d.Mode != mirror.ModeFull || d.ManagedBy != mirror.ManagedByFile {
		t.Errorf("device %+v", d)
	}
	if file.Tools[0].Interface != "Tap0" {
		t.Errorf("tool %+v", file.Tools[0])
	}
}

func TestAFileHoldsTheSettingsOfATransport(t *testing.T) {
	file, err := Read(strings.NewReader(`
devices:
  - name: acc-1
    platform: cisco_iosxe
    transports: {config: {protocol: cli, address: 192.0.2.1, typeAhead: off, maxWriteBytes: 512, timeouts: {read: 10m}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := mirror.Tuning{TypeAhead: mirror.TypeAheadOff, MaxWriteBytes: 512, Timeouts: mirror.WaitingLimits{Read: mirror.Duration(10 * time.Minute)}}
	if got := file.Devices[0].Transports.Config.Tuning; got != want {
		t.Errorf("%+v", got)
	}
}

func TestFaultsOfAFile(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string // parts of the error
	}{
		"unknown field": {"devices: [{name: a, colour: red}]", []string{"colour"}},
		"no YAML":       {"devices: [", []string{"yaml"}},
		"two documents": {"devices: []\n---\ndevices: []", []string{"one YAML document"}},
		"twice": {"devices: [{name: a, platform: x, transports: {config: {protocol: y, address: h}}}, {name: a, platform: x, transports: {config: {protocol: y, address: h}}}]",
			[]string{"/devices/1/name", "twice"}},
		"every fault": {"devices: [{name: A, platform: '', transports: {config: {address: 'a;b', credentials: {password: hunter2}}}}]\ntools: [{name: t}]",
			[]string{"/devices/0/name", "/devices/0/platform", "/devices/0/transports/config/protocol", "/devices/0/transports/config/address",
				"/devices/0/transports/config/credentials/password", "/tools/0"}},
		"jump host of old": {"devices: [{name: a, platform: x, transports: {config: {protocol: y, address: h, jumpHost: 'u@j'}}}]", []string{"/devices/0/transports/config/jumpHost"}},
		"socket":           {"devices: [{name: a, platform: x, transports: {config: {protocol: y, address: /run/s, credentials: {username: u, password: 'env:PW'}}}}]", []string{"/devices/0/transports/config/credentials", "no login"}},
		"no user":          {"devices: [{name: a, platform: x, transports: {config: {protocol: y, address: h, credentials: {password: 'env:PW'}}}}]", []string{"/credentials/username"}},
		"unknown part":     {"devices: [{name: a, platform: x, transports: {config: {protocol: y, address: h, credentials: {user: hunter2}}}}]", []string{"/devices/0/transports/config/credentials"}},
		"reserved name":    {"devices: [{name: a, platform: x, transports: {config: {protocol: y, address: h, credentials: 'Campus'}}}]", []string{"/devices/0/transports/config/credentials"}},
	} {
		_, err := Read(strings.NewReader(c.text))
		if !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q lacks %q", name, err, w)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the password", name)
		}
	}
}

func TestAFileThatOthersWriteHoldsNoReferences(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inventory.yaml")
	for credentials, want := range map[string]bool{`{username: u, password: "env:PW"}`: false, "campus": true} {
		text := "devices: [{name: a, platform: x, transports: {config: {protocol: y, address: h, credentials: " + credentials + "}}}]"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for mode, ok := range map[os.FileMode]bool{0o644: true, 0o664: want, 0o646: want} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "chmod go-w") {
				t.Errorf("%s, mode %04o: %v", credentials, mode, err)
			}
		}
	}
}

// The name is kept by what counts refused logins.
func TestNamesOfLiftedProfilesStay(t *testing.T) {
	for want, refs := range map[string]references{
		"inventory/nm-pw-32c7a2": {Username: "u", Password: "env:NM_PW", Enable: "file:/run/enable"},
	} {
		if got := nameOf(refs); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	community := references{SNMP: credentials.SNMP{Community: "env:NM_COMMUNITY"}}
	user := references{SNMP: credentials.SNMP{Username: "u", Auth: "sha256", AuthPassword: "env:NM_COMMUNITY"}}
	if a, b := nameOf(community), nameOf(user); a == b || !strings.HasPrefix(a, "inventory/nm-community-") || !strings.HasPrefix(b, "inventory/nm-community-") {
		t.Errorf("%s and %s", a, b)
	}
}

func TestReferencesOfSNMPBecomeProfilesInMemory(t *testing.T) {
	const device = `{name: a, platform: cisco_iosxe, transports: {config: {protocol: cli, address: 192.0.2.1, credentials: campus}, counters: {protocol: snmp, address: 192.0.2.1, credentials: %s}}}`
	read := func(credentials string) (File, error) {
		return Read(strings.NewReader("devices:\n- " + fmt.Sprintf(device, credentials)))
	}
	file, err := read(`{snmp: {username: nm, auth: sha256, authPassword: "env:NM_AUTH", privacy: aes128, privacyPassword: "file:/run/priv"}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]credentials.Profile{file.Devices[0].Transports.Counters.Credentials: {For: mirror.Bindings{"192.0.2.1"},
		SNMP: credentials.SNMP{Username: "nm", Auth: "sha256", AuthPassword: "env:NM_AUTH", Privacy: "aes128", PrivacyPassword: "file:/run/priv"}}}
	if diff := cmp.Diff(want, file.Profiles); diff != "" {
		t.Error(diff)
	}
	for refs, fault := range map[string]string{
		`{snmp: {community: hunter2}}`:                             "/devices/0/transports/counters/credentials/snmp/community: must be a reference",
		`{snmp: {username: nm, auth: sha, authPassword: hunter2}}`: "/snmp/authPassword: must be a reference",
		`{snmp: {username: nm, auth: rot13}}`:                      "authentication protocol must be one of",
		`{snmp: {community: "env:C"}, username: u}`:                "make two",
		`{snmp: {communty: "env:C"}}`:                              "or snmp",
	} {
		if _, err := read(refs); err == nil || !strings.Contains(err.Error(), fault) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%s: %v, want %q", refs, err, fault)
		}
	}
}

func TestReferencesOfAFileBecomeProfilesInMemory(t *testing.T) {
	const device = `{name: %s, platform: cisco_iosxe, transports: {config: {protocol: cli, address: %s, credentials: %s, jumpHost: {address: "192.0.2.9:22", credentials: jump}}}}`
	campus := `{username: u, password: "env:NM_PW", enable: "file:/run/enable"}`
	text := "devices:\n- " + fmt.Sprintf(device, "a", "192.0.2.1", campus) + "\n- " + fmt.Sprintf(device, "b", "sw-b.example", campus) +
		"\n- " + fmt.Sprintf(device, "c", "192.0.2.3", "core") + "\n- " + fmt.Sprintf(device, "d", "192.0.2.4", `{username: "env:U", key: "file:/keys/old.pem"}`)
	file, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	named := func(i int) string { return file.Devices[i].Transports.Config.Credentials }
	if named(0) != named(1) || !strings.HasPrefix(named(0), "inventory/nm-pw-") || named(2) != "core" || !strings.HasPrefix(named(3), "inventory/old-pem-") {
		t.Errorf("%s %s %s %s", named(0), named(1), named(2), named(3))
	}
	want := map[string]credentials.Profile{
		named(0): {For: mirror.Bindings{"192.0.2.1", "192.0.2.9", "sw-b.example"}, Username: "u", Password: "env:NM_PW", Enable: "file:/run/enable"},
		named(3): {For: mirror.Bindings{"192.0.2.4", "192.0.2.9"}, Username: "env:U", Key: "file:/keys/old.pem"},
	}
	if diff := cmp.Diff(want, file.Profiles); diff != "" {
		t.Error(diff)
	}
	stored, err := json.Marshal(file.Devices)
	if err != nil || strings.Contains(string(stored), "env:") || strings.Contains(string(stored), "file:/") {
		t.Errorf("the entries hold references: %s %v", stored, err)
	}
}
