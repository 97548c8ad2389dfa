package metrics

import (
	"context"
	"errors"

	"github.com/netmirror/netmirror/internal/mirror"
)

// kinds are the words for errors in labels, the more telling first.
var kinds = []struct {
	word string
	kind error
}{
	{"host-key", mirror.ErrHostKey}, {"credentials", mirror.ErrCredentials}, {"auth", mirror.ErrAuth}, {"rejected", mirror.ErrRejected},
	{"parse", mirror.ErrParse}, {"unsupported", mirror.ErrUnsupported}, {"busy", mirror.ErrBusy}, {"changed", mirror.ErrChanged},
	{"timeout", mirror.ErrTimeout}, {"unreachable", mirror.ErrUnreachable}, {"canceled", context.Canceled},
}

const otherKind = "other"

// kindOf is a word for an error. The error's text is never a label.
func kindOf(err error) string {
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			return k.word
		}
	}
	return otherKind
}
