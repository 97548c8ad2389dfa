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
	names  []string // of users, replaced as whole words while we log in
	prompt string   // that holds a name, replaced once we are in
	hidden string   // the prompt without it
	more   func(string) string
}

func newRedactor(more func(string) string, logins ...mirror.Login) redactor {
	r := redactor{more: more}
	for _, l := range logins {
		for _, s := range []mirror.Secret{l.Password, l.Enable, l.Key} {
			if !s.IsZero() {
				r.values = append(r.values, s.Reveal())
			}
		}
		if !l.Username.IsZero() {
			r.names = append(r.names, l.Username.Reveal())
		}
	}
	slices.SortFunc(r.values, func(a, b string) int { return len(b) - len(a) })
	return r
}

// loggedIn is the redactor for the device's own text: a user's name is an
// ordinary word in it ("admin"), and only our prompt may still show ours.
func (r redactor) loggedIn(prompt string) redactor {
	r.hidden = prompt
	for _, n := range r.names {
		r.hidden = mirror.HideWord(r.hidden, n)
	}
	r.names, r.prompt = nil, ""
	if r.hidden != prompt {
		r.prompt = prompt
	}
	return r
}

func (r redactor) text(s string) string {
	for _, v := range r.values {
		s = strings.ReplaceAll(s, v, stars)
	}
	for _, n := range r.names {
		s = mirror.HideWord(s, n)
	}
	if r.prompt != "" {
		s = strings.ReplaceAll(s, r.prompt, r.hidden)
	}
	if r.more != nil {
		s = r.more(s)
	}
	return s
}
