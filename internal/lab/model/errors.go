package model

import (
	"errors"
	"fmt"
	"strings"
)

// The tags of errors, as NETCONF has them (RFC 6241, appendix A).
const (
	TagUnknownElement   = "unknown-element"
	TagUnknownNamespace = "unknown-namespace"
	TagUnknownAttribute = "unknown-attribute"
	TagBadElement       = "bad-element"
	TagBadAttribute     = "bad-attribute"
	TagMissingElement   = "missing-element"
	TagMissingAttribute = "missing-attribute"
	TagInvalidValue     = "invalid-value"
	TagDataExists       = "data-exists"
	TagDataMissing      = "data-missing"
	TagMalformed        = "malformed-message"
	TagFailed           = "operation-failed"
)

// An Error is why something is refused.
type Error struct {
	Tag    string
	AppTag string // as of RFC 7950, 15: must-violation, instance-required, too-many-elements, missing-choice
	At     Path   // where
	Text   string // why, in the device's words
	// Name is the node that is meant, Value its value, Pattern what it should have matched.
	Name, Value, Pattern string
	// Options are the names that would have been known.
	Options []string
}

// Error is the path and why.
func (e *Error) Error() string { return e.At.String() + ": " + e.Text }

// Errors are all that is wrong, in order.
type Errors []*Error

// Error joins them.
func (l Errors) Error() string {
	var all []string
	for _, e := range l {
		all = append(all, e.Error())
	}
	return strings.Join(all, "; ")
}

// ErrorsOf are the Errors that an error consists of; one of another kind is
// operation-failed.
func ErrorsOf(err error) Errors {
	var list Errors
	var one *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &list):
		return list
	case errors.As(err, &one):
		return Errors{one}
	}
	return Errors{{Tag: TagFailed, Text: err.Error()}}
}

// fault makes an error and puts it in the device's words.
func (s *Schema) fault(e Error, format string, a ...any) *Error {
	e.Text = fmt.Sprintf(format, a...)
	if s.Words != nil {
		s.Words(&e)
	}
	return &e
}

func (s *Schema) unknown(at Path, d *Def, name string) *Error {
	return s.fault(Error{Tag: TagUnknownElement, At: at, Name: name, Options: d.options()}, "unknown element '%s'", name)
}

func (s *Schema) badValue(at Path, name, value, wrong string) *Error {
	e := Error{Tag: TagInvalidValue, At: at, Name: name, Value: value}
	if p, is := strings.CutPrefix(wrong, "Must match the pattern "); is {
		e.Pattern = p
	}
	return s.fault(e, "Failed to parse value '%s' for key '%s': %s", value, name, wrong)
}
