package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// TestHelp: what each verb tells of itself is written down in testdata/help, so that a change
// of it is seen, and nothing else is there.
func TestHelp(t *testing.T) {
	t.Parallel()
	c := console{strings.NewReader(""), io.Discard, io.Discard, func(string) (string, bool) { return "", false }}
	root := commandTree(c)
	root.InitDefaultHelpCmd()
	var verbs [][]string
	var walk func(*cobra.Command, []string)
	walk = func(cmd *cobra.Command, path []string) {
		verbs = append(verbs, path)
		for _, below := range cmd.Commands() {
			if !below.IsAdditionalHelpTopicCommand() && below.Name() != "help" {
				walk(below, append(slices.Clone(path), below.Name()))
			}
		}
	}
	walk(root, nil)
	folder := filepath.Join("testdata", "help")
	seen := map[string]bool{}
	for _, verb := range verbs {
		var out strings.Builder
		c.out = &out
		if err := run(t.Context(), append(slices.Clone(verb), "--help"), c); err != nil {
			t.Errorf("%v: %v", verb, err)
			continue
		}
		name := strings.Join(append([]string{"netmirror"}, verb...), "-") + ".txt"
		seen[name] = true
		path := filepath.Join(folder, name)
		if *updateScripts {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if diff := cmp.Diff(string(want), out.String()); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	there, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range there {
		if !seen[e.Name()] {
			t.Errorf("%s is of no verb", e.Name())
		}
	}
}
