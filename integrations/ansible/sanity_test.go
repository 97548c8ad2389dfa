package ansible

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// collection is a copy of the collection without what is of Go, where Ansible's programs
// look for one.
func collection(t *testing.T) (root, dir string) {
	t.Helper()
	root = t.TempDir()
	dir = filepath.Join(root, "ansible_collections", "netmirror", "netmirror")
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || strings.HasSuffix(path, ".go"):
			return err
		case d.Name() == "__pycache__":
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, path), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return root, dir
}

// run runs a program in the collection and gives what it says.
func run(t *testing.T, root, dir, program string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + root, "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "ANSIBLE_COLLECTIONS_PATH=" + root,
		"ANSIBLE_LOCAL_TEMP=" + root, "ANSIBLE_NOCOLOR=1", "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=" + validator + ":" + root}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// validator is where Debian has the program behind ansible-test sanity --test
// validate-modules; ansible-test itself would load packages for it from elsewhere.
const validator = "/usr/lib/python3/dist-packages/ansible_test/_util/controller/sanity/validate-modules"

// withoutPackages are the tests of ansible-test sanity that need nothing but Ansible.
var withoutPackages = []string{"compile", "empty-init", "future-import-boilerplate", "ignores", "line-endings", "metaclass-boilerplate", "no-assert",
	"no-basestring", "no-dict-iteritems", "no-dict-iterkeys", "no-dict-itervalues", "no-get-exception", "no-illegal-filenames", "no-main-display",
	"no-smart-quotes", "no-unicode-literals", "replace-urlopen", "shebang", "symlinks", "use-argspec-type-path", "use-compat-six"}

// TestSanity: Ansible's own tests of collections have nothing to say, as far as they run
// without a network.
func TestSanity(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "/usr/bin/ansible-test", "git", "pycodestyle")
	for _, path := range []string{validator, "/usr/lib/python3/dist-packages/voluptuous"} {
		if _, err := os.Stat(path); err != nil {
			testkit.Skip(t, "Ansible's validate-modules and python3-voluptuous ("+path+")")
		}
	}
	root, dir := collection(t)
	if out, err := run(t, root, dir, "git", "init", "-q", "."); err != nil { // ansible-test asks git for the files
		t.Fatalf("%v\n%s", err, out)
	}
	args := []string{"sanity", "--python", "default"}
	for _, test := range withoutPackages {
		args = append(args, "--test", test)
	}
	if out, err := run(t, root, dir, "/usr/bin/ansible-test", args...); err != nil {
		t.Errorf("ansible-test: %v\n%s", err, out)
	}

	ignored, err := os.ReadFile(filepath.Join("tests", "sanity", "ignore-2.14.txt"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for kind, pattern := range map[string]string{"module": "plugins/modules/*.py", "inventory": "plugins/inventory/*.py"} {
		files, _ := filepath.Glob(pattern)
		if len(files) == 0 {
			t.Errorf("there is no %s", pattern)
		}
		out, _ := run(t, root, dir, "/usr/bin/python3", append([]string{filepath.Join(validator, "validate.py"), "--arg-spec", "--plugin-type", kind,
			"--collection", "ansible_collections/netmirror/netmirror", "--collection-version", "1.1.0"}, files...)...)
		for line := range strings.Lines(out) {
			path, _, _ := strings.Cut(line, ":")
			if strings.Contains(line, "missing-gplv3-license") && strings.Contains(string(ignored), path+" validate-modules:missing-gplv3-license") {
				seen++
				continue
			}
			t.Errorf("validate-modules: %s", line)
		}
	}
	if want := strings.Count(string(ignored), "\n"); seen != want {
		t.Errorf("validate-modules found %d of what is to be ignored, of %d: did it look?", seen, want)
	}
	if out, err := run(t, root, dir, "pycodestyle", "--max-line-length=160", "--ignore=E402,E741,W503", "plugins"); err != nil {
		t.Errorf("pycodestyle: %v\n%s", err, out)
	}
}

// TestLint: ansible-lint has nothing to say against the collection, nor against the
// playbooks of the tests and of the documentation.
func TestLint(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "ansible-lint")
	root, dir := collection(t)
	books, _ := filepath.Glob(filepath.Join(testkit.Root(t), "cmd", "netmirror", "testdata", "ansible", "*.yml"))
	books = slices.DeleteFunc(books, func(b string) bool { return strings.HasSuffix(b, "netmirror.yml") }) // of the inventory
	if len(books) < 3 {
		t.Fatalf("playbooks %q", books)
	}
	if err := os.MkdirAll(filepath.Join(dir, "playbooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, b := range books {
		text, err := os.ReadFile(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "playbooks", filepath.Base(b)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := run(t, root, dir, "ansible-lint", "--offline", "--nocolor", "-p", "galaxy.yml", "meta/runtime.yml", "playbooks"); err != nil {
		t.Errorf("ansible-lint: %v\n%s", err, out)
	}
}

// TestDocumentation: ansible-doc shows each module with its options.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "/usr/bin/ansible-doc")
	root, dir := collection(t)
	modules, _ := filepath.Glob(filepath.Join("plugins", "modules", "*.py"))
	names := []string{"-t", "module"}
	for _, m := range modules {
		names = append(names, "netmirror.netmirror."+strings.TrimSuffix(filepath.Base(m), ".py"))
	}
	out, err := run(t, root, dir, "/usr/bin/ansible-doc", names...)
	if err != nil || strings.Contains(out, "WARNING") || strings.Contains(out, "ERROR") {
		t.Errorf("ansible-doc: %v\n%s", err, out)
	}
	for _, want := range []string{"NETMIRROR.NETMIRROR.SESSION ", "- max_utilization", "- token_file", "destination_port", "- wait_timeout"} {
		if !strings.Contains(out, want) {
			t.Errorf("ansible-doc does not tell of %q", want)
		}
	}
	if out, err := run(t, root, dir, "/usr/bin/ansible-doc", "-t", "inventory", "netmirror.netmirror.netmirror"); err != nil || !strings.Contains(out, "keyed_groups") {
		t.Errorf("ansible-doc of the inventory: %v\n%s", err, out)
	}
}
