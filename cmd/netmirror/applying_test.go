package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A fakeAPI stores what is put, and lets rollouts end when a test wants it. It tells the
// command line what a controller would.
type fakeAPI struct {
	t   *testing.T
	url string

	mu      sync.Mutex
	specs   map[string]string // by path below the base
	etags   map[string]int
	refuse  map[string]map[string]any // problems, by path
	state   func(session string) string
	managed map[string]string // doors of devices, by path
	asked   []string
}

func newFakeAPI(t *testing.T) *fakeAPI {
	f := &fakeAPI{t: t, specs: map[string]string{}, etags: map[string]int{}, refuse: map[string]map[string]any{},
		state: func(string) string { return "succeeded" }}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	f.url = srv.URL
	return f
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api/v1/")
	f.asked = append(f.asked, r.Method+" "+path)
	kind, name, _ := strings.Cut(path, "/")
	problem := func(p map[string]any) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(p["status"].(int))
		_ = json.NewEncoder(w).Encode(p)
	}
	answer := func(status int, v any) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	resource := func() map[string]any {
		return map[string]any{"name": name, "spec": json.RawMessage(f.specs[path]), "status": map[string]any{"phase": "Active", "generation": f.etags[path]}}
	}
	switch p, refused := f.refuse[path]; {
	case name == "" && r.Method == http.MethodGet:
		items := []map[string]any{}
		for _, path = range slices.Sorted(maps.Keys(f.specs)) {
			var of string
			of, name, _ = strings.Cut(path, "/")
			var spec struct{ Labels map[string]string }
			_ = json.Unmarshal([]byte(f.specs[path]), &spec)
			key, value, _ := strings.Cut(r.URL.Query().Get("labelSelector"), "=")
			if of == kind && spec.Labels[key] == value {
				one := resource()
				one["status"].(map[string]any)["managedBy"] = f.managed[path]
				items = append(items, one)
			}
		}
		answer(200, map[string]any{"items": items})
	case r.Method == http.MethodDelete:
		delete(f.specs, path)
		w.WriteHeader(http.StatusNoContent)
	case kind == "operations":
		answer(200, map[string]any{"id": name, "state": f.state(strings.TrimPrefix(name, "op-"))})
	case refused && r.Method == http.MethodPut:
		problem(p)
	case r.Method == http.MethodPut:
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			f.t.Error(err)
		}
		if f.specs[path] == string(raw) {
			w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprint(f.etags[path])))
			answer(200, resource())
			return
		}
		f.specs[path] = string(raw)
		f.etags[path]++
		w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprint(f.etags[path])))
		if kind == "sessions" {
			w.Header().Set("Location", "/api/v1/operations/op-"+name)
			answer(202, resource())
			return
		}
		answer(200, resource())
	case f.specs[path] == "":
		problem(map[string]any{"status": 404, "code": "not-found", "title": "There is no such thing"})
	default:
		w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprint(f.etags[path])))
		answer(200, resource())
	}
}

func (f *fakeAPI) cli(stdin string, args ...string) (string, error) {
	return (&controller{t: f.t, url: f.url, token: "t"}).cli(stdin, args...)
}

// A stuck rollout holds up no other, however many there are: here the stuck ones end only
// once all others were seen to have ended.
func TestWhatIsStuckStarvesNothing(t *testing.T) {
	t.Parallel()
	f := newFakeAPI(t)
	const stuck, quick = 3 * requestsAtATime, 20
	seen := map[string]bool{}
	f.state = func(session string) string {
		switch {
		case strings.HasPrefix(session, "quick"):
			seen[session] = true
			return "succeeded"
		case len(seen) == quick:
			return "failed"
		}
		return "running"
	}
	file := "sessions:\n"
	for i := range stuck {
		file += fmt.Sprintf("  - {name: a-%d, purpose: {}}\n", i)
	}
	for i := range quick {
		file += fmt.Sprintf("  - {name: quick-%d, purpose: {}}\n", i)
	}
	out, err := f.cli(file, "apply", "-f", "-")
	if err != nil || !strings.Contains(out, fmt.Sprintf("%d objects: %d created", stuck+quick, stuck+quick)) {
		t.Errorf("%v\n%s", err, out)
	}
}

