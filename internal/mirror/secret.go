package mirror

import (
	"log/slog"
	"slices"
	"strings"
)

const stars = "********"

// A Secret never shows itself: printing, logging and marshalling give
// asterisks. Reveal is the only way to the value.
type Secret struct{ value string }

// NewSecret hides v.
func NewSecret(v string) Secret { return Secret{value: v} }

// Reveal returns the value, for the transport that needs it.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.value == "" }

// String gives asterisks.
func (s Secret) String() string { return stars }

// GoString gives asterisks to %#v.
func (s Secret) GoString() string { return stars }

// LogValue gives asterisks to slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalText gives asterisks to JSON, YAML and their kin.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// Redact takes out of a text for people what a login consists of: values wherever they
// stand, the longest first, so that none hides a part of another; words (names, an SNMP
// community) where they are no part of a longer word, in which they tell nothing.
func Redact(text string, values, words []Secret) string {
	values = slices.DeleteFunc(slices.Clone(values), Secret.IsZero)
	slices.SortFunc(values, func(a, b Secret) int { return len(b.value) - len(a.value) })
	for _, v := range values {
		text = strings.ReplaceAll(text, v.value, stars)
	}
	for _, w := range words {
		if !w.IsZero() {
			text = HideWord(text, w.value)
		}
	}
	return text
}

// HideWord replaces a word by asterisks where it is no part of a longer word.
func HideWord(s, name string) string {
	var b strings.Builder
	for from := 0; ; {
		i := strings.Index(s[from:], name)
		if i < 0 {
			return b.String() + s[from:]
		}
		start, end := from+i, from+i+len(name)
		if start > 0 && inWord(s[start-1]) && inWord(name[0]) || end < len(s) && inWord(s[end]) && inWord(name[len(name)-1]) {
			b.WriteString(s[from : start+1])
			from = start + 1
			continue
		}
		b.WriteString(s[from:start] + stars)
		from = end
	}
}

func inWord(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
}
