package text

import (
	"regexp"
	"slices"
	"strings"
)

// A Labelled is a block of labels and their values, "Output interface : port 1": lines
// that go on, labels that are repeated, commas and blanks all make one list.
type Labelled struct {
	Head, Name string // the label and the value that begin it
	Fields     map[string][]string
}

var (
	labelled = regexp.MustCompile(`^\s*([A-Z][A-Za-z0-9 ,/-]*?)\s*:(?:\s+(.*))?$`)
	inLine   = regexp.MustCompile(`\b([A-Z][A-Za-z]*) *:(?:\s|$)`)
	goesOn   = regexp.MustCompile(`^\s+(?:: )?(\S+(?:,? +\S+)*)$`)
)

// ReadLabelled reads blocks; heads are the labels that begin one, written small. strange
// is the first line that is not understood, "" = all are.
func ReadLabelled(lines []string, heads ...string) (out []Labelled, strange string) {
	label := ""
	for _, line := range lines {
		m, more := labelled.FindStringSubmatch(line), goesOn.FindStringSubmatch(line)
		switch {
		case m != nil && slices.Contains(heads, strings.ToLower(m[1])):
			out, label = append(out, Labelled{Head: m[1], Name: m[2], Fields: map[string][]string{}}), m[1]
		case len(out) == 0 || m == nil && more == nil:
			return nil, line
		case m != nil:
			label = m[1]
			out[len(out)-1].take(label, m[2])
		default:
			out[len(out)-1].take(label, more[1])
		}
	}
	return out, ""
}

func (l Labelled) take(label, value string) {
	for _, v := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
		l.Fields[label] = append(l.Fields[label], v)
	}
}

// Labels are the labels of a line that holds several, each with its value, which may be
// empty: "Line: vty0  User:  Client: CLI".
func Labels(line string) (out [][2]string) {
	found := inLine.FindAllStringSubmatchIndex(line, -1)
	for i, f := range found {
		to := len(line)
		if i+1 < len(found) {
			to = found[i+1][0]
		}
		out = append(out, [2]string{line[f[2]:f[3]], strings.TrimSpace(line[f[1]:to])})
	}
	return out
}
