package text

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// quotable bounds what an error quotes of a device's output, in octets.
const quotable = 120

// Quote is a line as an error may quote it.
func Quote(line string) string {
	line = strings.TrimSpace(line)
	if len(line) > quotable {
		line = line[:quotable] + "..."
	}
	return line
}

// QuoteBehind is a line as an error may quote it, behind what it is about: each is cut for
// itself, so that the line is never lost behind the other.
func QuoteBehind(context, line string) string {
	return strings.TrimSpace(Quote(context) + " " + Quote(line))
}

// ParseError is mirror.ErrParse about a line of the answer to what.
func ParseError(what, line string) error {
	return fmt.Errorf("%s: %q is not understood: %w", what, Quote(line), mirror.ErrParse)
}

// FirstLine is the first line that is not blank.
func FirstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// Cut is the part of a row between two columns, of which the second may be beyond
// its end; "" when the row ends before the first.
func Cut(line string, from, to int) string {
	if from >= len(line) {
		return ""
	}
	return strings.TrimSpace(line[from:min(to, len(line))])
}

// Decimal reads a number from 0 to 2^31-1, and refuses leading zeros: 01 and 1
// would be two names of one thing.
func Decimal(s string) (int, error) {
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil || len(s) > 1 && s[0] == '0' {
		return 0, fmt.Errorf("%q: %w", s, mirror.ErrInvalid)
	}
	return int(v), nil
}

// Says reports whether a text holds one of words, whatever the case of its letters.
// The words are written small.
func Says(text string, words []string) bool {
	low := strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

var release = regexp.MustCompile(`^\d+(?:\.\d+)*`)

// Release are the numbers that a version begins with, to be compared: 7, 4 and 2 of
// "7.4.2.10I"; none of a version that begins otherwise.
func Release(version string) (out []int) {
	for n := range strings.SplitSeq(release.FindString(version), ".") {
		if v, err := strconv.Atoi(n); err == nil {
			out = append(out, v)
		}
	}
	return out
}
