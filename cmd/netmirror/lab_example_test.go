package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// The README's sessions over several switches are typed word by word against the fabric
// that lab --example prints, with free ports.
func TestTheReadmesSessionsOverTheExample(t *testing.T) {
	t.Parallel()
	c := newController(t, "--resync", "1h")
	example := func(args ...string) string {
		t.Helper()
		text, err := c.cli("", append([]string{"lab"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	fabric := strings.NewReplacer("127.0.0.1:8500", "127.0.0.1:0", "127.0.0.1:2201", "127.0.0.1:0", "127.0.0.1:2202", "127.0.0.1:0", "127.0.0.1:2203", "127.0.0.1:0").Replace(example("--example"))
	l := startLab(t, fabric)
	devices := example("--example=devices")
	for name, port := range map[string]string{"acc-1": "2201", "core": "2202", "acc-2": "2203"} {
		_, free, err := net.SplitHostPort(l.Switch(name).Addr())
		if err != nil {
			t.Fatal(err)
		}
		devices = strings.Replace(devices, "port: "+port+",", "port: "+free+",", 1)
	}
	c.start("NM_PW=demo", "NM_EN=demo-enable")
	c.profile("campus", "--username", "netmirror", "--password", "env:NM_PW", "--enable", "env:NM_EN")
	if out, err := c.cli(devices, "apply", "-f", "-"); err != nil || !strings.Contains(out, "3 objects: 3 created") {
		t.Fatal(out, err)
	}
	sessions := readmeExample(t, "## Over several switches")
	out, err := c.cli(sessions, "apply", "-f", "-")
	if err != nil || !strings.Contains(out, "session/far created: Active") || !strings.Contains(out, "session/away created: Active") {
		t.Fatal(out, err)
	}
	for name, want := range map[string][]string{
		"acc-1": {"vlan 900\n", "switchport trunk allowed vlan 1,110,900", "destination remote vlan 900", "type erspan-source", "erspan-id 17"},
		"core":  {"vlan 900\n", "remote-span"},
		"acc-2": {"source remote vlan 900", "destination interface Gi1/0/48"},
	} {
		for _, w := range want {
			if config := l.Switch(name).RunningConfig(); !strings.Contains(config, w) {
				t.Errorf("%s lacks %q:\n%s", name, w, config)
			}
		}
	}
	if out, err := c.cli(sessions, "delete", "-f", "-"); err != nil || !strings.Contains(out, "2 objects: 2 deleted") {
		t.Error(out, err)
	}
	for _, sw := range l.Switches() {
		if config := sw.RunningConfig(); strings.Contains(config, "900") || strings.Contains(config, "monitor session") {
			t.Errorf("%s still has\n%s", sw.Name(), config)
		}
	}
	if _, err := c.cli("", "lab", "--example=colour"); err == nil || exitCode(err) != exitUsage {
		t.Errorf("an example that there is not: %v", err)
	}
	if _, err := c.cli("", "lab"); err == nil || exitCode(err) != exitUsage {
		t.Errorf("neither a file nor an example: %v", err)
	}
}

// readmeExample is the first YAML of the README below a heading.
func readmeExample(t *testing.T, heading string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(testkit.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(raw), "\n"+heading+"\n")
	if ok {
		_, text, ok = strings.Cut(text, "```yaml\n")
	}
	if !ok {
		t.Fatalf("the README has no YAML below %q", heading)
	}
	text, _, _ = strings.Cut(text, "```")
	return text
}

// The README's first.yaml, of a switch that nobody has stored, differs and is planned.
func TestTheReadmesFirstFileDiffers(t *testing.T) {
	t.Parallel()
	c := newController(t, "--resync", "1h")
	c.start()
	raw, err := os.ReadFile(filepath.Join(testkit.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(raw), "cat > first.yaml <<'YAML'\n")
	first, _, ok := strings.Cut(text, "YAML\n")
	if !ok {
		t.Fatal("the README has no first.yaml")
	}
	out, err := c.cli(first, "diff", "-f", "-")
	if err == nil || exitCode(err) != exitDiffers {
		t.Fatal(out, err)
	}
	for _, want := range []string{"+++ device/sw1 (standard input:2)", "+++ tool/ids-1 (standard input:6)", "+++ session/watch-alice (standard input:8)", "device sw1, step 1 (not read):"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}
