package eos

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
)

var hunk = regexp.MustCompile(`^@@ .* @@`)

// parseDiffs reads "show running-config diffs": a unified difference of startup to
// running, no text when both are equal. Comments are no configuration.
// mirror.ErrParse when it is anything else.
func parseDiffs(reply string) ([]console.Difference, error) {
	var out []console.Difference
	head, block := 0, ""
	for line := range text.Raw(reply) {
		signed := strings.ContainsAny(line[:1], " +-") // never an interruption or an echo, whatever it looks like
		switch {
		case !signed && (noise.Interrupts(line) || noise.Echoed(line)):
		case head < 2 && strings.HasPrefix(line, [2]string{"--- ", "+++ "}[head]):
			head++
		case head < 2:
			return nil, text.ParseError(showUnsaved, line)
		case hunk.MatchString(line):
			block = notShown
		case signed:
			body, above := strings.TrimSpace(line[1:]), block
			if !strings.HasPrefix(line[1:], " ") {
				block, above = body, ""
			}
			if line[0] != ' ' && body != "" && body[0] != '!' {
				out = append(out, console.Difference{Block: above, Line: line[:1] + body})
			}
		default:
			return nil, text.ParseError(showUnsaved, line)
		}
	}
	if head == 1 {
		return nil, text.ParseError(showUnsaved, reply)
	}
	return out, nil
}

// notShown is the block of a line whose own line at the margin is not shown.
const notShown = "..."

// about tells what a difference is about, without quoting more of it than names: a
// line of a configuration may hold a secret.
func about(d console.Difference) console.About {
	line := d.Line[1:]
	if d.Block != "" && d.Block != notShown {
		line = d.Block
	}
	words := strings.Fields(line)
	if port, isPort := strings.CutPrefix(d.Block, "interface "); isPort {
		own := strings.TrimPrefix(d.Line[1:], "no ") == "shutdown"
		return console.About{Port: portNamed(port), Switch: own, Subject: strconv.Quote(text.Quote(d.Block))}
	}
	switch {
	case lists.Named(line) != "":
		return console.About{Filter: lists.Named(line), Subject: strconv.Quote(text.Quote(line))}
	case len(words) == 0:
		return console.About{Subject: "a blank line"}
	case d.Block == "" && len(words) > 3 && words[0] == "monitor" && words[1] == "session" && (words[2] != "default" || words[3] != "encapsulation"):
		return console.About{Session: words[2], Subject: strconv.Quote(text.Quote("monitor session " + words[2]))}
	case len(words) > 1 && (words[0] == "interface" || words[0] == "vlan" || words[0] == "monitor"):
		return console.About{Subject: strconv.Quote(text.Quote(line))}
	}
	return console.About{Subject: strconv.Quote(text.Quote(words[0]))}
}

// configLines counts the lines of a configuration, each with its block; none where
// the device does not show it.
func configLines(reply string) map[console.Difference]int {
	out := map[console.Difference]int{}
	if _, refused := showRefusal(reply); refused {
		return out
	}
	block := ""
	for _, line := range said(reply) {
		words := strings.TrimSpace(line)
		switch {
		case words[0] == '!' || words == "end":
		case line[0] == ' ':
			out[console.Difference{Block: block, Line: words}]++
		default:
			block = words
			out[console.Difference{Line: words}]++
		}
	}
	return out
}
