package ansible

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

const secret = "nmt_OF_NO_LOG"

// A fake answers as a controller might: the handlers of a request in turn, the last one
// for good.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string][]http.HandlerFunc // by method and path below /api/v1
	asked   []string                      // method, path and body
	auth    []string
}

func newFake(t *testing.T, start func(http.Handler) *httptest.Server, answers map[string][]http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{answers: answers}
	f.Server = start(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	key := r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/api/v1")
	f.mu.Lock()
	f.asked = append(f.asked, strings.TrimSpace(key+" "+string(body)))
	f.auth = append(f.auth, r.Header.Get("Authorization"))
	list := f.answers[key]
	if len(list) > 1 {
		f.answers[key] = list[1:]
	}
	f.mu.Unlock()
	if len(list) == 0 {
		problem(404, `"code":"not-found","title":"There is no such thing"`)(w, r)
		return
	}
	list[0](w, r)
}

func (f *fake) count(prefix string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.asked {
		if strings.HasPrefix(a, prefix) {
			n++
		}
	}
	return n
}

func answer(status int, etag, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func problem(status int, fields string) http.HandlerFunc {
	return answer(status, "", fmt.Sprintf(`{"type":"x","status":%d,%s}`, status, fields))
}

// session is one in a phase, with further fields of its status.
func session(phase, more string) string {
	return fmt.Sprintf(`{"name":"s","spec":{"enabled":true,"sources":[{"device":"a","interface":"Gi1"}],"destinations":[{"tool":"t"}]},
		"status":{"phase":%q,"generation":2,"conditions":[],"fragments":[],"operation":"op-1"%s}}`, phase, more)
}

// module runs a module as Ansible would, on the machine itself, and gives what it says. A
// value of nil takes a usual argument away.
func module(t *testing.T, name string, args map[string]any, env ...string) (result map[string]any, raw string) {
	t.Helper()
	dir := t.TempDir()
	all := map[string]any{"token": secret, "name": "s", "_ansible_remote_tmp": dir}
	if name == "session" && args["state"] != "absent" {
		all["sources"], all["destinations"] = []any{map[string]any{"device": "a", "interface": "Gi1"}}, []any{map[string]any{"tool": "t"}}
	}
	maps.Copy(all, args)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	text, err := json.Marshal(map[string]any{"ANSIBLE_MODULE_ARGS": all})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "args.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	root, _ := collection(t)
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-m", "ansible_collections.netmirror.netmirror.plugins.modules."+name, file)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=/usr/bin:/bin", "HOME=" + dir, "LANG=C.UTF-8", "PYTHONPATH=" + root, "PYTHONDONTWRITEBYTECODE=1"}, env...)
	out, _ := cmd.CombinedOutput()
	if strings.Contains(string(out), secret) {
		t.Errorf("the token is told:\n%s", out)
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return result, string(out)
}

func needPython(t *testing.T) {
	t.Helper()
	testkit.Need(t, "/usr/bin/ansible-playbook", "/usr/bin/python3")
}

// TestHowASessionIsWaitedFor: a rollout that ends well, one that a device refuses, one that
// takes too long, a device that is away, a controller that has begun anew.
func TestHowASessionIsWaitedFor(t *testing.T) {
	t.Parallel()
	needPython(t)
	const stored = `,"observedGeneration":2`
	conditions := func(list string) string {
		return strings.Replace(session("PHASE", ""), `"conditions":[]`, `"conditions":[`+list+`]`, 1)
	}
	for name, c := range map[string]struct {
		put    http.HandlerFunc
		then   []string // looks at the session
		op     string
		args   map[string]any
		failed bool
		want   []string
		looks  int // at least
	}{
		"at once":        {put: answer(200, `"2"`, session("Active", stored)), want: []string{`"changed": true`}},
		"in the end":     {put: answer(202, `"2"`, session("Applying", "")), then: []string{session("Applying", ""), session("Active", stored)}, want: []string{`"changed": true`}, looks: 2},
		"not waited for": {put: answer(202, `"2"`, session("Applying", "")), args: map[string]any{"wait": false}, want: []string{`"changed": true`, "Applying"}},
		"a device refuses": {put: answer(202, `"2"`, session("Applying", "")), then: []string{session("Failed", "")}, op: `{"state":"failed","message":"acc-1: % Invalid input"}`,
			failed: true, want: []string{"session s: Failed: acc-1: % Invalid input", `"phase": "Failed"`}},
		"a change that was undone": {put: answer(200, `"2"`, session("Active", `,"refusedGeneration":2`)), op: `{"state":"failed","message":"acc-1: % Bad"}`, failed: true, want: []string{"acc-1: % Bad"}},
		"it fails as it did":       {put: answer(200, `"1"`, session("Failed", "")), op: `{"state":"failed","message":"as before"}`, failed: true, want: []string{"as before"}},
		"too long": {put: answer(202, `"2"`, session("Applying", "")), then: []string{session("Applying", "")}, args: map[string]any{"wait_timeout": 1},
			failed: true, want: []string{"still Applying after 1 s, and it goes on by itself"}},
		"a device that is away": {put: answer(202, `"2"`, strings.Replace(conditions(`{"type":"Admitted","status":"Unknown","reason":"DeviceUnreachable","message":"acc-1 is away"}`), "PHASE", "Pending", 1)),
			want: []string{"accepted, and waits: Admitted DeviceUnreachable: acc-1 is away"}},
		"not read yet": {put: answer(200, `"1"`, strings.Replace(conditions(`{"type":"Configured","status":"Unknown","reason":"NotReadYet"}`), "PHASE", "Unknown", 1)),
			then: []string{session("Active", stored)}, want: []string{`"changed": false`}, looks: 1},
		"expired": {put: answer(200, `"1"`, session("Expired", stored)), want: []string{"its lease is over"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			looks := []http.HandlerFunc{answer(200, `"1"`, session("Active", stored))}
			for _, s := range c.then {
				looks = append(looks, answer(200, `"2"`, s))
			}
			f := newFake(t, httptest.NewServer, map[string][]http.HandlerFunc{"GET /sessions/s": looks, "PUT /sessions/s": {c.put}, "GET /operations/op-1": {answer(200, "", c.op)}})
			if c.op == "" {
				delete(f.answers, "GET /operations/op-1")
			}
			args := map[string]any{"url": f.URL}
			maps.Copy(args, c.args)
			got, raw := module(t, "session", args)
			if failed, _ := got["failed"].(bool); failed != c.failed {
				t.Errorf("failed is %v, want %v: %s", failed, c.failed, raw)
			}
			for _, w := range c.want {
				if !strings.Contains(raw, w) {
					t.Errorf("%q is missing in %s", w, raw)
				}
			}
			if n := f.count("GET /sessions/s") - 1; n < c.looks {
				t.Errorf("%d looks at the session, want %d", n, c.looks)
			}
		})
	}
}

// TestWhenSomebodyElseWrites: the task reads again and writes on that; a task that is held
// to a version does not.
func TestWhenSomebodyElseWrites(t *testing.T) {
	t.Parallel()
	needPython(t)
	changed := problem(412, `"code":"precondition-failed","title":"It is not as you say"`)
	tool := func(version int) http.HandlerFunc {
		return answer(200, fmt.Sprintf(`"%d"`, version), fmt.Sprintf(`{"name":"s","spec":{"ip":"192.0.2.%d"},"status":{"version":%d}}`, version, version))
	}
	for name, c := range map[string]struct {
		ifMatch any
		failed  bool
		puts    int
	}{"again": {nil, false, 2}, "held": {"1", true, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, httptest.NewServer, map[string][]http.HandlerFunc{"GET /tools/s": {tool(1), tool(2)}, "PUT /tools/s": {changed, tool(3)}})
			got, raw := module(t, "tool", map[string]any{"url": f.URL, "ip": "192.0.2.3", "if_match": c.ifMatch})
			if failed, _ := got["failed"].(bool); failed != c.failed || f.count("PUT") != c.puts {
				t.Errorf("failed %v after %d writes: %s", failed, f.count("PUT"), raw)
			}
		})
	}
}

