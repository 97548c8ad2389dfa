package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
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

// TestExamples: Terraform takes every example.
func TestExamples(t *testing.T) {
	s := onStage(t)
	files, err := filepath.Glob("examples/*/*/*.tf")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	p := s.project(t, "")
	for _, file := range append(files, "examples/provider/provider.tf") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p.write(string(raw))
		if file == "examples/provider/provider.tf" { // it says itself whose provider it is
			if err := os.WriteFile(filepath.Join(p.dir, "main.tf"), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		t.Log(file)
		p.does(0, []string{"validate"}, "The configuration is valid")
	}
	fmtCheck := exec.Command("terraform", "fmt", "-check", "-recursive", "-no-color", "examples")
	fmtCheck.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(s.dir, "terraformrc"))
	if out, err := fmtCheck.CombinedOutput(); err != nil {
		t.Errorf("terraform fmt: %v\n%s", err, out)
	}
}
