package lab

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestStartUpFilesOfTheLabs: the simulated switches, which were made after their vendors'
// grammars, take every line of the start-up files of examples/containerlab as their nodes
// get it, and none with a word misspelt.
func TestStartUpFilesOfTheLabs(t *testing.T) {
	file := func(name string) (right, wrong string) {
		raw, err := os.ReadFile(filepath.Join(testkit.Root(t), "examples", "containerlab", name))
		if err != nil {
			t.Fatal(err)
		}
		word := map[string]string{"ceos/switched.cfg": "switchport", "srlinux/switched.cli": "mac-vrf", "vjunos/switched.cfg": "interfaces"}[name]
		if right = string(raw); !strings.Contains(right, word) {
			t.Fatalf("%s has no %s", name, word)
		}
		return right, strings.Replace(right, word, word[1:], 1)
	}
	t.Run("SR Linux", func(t *testing.T) {
		right, wrong := file("srlinux/switched.cli")
		spec := Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "nokia_srl", Config: right}}}}
		sw := startSpec(t, spec).Switch("sw")
		for line := range strings.Lines(right) {
			if !strings.Contains(sw.Exec("info flat"), line) {
				t.Errorf("%s is not held:\n%s", line, sw.Exec("info flat"))
			}
		}
		spec.Fabric.Switches[0].Config = wrong
		if l, err := Start(t.Context(), spec); err == nil {
			l.Close()
			t.Error("a kind of instance that there is not is taken")
		}
	})
	t.Run("Junos", func(t *testing.T) {
		right, wrong := file("vjunos/switched.cfg")
		sw := netconfSwitch(t, "ex4300-48t", 1)
		x := talks(t, sw, sw.NETCONFAddr(), "admin")
		load := func(text string) string {
			var escaped strings.Builder
			if err := xml.EscapeText(&escaped, []byte(text)); err != nil {
				t.Fatal(err)
			}
			return x.rpc(`<load-configuration action="merge" format="text"><configuration-text>` + escaped.String() + `</configuration-text></load-configuration>`)
		}
		if got := load(right); strings.Contains(got, "rpc-error") || !strings.Contains(got, "<ok/>") {
			t.Error(got)
		}
		if got := load(wrong); !strings.Contains(got, "rpc-error") {
			t.Error(got)
		}
	})
	t.Run("EOS", func(t *testing.T) {
		right, wrong := file("ceos/switched.cfg")
		typed := func(text string) string {
			sw := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "arista_eos"}}}}).Switch("sw")
			return sw.Exec(append([]string{"configure"}, strings.Split(strings.TrimSpace(text), "\n")...)...)
		}
		if got := typed(right); strings.Contains(got, "%") {
			t.Error(got)
		}
		if got := typed(wrong); !strings.Contains(got, "% Invalid input") {
			t.Error(got)
		}
	})
}