// Each object's result is told, with the place in the file and the request of what was refused.
func TestResultsOfApply(t *testing.T) {
	t.Parallel()
	f := newFakeAPI(t)
	f.refuse["sessions/no"] = map[string]any{"status": 422, "code": "cannot-be-done", "title": "This cannot be done here", "requestId": "r-17",
		"detail": "2 reasons", "errors": []any{
			map[string]any{"pointer": "/sources/1/interface", "message": "sw1 has no port x"},
			map[string]any{"pointer": "/kind", "message": "kind must be span"}}}
	f.refuse["tools/broken"] = map[string]any{"status": 500, "code": "internal", "title": "Internal error", "requestId": "r-18"}
	file := filepath.Join(t.TempDir(), "all.yaml")
	const text = `sessions:
  - name: no
    sources:
      - {device: sw1, interface: a}
      - device: sw1
        interface: x
    destinations: [{tool: ids}]
  - name: same
    priority: 5
---
devices:
  - {name: sw1, platform: x}
tools:
  - {name: broken}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	expect := func(out string, err error, want ...string) {
		t.Helper()
		if err == nil || exitCode(err) != exitFailed {
			t.Errorf("%v", err)
		}
		for _, w := range append(want, "2 of 4 objects refused or failed") {
			if !strings.Contains(out+err.Error(), w) {
				t.Errorf("%q is missing in\n%s%v", w, out, err)
			}
		}
	}
	out, err := f.cli("", "apply", "-f", file)
	expect(out, err, "device/sw1 created\n", "session/same created: Active", "tool/broken failed\n  "+file+":14: Internal error (500 internal)\n  request r-18",
		"session/no refused: This cannot be done here (422 cannot-be-done)\n  "+file+":6: sw1 has no port x [/sources/1/interface]\n  "+file+":2: kind must be span [/kind]\n  request r-17\n",
		"4 objects: 2 created, 1 refused, 1 failed")
	if strings.Index(out, "device/sw1") > strings.Index(out, "tool/broken") || strings.Index(out, "tool/broken") > strings.Index(out, "session/no") {
		t.Errorf("not in order:\n%s", out)
	}
	f.specs["sessions/same"] = "{}"
	out, err = f.cli("", "apply", "-f", file, "-o", "json")
	expect(out, err)
	var told struct{ Objects []outcome }
	if err := json.NewDecoder(strings.NewReader(out)).Decode(&told); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := map[string]outcome{}
	for _, o := range told.Objects {
		got[o.String()] = o
	}
	if no := got["session/no"]; no.Result != "refused" || no.Request != "r-17" || len(no.Reasons) != 2 || no.Reasons[0].Place != file+":6" ||
		got["session/same"].Result != "configured" || got["device/sw1"].Result != "unchanged" || got["tool/broken"].Result != "failed" {
		t.Errorf("%+v", got)
	}
	out, err = f.cli("", "apply", "-f", file, "-o", "name")
	expect(out, err, "device/sw1\n", "session/same\n")
}

// What would befall every object is told once.
func TestNobodyAnswersIsToldOnce(t *testing.T) {
	t.Parallel()
	f := newFakeAPI(t)
	for _, name := range []string{"a", "b", "c"} {
		f.refuse["sessions/"+name] = map[string]any{"status": 401, "code": "unauthenticated", "title": "Not known"}
	}
	const file = "sessions: [{name: a}, {name: b}, {name: c}]"
	if out, err := f.cli(file, "apply", "-f", "-"); err == nil || strings.Contains(out, "Not known") || strings.Count(err.Error(), "Not known") != 1 {
		t.Errorf("%s %v", out, err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	f.url = gone.URL
	if out, err := f.cli(file, "apply", "-f", "-"); err == nil || out != "" || strings.Count(err.Error(), "no connection to") != 1 || !strings.Contains(err.Error(), "is it running there?") {
		t.Errorf("%s %v", out, err)
	}
}

// On a terminal a live line tells what is at work, and nothing of it stays.
func TestApplyIsWatchedOnATerminal(t *testing.T) {
	t.Parallel()
	f := newFakeAPI(t)
	keys, tty := newTerminal(t)
	shown := make(chan string)
	go func() {
		var all strings.Builder
		buf := make([]byte, 4096)
		for !strings.Contains(all.String(), "1 object:") {
			n, err := keys.Read(buf)
			all.Write(buf[:n])
			if err != nil {
				break
			}
		}
		shown <- all.String()
	}()
	env := map[string]string{"NETMIRROR_URL": f.url, "NETMIRROR_TOKEN": "t"}
	c := console{strings.NewReader("sessions: [{name: a, priority: 4}]"), tty, tty, func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
	if err := run(t.Context(), []string{"apply", "-f", "-"}, c); err != nil {
		t.Fatal(err)
	}
	text := <-shown
	if !strings.Contains(text, "0 of 1 done, session/a at work") || !strings.HasSuffix(strings.TrimRight(text, "\r\n"), "\r\x1b[Ksession/a created: Active, generation 1\r\n1 object: 1 created") {
		t.Errorf("%q", text)
	}
}

// Places in files are found through documents, aliases and what is missing.
func TestPlacesInFiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := write("a.yaml", "sessions:\n- &x\n  name: one\n  sources:\n  - {device: d}\n---\n---\ntools: [{name: t}]\n---\nsessions:\n- name: two\n  labels: {a/b: c}\n")
	b := write("b.json", `{"sessions": [{"name": "three"}]}`)
	m, err := readManifest([]string{a, b}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]string{
		"/sessions/0": a + ":2", "/sessions/0/sources/0/device": a + ":5", "/sessions/0/sources/7": a + ":4", "/sessions/1/labels/a~1b": a + ":12",
		"/sessions/2/name": b + ":1", "/tools/0": a + ":8", "/sessions/0/kind": a + ":2",
	} {
		if got, _, ok := m.placed(pointer); !ok || got != want {
			t.Errorf("%s is at %s, want %s", pointer, got, want)
		}
	}
	for _, nowhere := range []string{"", "/sessions", "/sessions/3", "/sessions/x/name", "/delete/0"} {
		if got, _, ok := m.placed(nowhere); ok {
			t.Errorf("%q is at %s", nowhere, got)
		}
	}
	twice := write("c.yaml", "tools:\n\n- {name: t}\n- {name: t}\n- {interface: x}\n")
	_, err = readManifest([]string{a, twice}, nil)
	for _, want := range []string{twice + ":3: tools/t was in " + a + ":8 already", twice + ":4: tools/t was in " + a + ":8", twice + ":5: tools[3] has no name"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
}

// What is pruned is shown and asked for; what another door manages, or is only looked at,
// is kept.
func TestPruningAsks(t *testing.T) {
	t.Parallel()
	f := newFakeAPI(t)
	const voice = `{"labels":{"team":"voice"}}`
	f.specs = map[string]string{"sessions/old": voice, "sessions/other": `{"labels":{"team":"web"}}`, "tools/spare": voice,
		"devices/netbox": voice, "devices/seen": `{"labels":{"team":"voice"},"mode":"observe"}`, "devices/gone": voice}
	f.managed = map[string]string{"devices/netbox": "netbox", "devices/gone": "api"}
	env := map[string]string{"NETMIRROR_URL": f.url, "NETMIRROR_TOKEN": "t"}
	file := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(file, []byte("sessions: [{name: new, labels: {team: voice}}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	prune := func(says string) (string, error) {
		t.Helper()
		keys, tty := newTerminal(t)
		var out lockedBuffer
		done := make(chan error, 1)
		go func() {
			done <- run(t.Context(), []string{"apply", "-f", file, "--prune", "-l", "team=voice"},
				console{tty, &out, &out, func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
		}()
		testkit.Eventually(t, patience, "it asks", func() bool { return strings.Contains(out.String(), "[y/N]") })
		if _, err := io.WriteString(keys, says+"\n"); err != nil {
			t.Fatal(err)
		}
		err := <-done
		return out.String(), err
	}
	out, err := prune("n")
	if err == nil || !strings.Contains(out, "  session/old\n  tool/spare\n  device/gone\nDelete 3 objects? [y/N] ") || !strings.Contains(out, "nothing was deleted") || f.specs["sessions/old"] == "" {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = prune("yes")
	for _, want := range []string{"session/old deleted\n", "tool/spare deleted\n", "device/gone deleted\n", "device/netbox refused\n  it is kept: managed by netbox", "device/seen refused\n  it is kept: in mode observe",
		"6 objects: 1 unchanged, 3 deleted, 2 refused"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %v\n%s", want, err, out)
		}
	}
	if got := slices.Sorted(maps.Keys(f.specs)); err == nil || !slices.Equal(got, []string{"devices/netbox", "devices/seen", "sessions/new", "sessions/other"}) {
		t.Errorf("%v: left are %v", err, got)
	}
	f.refuse["sessions/new"] = map[string]any{"status": 409, "code": "conflict", "title": "No"}
	f.specs["sessions/old"] = voice
	if out, err := f.cli("", "apply", "-f", file, "--prune", "--yes", "-l", "team=voice"); err == nil || !strings.Contains(out, "nothing is pruned while") || f.specs["sessions/old"] == "" {
		t.Errorf("%v\n%s", err, out)
	}
}

// Lines of devices are told by what is there before and afterwards.
func TestTextDiff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format, verb, forward, undo, want string
	}{
		{"cli", "create", "monitor 1 source a\n", "no monitor 1\n", "+ monitor 1 source a"},
		{"cli", "delete", "no monitor 1\n", "monitor 1 source a\nmonitor 1 destination b", "- monitor 1 source a|- monitor 1 destination b"},
		{"cli", "change", "no monitor 1 destination b\nno monitor 1 filter x\nmonitor 1 filter y\nmonitor 1 destination b", "no monitor 1 destination b\nno monitor 1 filter y\nmonitor 1 filter x\nmonitor 1 destination b",
			"- monitor 1 filter x|+ monitor 1 filter y"},
		{"cli", "change", "delete a b c\nset a b d", "delete a b d\nset a b c", "- set a b c|+ set a b d"},
		{"cli", "change", "no monitor 1 source a\nno shutdown", "monitor 1 source a rx\nshutdown", "- monitor 1 source a rx|- shutdown"},
		{"ovsdb", "change", "{\n \"op\": 1\n}", "{}", "+ {|+  \"op\": 1|+ }"},
	} {
		if got := strings.Join(textDiff(c.format, c.verb, c.forward, c.undo), "|"); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.verb, c.forward, got, c.want)
		}
	}
}

// Only a label that is asked for with a value chooses what may be deleted.
func TestChoosingByLabels(t *testing.T) {
	t.Parallel()
	for selector, want := range map[string]bool{
		"team=voice": true, "env!=lab,team=voice": true, "team==voice": true, "site in (a,b)": true, "zone notin (x), site in (a)": true, "example.org/team=voice": true,
		"": false, "env!=lab": false, "team=": false, "=voice": false, "owner": false, "!spare": false, "zone notin (x)": false, "zone notin (a,b=c)": false, "site in ()": false, ",": false,
	} {
		if got := chooses(selector); got != want {
			t.Errorf("%q: %v", selector, got)
		}
	}
}