// TestAnotherNameOfAPort: where the controller makes the same of both names, the stored
// one is kept and nothing changes; never where ports could have changed places with what
// stands beside them.
func TestAnotherNameOfAPort(t *testing.T) {
	t.Parallel()
	needPython(t)
	source := func(port string, priority int) map[string]any {
		return map[string]any{"device": "a", "interface": port, "priority": priority}
	}
	// The devices get the set of ports, by the last letter of their names.
	dry := func(w http.ResponseWriter, r *http.Request) {
		var spec struct{ Sources []struct{ Interface string } }
		_ = json.NewDecoder(r.Body).Decode(&spec)
		var ports []string
		for _, s := range spec.Sources {
			ports = append(ports, s.Interface[len(s.Interface)-1:])
		}
		slices.Sort(ports)
		answer(200, "", fmt.Sprintf(`{"spec":{},"fragments":[%q],"devices":[]}`, strings.Join(ports, "")))(w, r)
	}
	for name, c := range map[string]struct {
		stored, given []any
		kept          bool
	}{
		"the same":                {[]any{source("Gi1", 5)}, []any{source("GigabitEthernet1", 5)}, true},
		"another port":            {[]any{source("Gi1", 5)}, []any{source("GigabitEthernet2", 5)}, false},
		"another setting as well": {[]any{source("Gi1", 5)}, []any{source("GigabitEthernet1", 6)}, true}, // of the field that differs the controller says
		"two, alike":              {[]any{source("Gi1", 5), source("Gi2", 5)}, []any{source("GigabitEthernet1", 5), source("GigabitEthernet2", 5)}, true},
		"two that changed places": {[]any{source("Gi1", 5), source("Gi2", 6)}, []any{source("Gi2", 5), source("Gi1", 6)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, _ := json.Marshal(map[string]any{"sources": c.stored, "destinations": []any{map[string]any{"tool": "t"}}})
			stored := answer(200, `"1"`, fmt.Sprintf(`{"name":"s","spec":%s,"status":{"phase":"Active","generation":1,"conditions":[],"fragments":[]}}`, spec))
			f := newFake(t, httptest.NewServer, nil)
			f.answers = map[string][]http.HandlerFunc{"GET /sessions/s": {stored}, "PUT /sessions/s": {stored}, "PUT /sessions/s?dryRun=true": {func(w http.ResponseWriter, r *http.Request) {
				f.mu.Lock()
				_, body, _ := strings.Cut(f.asked[len(f.asked)-1], "dryRun=true ")
				f.mu.Unlock()
				r.Body = io.NopCloser(strings.NewReader(body))
				dry(w, r)
			}}}
			_, raw := module(t, "session", map[string]any{"url": f.URL, "sources": c.given})
			wanted := c.given
			if c.kept {
				wanted = c.stored
			}
			name := wanted[0].(map[string]any)["interface"].(string)
			sent := slices.IndexFunc(f.asked, func(a string) bool { return strings.HasPrefix(a, "PUT /sessions/s {") })
			if sent < 0 || !strings.Contains(f.asked[sent], `"sources": [{"device": "a", "interface": "`+name+`"`) {
				t.Errorf("want %s first: %q\n%s", name, f.asked, raw)
			}
		})
	}
}

