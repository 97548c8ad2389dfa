package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// hostile holds what terminals act upon: a colour, a title, a C1 sequence, a
// bidirectional override, an invisible space, a forged line, a tag.
const hostile = "\x1b[31mred\x1b]0;title\x07 \u009b2J \u202egnp.exe \u200b\r\nsessions/forged Active\t|\x7f\u2028\ufeff\U000e0041."

func TestEscapesAreText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Gi1/0/1 ä 漢 é\n\tx": "Gi1/0/1 ä 漢 é\n\tx",
		"\x1b[0m":            `\x1b[0m`, "\u009b0m": `\u009b0m`, "\u202e": `\u202e`, "\u2066": `\u2066`, "\r": `\x0d`, "\x7f": `\u007f`,
		"\x9b\xff": `\x9b\xff`, "\ufffd": "\ufffd", "\U000e0041": `\udb40\udc41`, "a\xc3": `a\xc3`,
	} {
		var b bytes.Buffer
		if n, err := io.WriteString(visibleWriter{&b}, in); n != len(in) || err != nil || b.String() != want {
			t.Errorf("%q became %q, want %q (%d, %v)", in, b.String(), want, n, err)
		}
	}
	if got := plain("a\nb\tc"); got != `a\nb\tc` {
		t.Error(got)
	}
	if _, err := (visibleWriter{brokenWriter{}}).Write([]byte("\x1b")); err == nil {
		t.Error("the error of the writer is lost")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("full") }

// Every command that shows what a device or another user said shows it as text,
// and machine formats still hold it as it is.
func TestNoCommandLetsATerminalBeDriven(t *testing.T) {
	t.Parallel()
	thing := map[string]any{"id": hostile, "name": hostile, "device": hostile, "session": hostile, "type": hostile, "actor": hostile, "state": hostile, "message": hostile,
		"guess": hostile, "owner": hostile, "sessions": []string{hostile}, "up": hostile, "members": []string{hostile}, "uses": []any{map[string]any{"kind": hostile, "detail": hostile}},
		"native": map[string]any{"destinations": []string{hostile}},
		"spec": map[string]any{"platform": hostile, "device": hostile, "interface": hostile, "ip": hostile, "owner": hostile,
			"sources": []any{map[string]any{"device": hostile, "interface": hostile}}, "destinations": []any{map[string]any{"device": hostile, "interface": hostile}}},
		"status": map[string]any{"phase": "Degraded", "observedAt": time.Now(), "reachable": map[string]any{"status": hostile, "message": hostile}, "facts": map[string]any{"model": hostile, "version": hostile},
			"warnings":   []any{map[string]any{"pointer": hostile, "message": hostile}},
			"conditions": []any{map[string]any{"type": "Configured", "status": "False", "reason": hostile, "message": hostile}}}}
	item, err := json.Marshal(thing)
	if err != nil {
		t.Fatal(err)
	}
	refuse := false
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one := strings.Count(r.URL.Path, "/") == 4 && !strings.HasSuffix(r.URL.Path, "/interfaces")
		switch {
		case refuse:
			w.WriteHeader(http.StatusConflict)
			_ = json.NewEncoder(w).Encode(map[string]any{"title": hostile, "status": 409, "code": hostile, "detail": hostile,
				"errors": []any{map[string]any{"pointer": hostile, "message": hostile, "source": hostile}}})
		case strings.HasSuffix(r.URL.Path, ":check"):
			_ = json.NewEncoder(w).Encode(map[string]any{"ok": false, "items": []any{map[string]any{"name": hostile, "state": "False", "message": hostile}}})
		case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/plans"):
			_ = json.NewEncoder(w).Encode(map[string]any{"objects": []any{map[string]any{"kind": hostile, "name": hostile, "action": hostile}},
				"warnings": []any{map[string]any{"message": hostile}},
				"steps":    []any{map[string]any{"device": hostile, "forward": map[string]any{"blocks": []any{map[string]any{"text": hostile}}}}}})
		case one:
			_, _ = w.Write(item)
		default:
			_, _ = w.Write([]byte(`{"items":[` + string(item) + `]}`))
		}
	}))
	defer api.Close()
	c := &controller{t: t, url: api.URL, token: "t"}
	check := func(lines int, stdin string, args ...string) string {
		t.Helper()
		out, err := c.cli(stdin, args...)
		text := out
		if err != nil {
			var b bytes.Buffer
			_, _ = io.WriteString(visibleWriter{&b}, err.Error())
			text += b.String()
		}
		if i := strings.IndexFunc(text, hidden); i >= 0 {
			t.Errorf("%v: %q", args, text[i:min(len(text), i+40)])
		}
		if !strings.Contains(text, `\x1b[31m`) && !strings.Contains(text, `\u001b[31m`) && !strings.Contains(text, `\e[31m`) {
			t.Errorf("%v does not show it as text: %s", args, text)
		}
		if lines > 0 && strings.Count(out, "\n") != lines {
			t.Errorf("%v: %d lines, want %d:\n%s", args, strings.Count(out, "\n"), lines, out)
		}
		return out
	}
	const session = "sessions: [{name: x, sources: [{device: a, interface: b}], destinations: [{tool: t}]}]"
	for kind := range tables {
		args := []string{"get", kind}
		if kind == "interfaces" || kind == "operations" {
			args = append(args, "x")
		}
		check(2, "", args...)
		var tree []map[string]any
		if err := json.Unmarshal([]byte(check(0, "", append(args, "-o", "json")...)), &tree); err != nil || tree[0]["name"] != hostile {
			t.Errorf("%s as JSON: %v, %v", kind, err, tree)
		}
		tree = nil
		if err := yaml.Unmarshal([]byte(check(0, "", append(args, "-o", "yaml", "--status")...)), &tree); err != nil || cmp.Diff(hostile, tree[0]["name"]) != "" {
			t.Errorf("%s as YAML: %v, %s", kind, err, cmp.Diff(hostile, tree[0]["name"]))
		}
	}
	check(3, session, "apply", "-f", "-")
	check(0, session, "apply", "-o", "json", "-f", "-")
	check(0, session, "apply", "--dry-run", "-f", "-")
	check(2, "", "enable", "x")
	check(0, "", "devices", "check", "x")
	check(0, "", "devices", "check")
	refuse = true
	check(0, session, "apply", "-f", "-")
	for _, args := range [][]string{{"get", "sessions"}, {"enable", "x"}, {"delete", "session", "x"}, {"release", "x"}, {"devices", "check", "x"}} {
		check(0, "", args...)
	}
}

// programCommand is the program as a child of the test.
func programCommand(t *testing.T, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "NETMIRROR_TEST_PROGRAM=1", "GORACE=atexit_sleep_ms=10")
	return cmd
}

// The program itself ends with its error on standard error.
func TestTheLastErrorIsTextToo(t *testing.T) {
	t.Parallel()
	out, err := programCommand(t, "apply", "-f", "/nowhere/"+hostile[:10]).CombinedOutput()
	if err == nil || bytes.ContainsFunc(out, hidden) || !strings.Contains(string(out), `\x1b[31m`) {
		t.Errorf("%v %q", err, out)
	}
}
