package model

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// load reads lines or blocks into an empty tree.
func load(s *Schema, text string) (*Node, error) {
	root := s.New()
	for _, words := range Statements(text) {
		if err := s.EditWords(root, nil, words); err != nil {
			return root, err
		}
	}
	root.tidy()
	return root, nil
}

func TestWhatIsWrittenInWordsIsReadBack(t *testing.T) {
	s := garden()
	rapid.Check(t, func(t *rapid.T) {
		n := drawn(s).Draw(t, "tree")
		lines := strings.Join(n.Lines(), "\n")
		if back, err := load(s, lines); err != nil || !back.Equal(n) {
			t.Fatalf("lines\n%s\n%v\n got %s\nwant %s", lines, err, back.JSON(), n.JSON())
		}
		var b strings.Builder
		WriteBlocks(&b, n.Kids, 0)
		if back, err := load(s, b.String()); err != nil || !back.Equal(n) {
			t.Fatalf("blocks\n%s\n%v\n got %s\nwant %s", b.String(), err, back.JSON(), n.JSON())
		}
		var same strings.Builder
		if WriteDifferences(&same, n, n, 6); same.Len() > 0 {
			t.Fatalf("of itself it differs by\n%s", same.String())
		}
	})
}

func TestLinesAndBlocks(t *testing.T) {
	s := garden()
	got, err := load(s, `# a remark
/ port e1/1 {
    mtu 100   # another
    unit 3 {
    }
}
set / system mirror session 1 kind x local e1/1
set / system tag [ a b ]
set / system quiet
delete / port e1/1 mtu
/system host "a \"b\" c"
`)
	want := `{"base:port":[{"name":"e1/1","unit":[{"index":3}]}],"base:system":{"host":"a \"b\" c","quiet":[null],"tag":["a","b"],"more:mirror":{"session":[{"id":1,"kind":"x","local":"e1/1"}]}}}`
	if err != nil || string(got.JSON()) != want {
		t.Errorf("%v\n got %s\nwant %s", err, got.JSON(), want)
	}
	for line, want := range map[string]string{
		"set / port e1/1 colour red":        "/port[name=e1/1]: unknown element 'colour'",
		"set / port":                        "/port: key 'name' of 'port' is missing",
		"set / port e1/1 mtu":               "/port[name=e1/1]/mtu: 'mtu' has no value",
		"set / port e1/1 mtu 100 200":       "/port[name=e1/1]/mtu: Failed to parse value '200' for key 'mtu': one value too many",
		"set / port e1/1 mtu 1":             "/port[name=e1/1]/mtu: Failed to parse value '1' for key 'mtu': out of range",
		"set / port e9/* mtu 100":           "/port[name=e9/*]: nothing there fits 'port'",
		"set / port e1/1 up true":           "/port[name=e1/1]/up: 'up' cannot be changed",
		"delete / port e1/1 name":           "/port[name=e1/1]/name: 'name' cannot be changed",
		"set / system mirror session 1":     "/system/mirror/session[id=1]: key 'kind' of 'session' is missing",
		"set / system mirror session 1 x 2": "/system/mirror/session[id=1]: unknown element 'x'",
	} {
		root := got.Clone()
		err := s.EditWords(root, nil, Statements(line)[0])
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", line, err, want)
		}
	}
	all, err := load(s, "port e1/1\nport e1/2\nport e2/1\nset port e1/* mtu 100\n")
	if err != nil || string(all.JSON()) != `{"base:port":[{"name":"e1/1","mtu":100},{"name":"e1/2","mtu":100},{"name":"e2/1"}]}` {
		t.Errorf("%v %s", err, all.JSON())
	}
	var b strings.Builder
	WriteDifferences(&b, got, all, 6)
	for _, line := range []string{"-         unit 3 {\n-         }\n", "+         mtu 100\n", "+     port e1/2 {\n", "-     system {\n"} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no %q in\n%s", line, b.String())
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("set / port e1/1 mtu 100\n/ system {\n tag [ a ]\n}\ndelete / port e1/*\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := garden()
		n, err := load(s, text)
		if err != nil {
			return
		}
		if back, err := load(s, strings.Join(n.Lines(), "\n")); err != nil || !back.Equal(n) {
			t.Fatalf("%s: %v", strings.Join(n.Lines(), "\n"), err)
		}
	})
}