// TestHowTheControllerIsAsked: what it has no place for is asked again; the token goes to it
// alone, and comes from where the task says; what is no controller is told.
func TestHowTheControllerIsAsked(t *testing.T) {
	t.Parallel()
	needPython(t)
	none := answer(200, "", `{"items":[]}`)
	const list = "GET /sessions?limit=500"
	elsewhere := newFake(t, httptest.NewServer, map[string][]http.HandlerFunc{list: {none}})
	later := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "1")
		problem(429, `"code":"rate-limited","title":"Too many"`)(w, r)
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("nmt_OF_FILE\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answers []http.HandlerFunc
		args    map[string]any
		env     []string
		auth    string // "" = nothing was asked
		want    string
	}{
		"as it is told":          {[]http.HandlerFunc{none}, nil, []string{"NETMIRROR_TOKEN=nmt_OF_ENV"}, secret, `"sessions": []`},
		"asked again":            {[]http.HandlerFunc{later, none}, nil, nil, secret, `"sessions": []`},
		"a file before the rest": {[]http.HandlerFunc{none}, map[string]any{"token": nil, "token_file": file}, []string{"NETMIRROR_TOKEN=nmt_OF_ENV"}, "nmt_OF_FILE", `"sessions": []`},
		"by the environment":     {[]http.HandlerFunc{none}, map[string]any{"token": nil}, []string{"NETMIRROR_TOKEN=nmt_OF_ENV"}, "nmt_OF_ENV", `"sessions": []`},
		"by its file":            {[]http.HandlerFunc{none}, map[string]any{"token": nil}, []string{"NETMIRROR_TOKEN_FILE=" + file}, "nmt_OF_FILE", `"sessions": []`},
		"no token":               {nil, map[string]any{"token": nil}, nil, "", "no token: give token or token_file"},
		"two tokens":             {nil, map[string]any{"token_file": file}, nil, "", "give one of them"},
		"no such file":           {nil, map[string]any{"token": nil, "token_file": "/nowhere/token"}, nil, "", "No such file"},
		"a token of two lines":   {nil, map[string]any{"token": "a\nb"}, nil, "", "characters that no token has"},
		"an address with a name": {nil, map[string]any{"url": "http://me@127.0.0.1:1"}, nil, "", "have no place in it"},
		"nobody listens":         {nil, map[string]any{"url": "http://127.0.0.1:1"}, nil, "", "Connection refused; is it running there?"},
		"the API's own path":     {nil, map[string]any{"url": "http://127.0.0.1:1/api/v1/"}, nil, "", "an address ends before /api/v1"},
		"somebody else": {[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }}, nil, nil, secret,
			"the answer is no JSON; is this a netmirror controller?"},
		"a proxy": {[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", 502) }}, nil, nil, secret, `no document of the API (502 )\n  http://127.0.0.1:`},
		"a redirect": {[]http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
		}}, nil, nil, secret, "(307"},
		"a token of nobody": {[]http.HandlerFunc{problem(401, `"code":"unauthenticated","title":"A token is needed"`)}, map[string]any{"token": nil, "token_file": file}, nil, "nmt_OF_FILE",
			`the token is that of the file ` + file + `; netmirror token create`},
		"refused": {[]http.HandlerFunc{problem(403, `"code":"forbidden","title":"Not with this token","detail":"needs access viewer"`)}, nil, nil, secret, `Not with this token (403 forbidden)\n  needs access viewer`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, httptest.NewServer, map[string][]http.HandlerFunc{list: c.answers})
			args := map[string]any{"url": f.URL, "name": nil}
			maps.Copy(args, c.args)
			_, raw := module(t, "session_info", args, c.env...)
			if !strings.Contains(raw, c.want) {
				t.Errorf("%q is missing in %s", c.want, raw)
			}
			if c.auth == "" && len(f.auth) > 0 || c.auth != "" && (len(f.auth) == 0 || slices.ContainsFunc(f.auth, func(a string) bool { return a != "Bearer "+c.auth })) {
				t.Errorf("it is asked with %q, want %q", f.auth, c.auth)
			}
		})
	}
	t.Cleanup(func() {
		if len(elsewhere.asked) > 0 {
			t.Errorf("a redirect was followed: %q", elsewhere.asked)
		}
	})
}

