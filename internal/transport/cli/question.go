package cli

import (
	"fmt"
	"regexp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// defaultQuestion matches the end of a line in which a device asks something:
// "[confirm]", "[yes/no]: ", "(y/n)[n]", "[no]:", "Destination filename
// [startup-config]?" (the forms that Cisco's NSO driver for IOS answers, and
// those of the IOS command references); "[yes,no] (yes)" of Junos and "[cancel]:" of
// IOS-XR, when configuration is left (transactions.md 2.2, 3.4).
var defaultQuestion = regexp.MustCompile(`(?i)(\[confirm\]|[\[(](yes|y)\s*[/,]\s*\[?(no|n)\]?[\])](\[[yn]?\]?|\s*\((yes|no)\))?|\[(yes|no|y|n|cancel)\])\s*[:?]?\s*$|\[[\w.:/-]{0,60}\]\s*\?\s*$`)

// A questionWatch finds a device that asks something instead of answering.
type questionWatch struct{ question *regexp.Regexp }

// look judges the last line, as far as it has come.
func (w questionWatch) look(last string) finding {
	if w.question.MatchString(last) {
		return finding{suspect: errAsked{last}}
	}
	return finding{}
}

// errAsked is a question of the device, which nobody answers.
type errAsked struct{ words string }

func (e errAsked) Error() string {
	return fmt.Sprintf("the device asks %q, and is not answered", e.words)
}

// Unwrap gives the kind to errors.Is.
func (errAsked) Unwrap() error { return mirror.ErrRejected }
