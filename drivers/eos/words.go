package eos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// gone are the words for a session that is not there: what shall be deleted is
// deleted (arista-eos.md 1.3).
var gone = regexp.MustCompile(`(?i)does not exist|not found|no such`)

// unfiltered are warnings after which an access list is not the one that was asked
// for, or is missing, so that nobody knows what is copied (access-lists.md 2). They
// begin with "!" instead of "%".
var unfiltered = regexp.MustCompile(`(?im)^! .*(?:not configured|instead of|only one)`)

// refused reports whether the device refused a line. Errors begin with a percent
// sign (arista-eos.md 1.4); other text is a warning.
func refused(line, answer string) bool {
	if unfiltered.MatchString(answer) {
		return true
	}
	for words := range text.Raw(answer) {
		if strings.HasPrefix(strings.TrimSpace(words), "%") {
			return !(strings.HasPrefix(line, "no monitor session ") && len(strings.Fields(line)) == 4 && gone.MatchString(words))
		}
	}
	return false
}
