package doctest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestThatAWrongPageFails: what is not as the page says is told, with what was written.
func TestThatAWrongPageFails(t *testing.T) {
	testkit.Need(t, "bash")
	for name, c := range map[string]struct {
		page []string
		want string
	}{
		"right": {[]string{"~~~sh", "x=1; cd /tmp", "~~~", "~~~sh", "echo $x $PWD", "~~~", "~~~text", "1 /tmp", "~~~"}, ""},
		"a file, and a line that is read": {[]string{"~~~yaml", "# a.yaml", "port: 8420", "at: 127.0.0.1:8420", "~~~", "<!-- test: input=demo -->", "~~~sh",
			"read -r x; echo $x", `grep -c "84""20" a.yaml || true`, "~~~", "~~~text", "demo", "0", "~~~"}, ""},
		"a command fails":      {[]string{"~~~sh", "echo before", "false", "echo behind", "~~~"}, "line 1: a command failed (exit status 1)\n--- it says\nbefore\n"},
		"a syntax error":       {[]string{"~~~sh", "if then", "~~~"}, "a command failed"},
		"another exit code":    {[]string{"<!-- test: exit=3 -->", "~~~sh", "exit 2", "~~~"}, "exit code 2, and 3 is said"},
		"success, unexpected":  {[]string{"<!-- test: exit=3 -->", "~~~sh", "true", "~~~"}, "exit code 0, and 3 is said"},
		"that exit code":       {[]string{"<!-- test: exit=3 -->", "~~~sh", "exit 3", "~~~", "~~~sh", "echo on", "~~~"}, ""},
		"another output":       {[]string{"~~~sh", "echo a", "~~~", "~~~text", "b", "~~~"}, `line 1: line 4: the output lacks "b"`},
		"another JSON":         {[]string{"~~~sh", "echo '{}'", "~~~", "~~~json", `{"a": 1}`, "~~~"}, "the output lacks /a"},
		"a refusal":            {[]string{"~~~sh", `echo '{"type":"urn:netmirror:problem:x"}'`, "~~~"}, "a request is refused"},
		"a refusal, shown":     {[]string{"~~~sh", `echo '{"type":"urn:netmirror:problem:x"}'`, "~~~", "~~~json", `{"type": "..."}`, "~~~"}, ""},
		"again until it is so": {[]string{"<!-- test: again -->", "~~~sh", "echo x >> n; wc -l < n", "~~~", "~~~text", "3", "~~~"}, ""},
		"aside":                {[]string{"<!-- test: background -->", "~~~sh", "echo begun; read -r < <(sleep 600)", "~~~", "~~~text", "begun", "~~~", "~~~sh", "true", "~~~"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			blocks, err := Parse(lines(c.page...))
			if err != nil {
				t.Fatal(err)
			}
			s := newShell(t, t.TempDir(), []string{"8420"})
			for _, b := range blocks {
				if err = s.run(b); err != nil {
					break
				}
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestFoldersAreOthers: a page that writes to the controller's folders writes below its own.
func TestFoldersAreOthers(t *testing.T) {
	testkit.Need(t, "bash")
	s := newShell(t, t.TempDir(), nil)
	if err := s.run(Block{Lang: "sh", Text: "echo x > /etc/netmirror/doctest; cat /etc/netmirror/doctest", Outputs: []Output{{Text: "x\n"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "etc", "netmirror", "doctest")); err != nil {
		t.Error(err)
	}
}
