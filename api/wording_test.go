package api

import (
	"fmt"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The title of a problem names its kind, so the detail does not say it again.
func TestADetailDoesNotRepeatItsKind(t *testing.T) {
	for want, err := range map[string]error{
		`session "a" is filtered by it`: fmt.Errorf("session %q is filtered by it: %w", "a", mirror.ErrConflict),
		`there is no session "a"`:       fmt.Errorf("there is no session %q: %w", "a", mirror.ErrNotFound),
	} {
		if got := translate(err).Detail; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
