package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every command that does something shows two examples of it.
func TestEveryCommandHasExamples(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	root := commandTree(console{strings.NewReader(""), io.Discard, io.Discard, func(string) (string, bool) { return "", false }})
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Runnable() && !cmd.HasSubCommands() {
			lines := strings.Count(cmd.Example, cmd.Root().Name()+" "+cmd.Name())
			if parent := cmd.Parent(); parent != root {
				lines = strings.Count(cmd.Example, cmd.CommandPath())
			}
			used[strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")] = true
			if lines < 2 {
				t.Errorf("%s has %d examples", cmd.CommandPath(), lines)
			}
		}
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(root)
	for path := range examples {
		if !used[path] {
			t.Errorf("%s has examples and is no command", path)
		}
	}
}
