package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Beyond is what of a list another does not have, in its order.
func Beyond[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(v T) bool { return slices.Contains(b, v) })
}

// InOrder are sources as a person would order them.
func (g *Grammar) InOrder(sources []mirror.NativeSource) []mirror.NativeSource {
	return slices.SortedFunc(slices.Values(sources), func(a, b mirror.NativeSource) int {
		if a.Port == "" || b.Port == "" {
			return a.VLAN - b.VLAN
		}
		return g.Compare(a.Port, b.Port)
	})
}

var (
	timeUnit   = regexp.MustCompile(`(\d+) (year|week|day|hour|minute|second)s?`)
	unitLength = map[string]time.Duration{"year": 365 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "day": 24 * time.Hour,
		"hour": time.Hour, "minute": time.Minute, "second": time.Second}
)

// Uptime reads "1 year, 2 weeks, 3 days, 4 hours, 5 minutes". Words without a figure
// above zero stand for a start within the last minute: as with every other figure the
// latest possible start is taken, a millisecond ago. "" is not told, 0.
func Uptime(words string) (up time.Duration) {
	for _, m := range timeUnit.FindAllStringSubmatch(words, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil && n <= 10000 {
			up += time.Duration(n) * unitLength[m[2]]
		}
	}
	if up == 0 && strings.TrimSpace(words) != "" {
		up = time.Millisecond
	}
	return up
}

var agoText = regexp.MustCompile(`^(?:(\d{1,4})w)?(?:(\d{1,5})d)? ?(\d{1,2}):(\d\d)(?::(\d\d))?$`)

// Ago reads "6w5d 08:05", "1d 03:12", "00:25:46"; 0 for anything else. As of Uptime, it is
// a millisecond at least.
func Ago(told string) (out time.Duration) {
	m := agoText.FindStringSubmatch(told)
	if m == nil {
		return 0
	}
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi(m[i+1]) // digits, five at most
		out += time.Duration(n) * unit
	}
	return max(out, time.Millisecond)
}

// ConfigLines visits the lines of a configuration, each with the line at the margin that
// it stands below; head is "" for a line at the margin. Lines that passed matches are no
// configuration; alone reports a line that has none below it.
func (n *Noise) ConfigLines(reply string, passed *regexp.Regexp, alone func(line string) bool, visit func(head, line string)) {
	head := ""
	for _, line := range n.Lines(reply) {
		words := strings.TrimSpace(line)
		switch {
		case words == "" || passed.MatchString(words):
		case line[0] == ' ':
			visit(head, words)
		default:
			if head = words; alone(head) {
				head = ""
			}
			visit("", words)
		}
	}
}

// Subject names what a line of a configuration is about without quoting it, because it
// may hold a secret: its first word, or, where that is one of whole, the line.
func Subject(line string, whole ...string) string {
	words := strings.Fields(line)
	switch {
	case len(words) == 0:
		return "a blank line"
	case len(words) > 1 && slices.Contains(whole, words[0]):
		return strconv.Quote(Quote(line))
	}
	return strconv.Quote(words[0])
}

// A Wrapped is a value that may be a list of ports or VLANs over several lines.
type Wrapped struct {
	Value string
	more  []string
}

// Takes adds a further line to the list, which may have been broken inside a range;
// false when the line is none.
func (w *Wrapped) Takes(line string, g *Grammar) bool {
	line = strings.TrimSpace(line)
	last := w.Value
	if n := len(w.more); n > 0 {
		last = w.more[n-1]
	}
	whole := line
	if strings.HasSuffix(last, "-") {
		at := strings.LastIndexByte(last, ',') + 1
		whole = last[at:] + line
	}
	whole = strings.Trim(strings.TrimSuffix(whole, "-"), " \t,")
	if _, err := g.List(whole, true); err != nil && VLANRanges(whole, func(_, _ int) {}) != nil {
		return false
	}
	w.more = append(w.more, line)
	return true
}

// Join makes one line of it.
func (w *Wrapped) Join() {
	if len(w.more) == 0 {
		return
	}
	var b strings.Builder
	b.WriteString(w.Value)
	broken := strings.HasSuffix(w.Value, "-")
	for _, line := range w.more {
		if !broken {
			b.WriteByte(' ')
		}
		b.WriteString(line)
		broken = strings.HasSuffix(line, "-")
	}
	w.Value, w.more = strings.TrimSpace(b.String()), nil
}
