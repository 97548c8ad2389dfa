package doctest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// lines is a page in which ~ stands for a backquote.
func lines(l ...string) string { return strings.ReplaceAll(strings.Join(l, "\n")+"\n", "~", "`") }

func TestParse(t *testing.T) {
	got, err := Parse(lines(
		"# A page", "<!-- test: setup=lab -->", "~~~yaml", "# a.yaml", "a: 1", "~~~",
		"Text with ~~~sh inside.", "<!-- test: exit=3, input=a b -->", "~~~sh", "netmirror plan", "~~~", "prints", "~~~text", "x", "~~~", "~~~json", "{}", "~~~",
		"- in a list", "  ~~~sh", "  one", "    two", "  ~~~",
		"<!-- test: skip, needs a switch, and root -->", "", "~~~sh", "ssh", "~~~"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{
		{Line: 2, Setup: "lab"},
		{Line: 3, Lang: "yaml", Text: "# a.yaml\na: 1\n", File: "a.yaml"},
		{Line: 9, Lang: "sh", Text: "netmirror plan\n", Exit: 3, Input: "a\nb\n", Outputs: []Output{{13, false, "x\n"}, {16, true, "{}\n"}}},
		{Line: 20, Lang: "sh", Text: "one\n  two\n"},
		{Line: 26, Lang: "sh", Text: "ssh\n", Skip: "needs a switch, and root"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestPagesThatSayWhatNobodyUnderstands(t *testing.T) {
	for name, c := range map[string]struct{ page, want string }{
		"no end":                    {lines("~~~sh", "a"), "line 1: the block has no end"},
		"no language":               {lines("~~~", "a", "~~~"), "line 1: the block has no language"},
		"no block":                  {lines("<!-- test: again -->", "text", "~~~sh", "~~~"), "line 1: what is said of a block has no block"},
		"nothing behind":            {lines("<!-- test: again -->"), "line 1: what is said of a block has no block"},
		"said twice":                {lines("<!-- test: again -->", "<!-- test: again -->", "~~~sh", "~~~"), "line 1: what is said of a block has no block"},
		"a misspelt word":           {lines("<!-- test: agian -->", "~~~sh", "~~~"), `line 1: "agian" says nothing of a block of "sh"`},
		"a word of another":         {lines("<!-- test: exit=1 -->", "~~~yaml", "~~~"), `line 1: "exit=1" says nothing`},
		"a misspelt comment":        {lines("<!-- test skip, x -->", "~~~sh", "~~~"), "line 1: a comment of a test stands alone"},
		"skip without reason":       {lines("<!-- test: skip -->", "~~~sh", "~~~"), `line 1: "skip" says nothing`},
		"an exit code":              {lines("<!-- test: exit=0 -->", "~~~sh", "~~~"), "is no exit code"},
		"output of nothing":         {lines("~~~text", "~~~"), "line 1: the output is of no block"},
		"output of another section": {lines("~~~sh", "~~~", "## Next", "~~~text", "~~~"), "line 4: the output is of no block"},
		"both ways":                 {lines("<!-- test: background, again -->", "~~~sh", "~~~"), "neither ends nor begins again"},
		"a path as a name":          {lines("<!-- test: setup=../x -->"), "is no name of a setup"},
	} {
		if _, err := Parse(c.page); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for text, want := range map[string]string{
		"echo x > /etc/passwd":                            "would touch /etc/",
		"rm -rf /var/lib/other":                           "would touch /var/",
		"sudo useradd netmirror":                          "would touch useradd",
		"systemctl restart netmirror":                     "would touch systemctl",
		"netmirror serve --data /var/lib/netmirror":       "",
		"netmirror token list >/etc/netmirror/list":       "",
		"curl http://127.0.0.1:8420/var/lib and services": "",
	} {
		err := Check([]Block{{Line: 1, Lang: "sh", Text: text}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if err := Check([]Block{{Line: 1, Lang: "sh", Again: true}}); err == nil {
		t.Error("nobody sees what is waited for")
	}
}

func TestMatch(t *testing.T) {
	const output = "NAME   PHASE\nphone  Active   \n\nop-1 done\n"
	for pattern, want := range map[string]string{
		"NAME PHASE\nphone Active\nop-... done": "",
		"NAME PHASE\n...":                       "",
		"...\nop-1 done":                        "",
		"...\nphone Active\n...":                "",
		"...":                                   "",
		"NAME PHASE":                            "the output goes on",
		"NAME PHASE\nphone Pending\n...":        `lacks "phone Pending"`,
		"...\nphone ...ding\n...":               `lacks "phone ...ding"`,
		"...\nop-1 don":                         `lacks "op-1 don"`,
		"...\nop-1 done\nmore":                  `lacks "more"`,
	} {
		err := Match(pattern, output, false)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", pattern, err, want)
		}
	}
	if err := Match("NAME PHASE", output, true); err != nil {
		t.Errorf("what goes on: %v", err)
	}
}

// TestMatchItself: each text matches itself, and what any of its lines was taken out of.
func TestMatchItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.StringMatching(`[a-c. ]{0,4}`), 1, 6).Draw(t, "lines")
		if err := Match(strings.Join(text, "\n"), strings.Join(text, "\n"), false); err != nil {
			t.Fatal(err)
		}
		i := rapid.IntRange(0, len(text)-1).Draw(t, "line")
		output := strings.Join(text, "\n")
		text[i] = anything
		if err := Match(strings.Join(text, "\n"), output, false); err != nil {
			t.Fatal(err)
		}
	})
}

func TestMatchJSON(t *testing.T) {
	const output = `{"name": "phone", "n": 2, "on": true, "list": [{"a": 1}, {"a": 2, "b": "op-17"}, {"a": 3}]}`
	for pattern, want := range map[string]string{
		`{}`:                                         "",
		`{"name": "phone", "n": 2}`:                  "",
		`{"name": "..."}`:                            "",
		`{"list": [{"b": "op-..."}]}`:                "",
		`{"list": [{"a": 1}, {"a": 3}]}`:             "",
		`{"list": []}`:                               "",
		`{"list": [{"a": 3}, {"a": 1}]}`:             "element 1 as shown is not in /list",
		`{"name": "p"}`:                              `/name is phone, and "p" is shown`,
		`{"n": 3}`:                                   "/n is 2, and 3 is shown",
		`{"on": "true"}`:                             `/on is true, and "true" is shown`,
		`{"phase": "Active"}`:                        "the output lacks /phase",
		`{"name": {"first": "..."}}`:                 "/name is no object",
		`{"list": [{"a": 1}, {"a": 1, "b": "..."}]}`: "element 1",
		`{`: "what is shown is no JSON",
	} {
		err := MatchJSON(pattern, output)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", pattern, err, want)
		}
	}
	if err := MatchJSON(`{}`, "curl: (7) refused"); err == nil {
		t.Error("no JSON is taken for some")
	}
}

func TestLinksAndAnchors(t *testing.T) {
	page := lines("# When repairs stop", "## `mode: observe`, and what it does", "see [a](b.md#c) and [web](https://example.net/x), [here](#d)", "~~~sh", "# no heading", "[x](y)", "~~~")
	if diff := cmp.Diff([]string{"b.md#c", "#d"}, Links(page)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]bool{"when-repairs-stop": true, "mode-observe-and-what-it-does": true}, Anchors(page)); diff != "" {
		t.Error(diff)
	}
}

func TestPorts(t *testing.T) {
	if diff := cmp.Diff([]string{"8420", "2201"}, Ports("http://127.0.0.1:8420/x 10.0.0.1:22", `"127.0.0.1:2201", 127.0.0.1:8420`)); diff != "" {
		t.Error(diff)
	}
}

func TestRequests(t *testing.T) {
	got := Requests("curl -s http://127.0.0.1:8420/healthz\napi \"$API/sessions?limit=1\" | jq .\n" +
		"for n in a b; do api -X DELETE $API/sessions/$n -w x; done\napi -H 'a: b' $API/plans/$PLAN:apply -X POST\n" +
		"curl -X PUT \\\n  $API/tools/t -d '{}'\necho $API/none\n")
	want := []string{"GET /healthz", "GET /api/v1/sessions", "DELETE /api/v1/sessions/$n", "POST /api/v1/plans/$PLAN:apply", "PUT /api/v1/tools/t"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFilesAndCommands(t *testing.T) {
	page := lines("see ~drivers/eos~ and ~internal/x/y.go~, not ~a/b~ nor ~docs/*.md~", "~netmirror get sessions -o wide~ ~netmirror token create NAME --role viewer~ ~netmirror~ ~curl x~", "~~~sh", "~cmd/none~", "~~~")
	if diff := cmp.Diff([]string{"drivers/eos", "internal/x/y.go"}, Files(page)); diff != "" {
		t.Error(diff)
	}
	want := []Command{{Verbs: []string{"get", "sessions"}}, {Verbs: []string{"token", "create"}, Flags: []string{"--role"}}}
	if diff := cmp.Diff(want, Commands(page)); diff != "" {
		t.Error(diff)
	}
}
