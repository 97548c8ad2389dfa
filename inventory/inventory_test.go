package inventory

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestCredentialsAreResolvedAndNeverShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(path, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Credentials{Env: func(n string) (string, bool) { v, ok := map[string]string{"NM_USER": "admin"}[n]; return v, ok }}
	target, err := c.Resolve(mirror.Device{}, mirror.Transport{Credentials: mirror.Credentials{Username: "env:NM_USER", Password: "file:" + path}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"admin", "s3cret", "********"}, []string{target.Username, target.Password.Reveal(), target.Password.String()}); diff != "" {
		t.Error(diff)
	}
	for _, ref := range []string{"env:NOPE", "file:/does/not/exist", "plain"} {
		_, err := c.Resolve(mirror.Device{}, mirror.Transport{Credentials: mirror.Credentials{Enable: ref}})
		if err == nil || !strings.Contains(err.Error(), "enable secret") {
			t.Errorf("%s: %v", ref, err)
		}
	}
}
