package iosxe

import (
	"slices"
	"strings"
)

// wasShut reports whether a port's stanza had it switched off.
func wasShut(stanza string) bool {
	return slices.ContainsFunc(strings.Split(stanza, "\n"), func(l string) bool { return strings.TrimSpace(l) == "shutdown" })
}
