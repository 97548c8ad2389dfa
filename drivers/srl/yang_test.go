package srl_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/drivers/srl"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// yang is the model of 25.3 with all features, as the README beside it says.
func yang(t *testing.T) testkit.YANG {
	return testkit.YANG{
		Dir:     testkit.Shared(t, "yang/nokia-srlinux"),
		Modules: []string{"srl_nokia-features.yang", "srl_nokia-mirroring.yang", "srl_nokia-interfaces-local-mirror-destination.yang", "srl_nokia-interfaces-vlans.yang"},
		Args:    []string{"-F", "srl_nokia-features:*", "-t", "edit"},
		Prefixes: map[string]string{"system": "srl_nokia-system", "mirroring": "srl_nokia-mirroring",
			"network-instance": "srl_nokia-network-instance", "local-mirror-destination": "srl_nokia-interfaces-local-mirror-destination"},
		Numbers: []string{"index", "sequence-id"},
	}
}

// An operation of a block.
type operation struct {
	Delete, Replace, Update string
	Value                   json.RawMessage
}

// operations parts a block, or what a golden file holds of blocks.
func operations(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string) (out []operation) {
	t.Helper()
	for block := range strings.SplitSeq("\n"+text, "\n--- ") {
		_, list, ok := strings.Cut(block, "\n[")
		if !ok {
			continue
		}
		var ops []operation
		if err := json.Unmarshal([]byte("["+list), &ops); err != nil {
			t.Fatalf("%v in\n%s", err, block)
		}
		out = append(out, ops...)
	}
	return out
}

// data are operations to be validated: roots that are names in other modules as well have
// theirs.
func data(ops []operation) (out []testkit.Datum) {
	for _, op := range ops {
		path := op.Delete + op.Replace + op.Update
		for root, module := range map[string]string{"/interface": "srl_nokia-interfaces", "/acl": "srl_nokia-acl"} {
			if strings.HasPrefix(path, root) {
				path = "/" + module + ":" + path[1:]
			}
		}
		if op.Delete != "" && !strings.HasSuffix(path, "]") {
			continue // a leaf: its path is written elsewhere with a value
		}
		out = append(out, testkit.Datum{Path: path, Value: op.Value})
	}
	return out
}

func TestPayloadsOfTheIntentsAreOfTheModel(t *testing.T) {
	y := yang(t)
	files, err := filepath.Glob("testdata/contract/intents/*.txt")
	more, _ := filepath.Glob("testdata/render/*.txt")
	if err != nil || len(files) != 20 {
		t.Fatal(len(files), err)
	}
	var all []testkit.Datum
	for _, f := range append(files, more...) {
		if strings.Contains(f, "22.11") || strings.Contains(f, "23.10") {
			continue // the modules that those import are not kept
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data(operations(t, string(text)))...)
	}
	if len(all) < 60 {
		t.Errorf("only %d operations to be validated", len(all))
	}
	if err := y.Validate(t, all...); err != nil {
		t.Error(err)
	}
}

func TestBrokenPayloadsAreNotOfTheModel(t *testing.T) {
	y := yang(t)
	for name, op := range map[string]operation{
		"a direction":           {Update: "/system/mirroring/mirroring-instance[name=a]", Value: json.RawMessage(`{"mirror-source":{"interface":[{"name":"ethernet-1/1","direction":"both"}]}}`)},
		"a port":                {Update: "/system/mirroring/mirroring-instance[name=a]", Value: json.RawMessage(`{"mirror-source":{"interface":[{"name":"Ethernet1"}]}}`)},
		"a destination":         {Update: "/system/mirroring/mirroring-instance[name=a]/mirror-destination", Value: json.RawMessage(`{"local":"ethernet-1/1"}`)},
		"a size":                {Update: "/system/mirroring/mirroring-instance[name=a]/mirror-destination", Value: json.RawMessage(`{"slice-size":100}`)},
		"a name of before":      {Update: "/system/mirroring/mirroring-instance[name=a]/mirror-destination/remote", Value: json.RawMessage(`{"tunnel-end-points":{"src-ipv4":"192.0.2.1"}}`)},
		"a type without prefix": {Update: "/interface[name=ethernet-1/1]/subinterface[index=0]", Value: json.RawMessage(`{"type":"local-mirror"}`)},
		"a path":                {Delete: "/system/mirroring/mirroring-session[name=a]"},
	} {
		if err := y.Validate(t, data([]operation{op})...); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Slices come with 25.3 alone, and numbers, lists and addresses may be any.
func TestWhatIsWrittenIsOfTheModel(t *testing.T) {
	y := yang(t)
	var all []testkit.Datum
	rapid.Check(t, func(t *rapid.T) {
		if len(all) > 400 {
			return
		}
		before, after := anySession(t), anySession(t)
		for _, c := range []mirror.Change{{Mark: mark, After: &after}, {Mark: mark, Before: &before, After: &after}} {
			p, err := srl.Render(newest, mirror.Observation{}, []mirror.Change{c})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, data(operations(t, p.Blocks[0].Text))...)
		}
	})
	if err := y.Validate(t, all...); err != nil {
		t.Error(err)
	}
}
