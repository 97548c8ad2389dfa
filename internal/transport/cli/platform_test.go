package cli

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/scrapli/scrapligo/driver/options"
	"github.com/scrapli/scrapligo/platform"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestLoadPlatform(t *testing.T) {
	for name, want := range map[string]struct {
		onOpen         []string
		comment        string
		path           []string
		prompts        map[string]string // prompt -> level
		configPrompts  []string
		failed, passed string
	}{
		"cisco_iosxe": {
			onOpen: []string{"terminal width 512", "terminal length 0"}, comment: "!", path: []string{"privilege-exec", "exec"},
			prompts: map[string]string{"sw1>": "exec", "sw1#": "privilege-exec", "sw1(config-if)#": "configuration",
				"rack 12#": "", "Password: ": "", "": "", "sw1# ": "privilege-exec", "sw1#x": ""},
			configPrompts: []string{"sw1(config)#", "sw1(config-mon-erspan-src)#", "sw1(config-mon-erspan-src-dst)#", "sw1(config-mon-local)#"},
			failed:        "          ^\n% Invalid input detected at '^' marker.", passed: "% Local Session limit has been exceeded",
		},
		"cisco_nxos": {
			onOpen: []string{"terminal width 511", "terminal length 0"}, comment: "!", path: []string{"privilege-exec", "exec"},
			prompts: map[string]string{"n9k# ": "privilege-exec", "n9k(config-monitor)# ": "configuration"},
			// Excluded by scrapligo, but entered by a command of ours.
			configPrompts: []string{"n9k(config)#", "n9k(config-erspan-src)# ", "n9k(config-s)#"},
			failed:        "ERROR: no", passed: "fine",
		},
		"cisco_iosxr": {onOpen: []string{"terminal width 512", "terminal length 0", "terminal exec prompt no-timestamp"}, comment: "!", path: []string{"exec"},
			prompts:       map[string]string{"RP/0/RSP0/CPU0:xr1#": "exec"},
			configPrompts: []string{"RP/0/RSP0/CPU0:xr1(config-mon)#"}, failed: "% Unknown command", passed: ""},
		"arista_eos": {onOpen: []string{"terminal width 500", "terminal length 0"}, comment: "!", path: []string{"privilege-exec", "exec"},
			prompts:       map[string]string{"leaf1>": "exec", "leaf1#": "privilege-exec"},
			configPrompts: []string{"leaf1(config-s-nm1234)#"}, failed: "% Error", passed: "x"},
		"juniper_junos": {onOpen: []string{"set cli screen-width 511", "set cli screen-length 0", "set cli complete-on-space off"}, comment: "#", path: []string{"exec"},
			prompts: map[string]string{"admin@mx1> ": "exec", "admin@mx1# ": "configuration"}, configPrompts: []string{"admin@mx1# "}, failed: "syntax error", passed: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := LoadPlatform(name)
			if err != nil {
				t.Fatal(err)
			}
			if p.Name() != name || p.comment != want.comment {
				t.Errorf("name %q, comment %q", p.Name(), p.comment)
			}
			if diff := cmp.Diff(want.onOpen, p.onOpen); diff != "" {
				t.Errorf("on open (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want.path, p.path()); diff != "" {
				t.Errorf("path (-want +got):\n%s", diff)
			}
			for prompt, level := range want.prompts {
				if got, _ := p.anyLevel("", prompt); got != level {
					t.Errorf("prompt %q is of level %q, want %q", prompt, got, level)
				}
			}
			for _, prompt := range want.configPrompts {
				if ok, _ := p.at(p.config, "", prompt); !ok {
					t.Errorf("%q is not taken for a configuration prompt", prompt)
				}
			}
			if !p.Failed(want.failed) || p.Failed(want.passed) {
				t.Errorf("failure texts: %v", p.failed)
			}
		})
	}
}

func TestLoadPlatformKnowsOnlyItsList(t *testing.T) {
	// scrapligo would read a file or fetch an address of that name.
	for _, name := range []string{"", "nothing", "../platform_test.go", "http://192.0.2.1/x.yaml", "huawei_vrp"} {
		_, err := LoadPlatform(name)
		wantKind(t, err, mirror.ErrUnsupported)
	}
}

