package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the pages in docs anew")

// TestDocs: the pages in docs are what tfplugindocs makes of the provider's schema and the
// examples (make generate writes them).
func TestDocs(t *testing.T) {
	s := onStage(t)
	p := s.project(t, "")
	p.write("")
	out := p.does(0, []string{"providers", "schema", "-json"})
	out = out[bytes.IndexByte([]byte(out), '{'):] // what goes before is a warning
	var all struct {
		Version string                     `json:"format_version"`
		Schemas map[string]json.RawMessage `json:"provider_schemas"`
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(out))).Decode(&all); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all.Schemas = map[string]json.RawMessage{"netmirror": all.Schemas["netmirror.local/netmirror/netmirror"]} // the name that it looks for
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(p.dir, "schema.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	// It writes below a folder that it takes for the provider's.
	if err := os.CopyFS(filepath.Join(p.dir, "examples"), os.DirFS("examples")); err != nil {
		t.Fatal(err)
	}
	generate := exec.Command("go", "tool", "tfplugindocs", "generate", "--provider-dir", p.dir, "--provider-name", "netmirror", "--providers-schema", file)
	if text, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("tfplugindocs: %v\n%s", err, text)
	}
	made := pagesIn(t, filepath.Join(p.dir, "docs"))
	if *update {
		if err := os.RemoveAll("docs"); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS("docs", os.DirFS(filepath.Join(p.dir, "docs"))); err != nil {
			t.Fatal(err)
		}
	}
	have := pagesIn(t, "docs")
	for name, text := range made {
		if have[name] != text {
			t.Errorf("docs/%s is not what the provider says; make generate writes it anew", name)
		}
		delete(have, name)
	}
	for name := range have {
		t.Errorf("docs/%s is of nothing", name)
	}
}

func pagesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = string(raw)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// TestExamples: Terraform takes every example. Each is a module of one configuration.
func TestExamples(t *testing.T) {
	s := onStage(t)
	files, err := filepath.Glob("examples/*/*/*.tf")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	p := s.project(t, "")
	var modules strings.Builder
	for i, file := range append(files, "examples/provider/provider.tf") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		if !strings.Contains(text, "required_providers") {
			text = head + text
		}
		dir := filepath.Join(p.dir, fmt.Sprint(i))
		if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, filepath.Base(file)), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&modules, "module \"example_%d\" {\n  source = \"./%d\"\n}\n", i, i)
	}
	p.write(modules.String())
	p.does(0, []string{"get"})
	p.does(0, []string{"validate"}, "The configuration is valid")
	if err := os.CopyFS(filepath.Join(p.dir, "examples"), os.DirFS("examples")); err != nil {
		t.Fatal(err)
	}
	p.does(0, []string{"fmt", "-check", "-recursive", "examples"})
}
