package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// curlScripts are the scripts of examples/curl in a folder of their own, with a PATH that
// has just what they may use.
type curlScripts struct {
	*waysIn
	path string
}

func newCurlScripts(t *testing.T, programs ...string) *curlScripts {
	t.Helper()
	w := &curlScripts{newWaysIn(t), t.TempDir()}
	for _, p := range append(programs, "curl", "cat", "dirname", "grep", "mktemp", "rm", "sed", "sleep") {
		at, err := exec.LookPath(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(at, filepath.Join(w.path, p)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(w.dir, "curl"), os.DirFS(filepath.Join(testkit.Root(t), "examples", "curl"))); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *curlScripts) script(name string, args ...string) *exec.Cmd {
	cmd := w.command("/usr/bin/dash", append([]string{filepath.Join("curl", name)}, args...)...)
	cmd.Env = []string{"PATH=" + w.path, "HOME=" + w.dir, "TMPDIR=" + w.dir, "NETMIRROR_URL=" + w.url, "NETMIRROR_TOKEN_FILE=" + filepath.Join(w.dir, "token")}
	return cmd
}

// runs has a script run, which ends with this code and says this.
func (w *curlScripts) runs(code int, want []string, name string, args ...string) string {
	w.t.Helper()
	cmd := w.script(name, args...)
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		w.t.Errorf("%s %q: exit code %d, want %d\n%s", name, args, got, code, out)
	}
	w.says(string(out), want...)
	if left, _ := filepath.Glob(filepath.Join(w.dir, "tmp.*")); left != nil {
		w.t.Errorf("%s leaves %q, which has the token", name, left)
	}
	return string(out)
}

// TestCurlScripts: a session by the scripts of examples/curl, without jq.
func TestCurlScripts(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "curl", "dash")
	w := newCurlScripts(t)
	before := w.acc.RunningConfig()
	manifest, err := os.ReadFile(filepath.Join(w.dir, "curl", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(w.acc.Addr(), ":")
	w.write("manifest.json", strings.Replace(string(manifest), "2201", port, 1))

	out := w.runs(0, []string{"created   device acc-1", "created   session phone", "to do it: "}, "plan.sh", "manifest.json")
	_, plan, _ := strings.Cut(out, " apply ")
	w.call("GET", "/sessions/phone", "", 404)
	w.runs(0, []string{"done: plan-"}, "plan.sh", "apply", strings.TrimSpace(plan))
	w.reach("phone", "Active")

	watch := w.script("watch.sh", "phone")
	watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said, itsOwn := &lockedBuffer{}, t.TempDir()
	watch.Env = append(watch.Env, "TMPDIR="+itsOwn)
	watch.Stdout, watch.Stderr = said, said
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	end := sync.OnceFunc(func() {
		_ = syscall.Kill(-watch.Process.Pid, syscall.SIGTERM)
		_ = watch.Wait()
	})
	t.Cleanup(end)
	testkit.Eventually(t, patience, "watch.sh says how the session is", func() bool { return strings.Contains(said.String(), "phone is Active") })

	w.runs(0, []string{"phone is Active"}, "create.sh", "phone", "curl/session.json")
	generation := w.session("phone").Status.Generation
	w.runs(0, []string{"phone is Active"}, "create.sh", "phone", "curl/session.json")
	if now := w.session("phone").Status.Generation; now != generation {
		t.Errorf("the same file again is generation %d, want %d", now, generation)
	}
	w.runs(0, []string{"phone is Active", "until 20"}, "extend.sh", "phone", "5h")
	// Each look at the stream begins behind what was there before it: one more change is seen for sure.
	testkit.Eventually(t, patience, "watch.sh tells of a change", func() bool {
		w.runs(0, nil, "extend.sh", "phone")
		return strings.Contains(said.String(), `"type":"SessionChanged"`)
	})

	w.write("wrong.json", `{"sources": [{"device": "acc-1", "interface": "Gi1/0/99"}], "destinations": [{"tool": "ids-1"}]}`)
	w.runs(1, []string{"PUT sessions/wrong: refused", "has no port GigabitEthernet1/0/99", "/sources/0"}, "create.sh", "wrong", "wrong.json")
	w.runs(1, []string{"refused", "/duration"}, "extend.sh", "phone", "long")
	w.runs(2, []string{`"phone/x" is no name`, "usage: "}, "create.sh", "phone/x", "wrong.json")
	w.runs(2, []string{"nothing.json cannot be read", "usage: "}, "create.sh", "phone", "nothing.json")
	w.runs(2, []string{"nothing.json cannot be read", "usage: "}, "plan.sh", "nothing.json")

	w.runs(0, []string{"phone is gone"}, "delete.sh", "phone")
	w.runs(0, []string{"phone is gone"}, "delete.sh", "phone")
	if now := w.acc.RunningConfig(); now != before {
		t.Errorf("something is left on the switch:\n%s", lineDiff(before, now))
	}
	end()
	if left, _ := os.ReadDir(itsOwn); len(left) > 0 {
		t.Errorf("watch.sh leaves %v, which has the token", left)
	}
	w.write("token", "nmt_WRONG\n")
	w.runs(1, []string{"does not know the token of ", "netmirror token create"}, "delete.sh", "phone")
	w.runs(1, []string{"does not know the token of "}, "create.sh", "phone", "wrong.json")
	w.write("token", "")
	w.runs(2, []string{"no token in "}, "delete.sh", "phone")
}

// TestCurlScriptsAtAnotherProgram: what answers there and is no controller is told, and what it
// does not have is not taken for gone.
func TestCurlScriptsAtAnotherProgram(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "curl", "dash")
	w := newCurlScripts(t)
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	w.url = other.URL
	w.runs(1, []string{"DELETE sessions/phone: 404 of " + other.URL + " (NETMIRROR_URL), which is no answer of netmirror's"}, "delete.sh", "phone")
}

// TestCurlScriptsTellReasons: with jq a refusal is lines, each reason with its place.
func TestCurlScriptsTellReasons(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "curl", "dash", "jq")
	w := newCurlScripts(t, "jq")
	w.write("wrong.json", `{"sources": [{"device": "nix", "interface": "Gi1/0/9"}], "destinations": [{"tool": "none"}]}`)
	w.runs(1, []string{"PUT sessions/wrong: refused\nThis cannot be done here (422 cannot-be-done): refused for 2 reasons\n",
		"\n  /sources/0/device: there is no device \"nix\"\n  /destinations/0/tool: there is no tool \"none\"\nrequest "}, "create.sh", "wrong", "wrong.json")
}

// TestCurlScriptsAreClean: no shell and no shellcheck has something to say against them.
func TestCurlScriptsAreClean(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "dash", "sh", "shellcheck")
	dir := filepath.Join(testkit.Root(t), "examples", "curl")
	scripts, err := filepath.Glob(filepath.Join(dir, "*.sh"))
	if err != nil || len(scripts) < 6 {
		t.Fatalf("%d scripts: %v", len(scripts), err)
	}
	for _, s := range scripts {
		for _, check := range [][]string{{"sh", "-n"}, {"dash", "-n"}, {"shellcheck", "--external-sources", "--shell=sh"}} {
			cmd := exec.Command(check[0], append(check[1:], s)...)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s %s: %v\n%s", check[0], filepath.Base(s), err, out)
			}
		}
	}
}