const ownDefinition = `
platform-type: my_os
default:
  driver-type: network
  privilege-levels:
    exec: {name: exec, pattern: '(?im)^\w+\$$'}
    configuration: {name: configuration, pattern: '(?im)^\w+\(cfg\)\$$', previous-priv: exec, escalate: edit, deescalate: quit}
  default-desired-privilege-level: exec
  failed-when-contains: ['bad']
  network-on-open:
    - operation: acquire-priv
    - operation: driver.send-command
      command: no paging
`

func TestParsePlatform(t *testing.T) {
	p, err := ParsePlatform([]byte(ownDefinition), Dialect{Comment: "//"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Name() != "my_os" || len(p.onOpen) != 1 || p.onOpen[0] != "no paging" || p.levels["configuration"].escalate != "edit" {
		t.Errorf("%+v", p)
	}
	for name, tc := range map[string]struct {
		text string
		d    Dialect
	}{
		"no comment character": {ownDefinition, Dialect{}},
		"not YAML":             {"\t{", Dialect{Comment: "!"}},
		"empty":                {"", Dialect{Comment: "!"}},
		"bad pattern":          {"default: {driver-type: network, default-desired-privilege-level: a, privilege-levels: {a: {name: a, pattern: '('}}}", Dialect{Comment: "!"}},
		"bad option":           {ownDefinition + "  options: [{option: port, value: x}]\n", Dialect{Comment: "!"}},
		"on open of two lines": {ownDefinition + "    - {operation: driver.send-command, command: \"a\\nb\"}\n", Dialect{Comment: "!"}},
	} {
		_, err := ParsePlatform([]byte(tc.text), tc.d)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		wantKind(t, err, mirror.ErrInvalid)
	}
}

// The transport is a scrapligo transport like any other: the stock driver opens,
// sends and closes over it.
func TestStockDriverOverOurTransport(t *testing.T) {
	f := newFake(t)
	f.replies["show a"] = "alpha"
	impl := NewTransport(t.Context(), configFor(t, f.listen(t)))
	p, err := platform.NewPlatform("cisco_iosxe", "ignored", options.WithCustomTransport(impl), options.WithTimeoutOps(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.GetNetworkDriver()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	r, err := d.SendCommand("show a")
	if err != nil || r.Failed != nil || r.Result != "alpha" {
		t.Errorf("%+v, %v", r, err)
	}
	if m, err := d.SendConfigs(flat); err != nil || m.Failed != nil || len(f.configured()) != 3 {
		t.Errorf("%+v, %v", m, err)
	}
	if !impl.IsAlive() {
		t.Error("not alive")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if impl.IsAlive() || impl.Err() != nil {
		t.Errorf("after close: alive %v, err %v", impl.IsAlive(), impl.Err())
	}
}

// IOS-XR keeps a comment that is typed in configuration mode: there the marker is
// a command that shows nothing.
func TestMarkersAreNotStored(t *testing.T) {
	p, err := LoadPlatform("cisco_iosxr")
	if err != nil {
		t.Fatal(err)
	}
	f := newFake(t)
	f.hostname = "RP/0/RSP0/CPU0:xr1"
	markers := 0
	f.hook = func(sh *shell, line string) bool {
		switch {
		case sh.mode == "":
			return false
		case line == "exit": // as in the fake's modes that it knows
			return true
		}
		if strings.HasPrefix(line, "!") {
			t.Errorf("%q was typed in configuration mode", line)
		}
		if !strings.HasPrefix(line, "do show clock | include "+nonceWord) {
			return false
		}
		markers++
		sh.say("Thu Nov 22 12:00:00.123 UTC")
		return true
	}
	c := open(t, f, func(c *Config) { c.Platform = p })
	lines := Lines("monitor-session nm1", "destination interface GigabitEthernet0/0/0/9", "exit")
	lines[0].Hold = true
	if r := configure(t, c, Block{Lines: lines, Leave: []string{"end"}}); r[0].Err != nil {
		t.Fatal(r[0].Err)
	}
	if markers == 0 {
		t.Error("nothing was awaited in configuration mode: the test proves nothing")
	}
	for _, d := range []Dialect{{Comment: "!!"}, {Comment: ""}, {Comment: "!", ConfigMarker: "x\n"}} {
		if _, err := ParsePlatform(nil, d); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%+v: %v", d, err)
		}
	}
}
