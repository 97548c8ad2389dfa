package mirror_test

import (
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestNearest(t *testing.T) {
	names := []string{"sessions", "devices", "tools", "phones", "phone-3f-14", "phone-3f-15", "phone-3f-16", "acc-1", "acc-2", "acc-2"}
	for typed, want := range map[string][]string{
		"sesions":     {"sessions"},
		"sesion":      {"sessions"},
		"phnoes":      {"phones"},
		"fones":       nil, // two of five
		"phone":       {"phone-3f-14", "phone-3f-15", "phone-3f-16"},
		"phone-3f-17": {"phone-3f-14", "phone-3f-15", "phone-3f-16"},
		"acc-3":       {"acc-1", "acc-2"},
		"toaster":     nil,
		"acc-1":       {"acc-2"}, // what is there was not mistyped
		"":            nil,
	} {
		if got := mirror.Nearest(typed, names); !slices.Equal(got, want) {
			t.Errorf("%q: %q instead of %q", typed, got, want)
		}
	}
}
