package mirror

import "log/slog"

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
