package junos

import (
	"strconv"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// change carries a command out that edits a configuration; at is the place where it
// was typed.
func change(root config, at []cmdline.Token, verb string, toks []cmdline.Token) (answer string, fault *cmdline.Fault) {
	found, fault := root.Edit(at, verb, toks)
	if !found && fault == nil {
		answer = "warning: statement not found\n"
	}
	return answer, fault
}

// faultText is what is said to a line that cannot be read.
func faultText(f *cmdline.Fault, toks []cmdline.Token) string {
	word := ""
	for _, t := range toks {
		if t.Col == f.Col {
			word = t.Text
		}
	}
	_, err := strconv.Atoi(word)
	switch {
	case f.Kind == cmdline.Incomplete:
		return "missing mandatory argument.\n"
	case f.Kind == cmdline.Ambiguous:
		return "'" + word + "' is ambiguous.\n"
	case err == nil:
		return "invalid numeric value: '" + word + "'.\n"
	}
	return "syntax error.\n"
}
