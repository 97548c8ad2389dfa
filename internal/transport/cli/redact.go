package cli

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

const stars = "********"

// redactor replaces secrets in text that leaves the package for people's eyes.
type redactor struct {
	values []string // longest first, so that no secret hides part of another
	more   func(string) string
}

func newRedactor(more func(string) string, secrets ...mirror.Secret) redactor {
	r := redactor{more: more}
	for _, s := range secrets {
		if !s.IsZero() {
			r.values = append(r.values, s.Reveal())
		}
	}
	slices.SortFunc(r.values, func(a, b string) int { return len(b) - len(a) })
	return r
}

func (r redactor) text(s string) string {
	for _, v := range r.values {
		s = strings.ReplaceAll(s, v, stars)
	}
	if r.more != nil {
		s = r.more(s)
	}
	return s
}
