package api

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
)

// A normal replaces what is another each time by something of the same shape: the same by
// the same.
type normal struct {
	port string
	real *strings.Replacer // for what examples leave open
	ids  map[string]string // as they are shown
	last map[string]string // by kind
}

func newNormal(port string) *normal {
	n := &normal{port: port, ids: map[string]string{}, last: map[string]string{}}
	n.learn("")
	return n
}

var (
	someTime   = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)
	someID     = regexp.MustCompile(`\b(op|plan)-[a-z2-7]{16}\b`)
	someMark   = regexp.MustCompile(`\bnm-[a-z2-7]{10}\b`)
	someCursor = regexp.MustCompile(`\bMQpldmVudHM[A-Za-z0-9_-]+`) // of events
	someHash   = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	someKey    = regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`)
	foreign    = regexp.MustCompile(`("foreign(?:On)?":)\d+`) // as devices were last read
	instance   = regexp.MustCompile(`("instance":")[0-9a-f]{16}"`)
)

// learn notes the newest ids.
func (n *normal) learn(text string) {
	for _, id := range someID.FindAllString(text, -1) {
		kind, _, _ := strings.Cut(id, "-")
		n.last[kind] = id
	}
	n.real = strings.NewReplacer("{listen}", n.port, "{operation}", n.last["op"], "{plan}", n.last["plan"])
}

// text is as it is shown.
func (n *normal) text(text string) string {
	text = foreign.ReplaceAllString(text, "${1}0")
	text = someTime.ReplaceAllString(strings.TrimSpace(text), "2030-01-31T18:00:00Z")
	text = someHash.ReplaceAllString(text, strings.Repeat("0123456789abcdef", 4))
	text = someKey.ReplaceAllString(text, "SHA256:"+strings.Repeat("A", 43))
	text = instance.ReplaceAllString(text, `${1}0123456789abcdef"`)
	text = n.replace(someID, text, func(old string, i int) string {
		kind, _, _ := strings.Cut(old, "-")
		return kind + "-example" + letters(i, 9)
	})
	text = n.replace(someMark, text, func(_ string, i int) string { return "nm-example" + letters(i, 3) })
	text = n.replace(someCursor, text, func(_ string, i int) string {
		return base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf("1\nevents\n%d", i+1)))
	})
	text = strings.ReplaceAll(text, `"port":`+n.port, `"port":22`)
	return strings.NewReplacer("127.0.0.1:"+n.port, "192.0.2.11:22", "127.0.0.1", "192.0.2.11", "127.0.0.0/8", "192.0.2.0/24").Replace(text)
}

func (n *normal) replace(what *regexp.Regexp, text string, by func(old string, i int) string) string {
	return what.ReplaceAllStringFunc(text, func(old string) string {
		if _, there := n.ids[old]; !there {
			n.ids[old] = by(old, len(n.ids))
		}
		return n.ids[old]
	})
}

// letters writes a number in letters.
func letters(i, width int) string {
	out := make([]byte, width)
	for k := range out {
		out[width-1-k] = "abcdefghijklmnopqrstuvwxyz"[i%26]
		i /= 26
	}
	return string(out)
}