// TestTLS: a certificate that nobody vouches for is refused, and nothing is sent; with
// ca_path it is trusted. ~/.netrc is not asked.
func TestTLS(t *testing.T) {
	t.Parallel()
	needPython(t)
	f := newFake(t, httptest.NewTLSServer, map[string][]http.HandlerFunc{"GET /sessions?limit=500": {answer(200, "", `{"items":[]}`)}})
	_, raw := module(t, "session_info", map[string]any{"url": f.URL, "name": nil})
	if !strings.Contains(raw, "CERTIFICATE_VERIFY_FAILED") || !strings.Contains(raw, "ca_path (or NETMIRROR_CA) names") || len(f.asked) > 0 {
		t.Errorf("asked %q: %s", f.asked, raw)
	}
	plain := newFake(t, httptest.NewServer, nil)
	for at, want := range map[string]string{"http" + strings.TrimPrefix(f.URL, "https"): "it speaks https there and not http", "https" + strings.TrimPrefix(plain.URL, "http"): "it speaks http there and not https"} {
		if _, raw := module(t, "session_info", map[string]any{"url": at, "name": nil}); !strings.Contains(raw, want) {
			t.Errorf("%s: %q is missing in %s", at, want, raw)
		}
	}
	dir := t.TempDir()
	ca, netrc := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "netrc")
	at, _ := url.Parse(f.URL)
	for path, text := range map[string]string{
		ca:    string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})),
		netrc: "machine " + at.Hostname() + " login me password mine\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, raw = module(t, "session_info", map[string]any{"url": f.URL, "name": nil, "ca_path": ca}, "NETRC="+netrc)
	if !strings.Contains(raw, `"sessions": []`) || !slices.Equal(f.auth, []string{"Bearer " + secret}) {
		t.Errorf("asked with %q: %s", f.auth, raw)
	}
}
