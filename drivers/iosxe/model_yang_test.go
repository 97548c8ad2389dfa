package iosxe

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// yangOf1718 are the models of 17.12.1 with the list of sessions of 17.18.1, which lies
// beside them, in the place of their own.
func yangOf1718(t *testing.T) testkit.YANG {
	t.Helper()
	y, dir := yang(t), t.TempDir()
	files, err := filepath.Glob(filepath.Join(y.Dir, "*.yang"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %v", files, err)
	}
	const list = "list session {"
	newer, err := os.ReadFile(filepath.Join(y.Dir, "excerpt-native-monitor-session-list-17.18.1.yang.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		if filepath.Base(f) == modNative+".yang" {
			if strings.Count(text, list) != 1 {
				t.Fatalf("%d lists of sessions", strings.Count(text, list))
			}
			text = strings.Replace(text, braced(text, list), braced(string(newer), list), 1)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	y.Dir, y.Numbers = dir, []string{"id", "vlan1", "vlan_set"}
	return y
}

// braced is a statement with its block. No string of the model has a brace.
func braced(text, from string) string {
	_, rest, _ := strings.Cut(text, from)
	depth := 1
	for i, c := range rest {
		switch c {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 {
			return from + rest[:i+1]
		}
	}
	return ""
}

// goldenTexts are the texts of all blocks of a kind in the golden files of a transport.
func goldenTexts(t *testing.T, protocol, kind string) (out []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "contract", protocol, "*.txt"))
	if err != nil || len(files) != 20 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for block := range strings.SplitSeq(string(raw), "--- ") {
			if label, text, _ := strings.Cut(block, "\n"); strings.HasPrefix(label, kind) {
				out = append(out, text)
			}
		}
	}
	return out
}

// updates are what a list of the operations of a Set puts in.
func updates(t *testing.T, text string) (out []testkit.Datum) {
	t.Helper()
	var list []struct {
		Update string          `json:"update"`
		Value  json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	for _, o := range list {
		if o.Update != "" {
			out = append(out, testkit.Datum{Path: o.Update, Value: o.Value})
		}
	}
	return out
}

// Every payload of the twenty intents is of the model, over either transport.
func TestEveryPayloadIsOfTheModel(t *testing.T) {
	y := yangOf1718(t)
	documents := goldenTexts(t, ProtocolNETCONF, "forward")
	sets := goldenTexts(t, ProtocolGNMI, "forward")
	if len(documents) < 15 || len(sets) != len(documents) {
		t.Fatalf("%d documents, %d Sets", len(documents), len(sets))
	}
	if err := y.ValidateXML(t, documents...); err != nil {
		t.Errorf("over NETCONF: %v", err)
	}
	var data []testkit.Datum
	for _, s := range sets {
		data = append(data, updates(t, s)...)
	}
	if err := y.Validate(t, data...); err != nil {
		t.Errorf("over gNMI: %v", err)
	}
}

// The model refuses payloads that are broken on purpose, so that it proves something.
func TestBrokenPayloadsAreNotOfTheModel(t *testing.T) {
	y := yangOf1718(t)
	all := strings.Join(goldenTexts(t, ProtocolNETCONF, "forward"), "\x00")
	for name, spoil := range map[string][2]string{
		"direction":     {"<direction>rx</direction>", "<direction>in</direction>"},
		"number":        {"<id>66</id>", "<id>67</id>"},
		"remote VLAN":   {"<vlan>999</vlan>", "<vlan>1003</vlan>"},
		"ERSPAN id":     {"<erspan-id>42</erspan-id>", "<erspan-id>1024</erspan-id>"},
		"TTL":           {"<ttl>32</ttl>", "<ttl>1</ttl>"},
		"encapsulation": {">replicate<", ">doubled<"},
		"an element":    {"vlan-list>", "vlan-lists>"},
		"namespace":     {"Cisco-IOS-XE-native", "Cisco-IOS-XE-span"},
	} {
		broken := ""
		for d := range strings.SplitSeq(all, "\x00") {
			if strings.Contains(d, spoil[0]) {
				broken = strings.ReplaceAll(d, spoil[0], spoil[1])
			}
		}
		switch {
		case broken == "":
			t.Errorf("%s: no payload has %s", name, spoil[0])
		case y.ValidateXML(t, broken) == nil:
			t.Errorf("%s: it is of the model", name)
		}
	}
}
