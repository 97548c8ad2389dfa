package iosxr

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

var (
	// configWord begins a line of a configuration.
	configWord = regexp.MustCompile(`^[a-z][a-z0-9-]*(?: |$)`)
	// surely is in a line that is of a configuration, whatever stands around it.
	surely = regexp.MustCompile(`^(?:interface|ipv4 access-list|hostname|l2vpn|vrf|router) |(?:^| )(?:monitor-session|access-group) `)
)

// statements turns a configuration, or a part of it, into lines that each stand for
// themselves: the words of the lines that a line stands below come first. So what is
// indented and what "formal" shows is the same. Comments are left out. mirror.ErrParse
// for a refusal, and for a text that is no configuration: nothing but a text without
// lines says that there is none.
func statements(command, reply string) ([][]string, error) {
	var out [][]string
	type level struct {
		indent int
		words  []string
	}
	var above []level
	config, strange := false, ""
	for _, line := range said(reply) {
		words := strings.Fields(line)
		switch {
		case nothing.MatchString(line):
			config = true
			continue
		case line[0] == '%':
			return nil, text.ParseError(command, line)
		case words[0][0] == '!', line == "end", line == "root":
			config = true
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		for len(above) > 0 && above[len(above)-1].indent >= indent {
			above = above[:len(above)-1]
		}
		if indent == 0 && !configWord.MatchString(line) { // free text of a banner, or no configuration
			strange = line
			continue
		}
		config = config || surely.MatchString(line)
		if n := len(above); n > 0 {
			words = append(append(make([]string, 0, len(above[n-1].words)+len(words)), above[n-1].words...), words...)
		}
		if len(words) > mostWords {
			return nil, text.ParseError(command, line)
		}
		above = append(above, level{indent, words})
		out = append(out, words)
	}
	if !config && (strange != "" || len(out) > 0) {
		return nil, text.ParseError(command, text.FirstLine(reply))
	}
	return out, nil
}

// mostWords bounds what stands below each other, and so the work for a text that does
// nothing but that.
const mostWords = 200
