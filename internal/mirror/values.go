package mirror

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Values are those that a number of a session may have on a platform. The zero value
// means that no document tells: then the device has the last word.
type Values struct {
	From int `json:"from,omitempty"` // inclusive
	To   int `json:"to,omitempty"`   // inclusive
	// Step allows its multiples alone, 0 = every number.
	Step   int   `json:"step,omitempty"`
	Except []int `json:"except,omitempty"` // sorted
	// Only are all that are allowed; the other fields are 0 beside it. Sorted.
	Only []int `json:"only,omitempty"`
}

// Known reports whether anything is told of what is allowed.
func (v Values) Known() bool { return len(v.Only) > 0 || v.To != 0 }

// Allow reports whether a number is one of the values.
func (v Values) Allow(n int) bool {
	switch {
	case !v.Known():
		return true
	case len(v.Only) > 0:
		return slices.Contains(v.Only, n)
	}
	return n >= v.From && n <= v.To && (v.Step == 0 || n%v.Step == 0) && !slices.Contains(v.Except, n)
}

// First is the lowest of the values, 0 where none are told.
func (v Values) First() int {
	if len(v.Only) > 0 {
		return v.Only[0]
	}
	for n := v.From; n <= v.To; n++ {
		if v.Allow(n) {
			return n
		}
	}
	return v.From
}

// String reads "between 64 and 9000 in steps of 4" or "one of 64, 128, 256".
func (v Values) String() string {
	list := func(in []int) string {
		out := make([]string, len(in))
		for i, n := range in {
			out[i] = strconv.Itoa(n)
		}
		return strings.Join(out, ", ")
	}
	switch {
	case len(v.Only) == 1:
		return list(v.Only) + ", the only one that there is"
	case len(v.Only) > 0:
		return "one of " + list(v.Only)
	case !v.Known():
		return "any"
	}
	out := fmt.Sprintf("between %d and %d", v.From, v.To)
	if v.Step > 1 {
		out += fmt.Sprintf(" in steps of %d", v.Step)
	}
	if len(v.Except) > 0 {
		out += ", except " + list(v.Except)
	}
	return out
}

// Ranges are the values that the numbers of a session may have, where the platform
// can be asked for them at all.
type Ranges struct {
	VLAN       Values `json:"vlan,omitzero"`     // as a source or a filter; not told = 1 to MaxVLAN
	Truncate   Values `json:"truncate,omitzero"` // octets
	Sample     Values `json:"sample,omitzero"`   // one of so many frames
	RemoteVLAN Values `json:"remoteVlan,omitzero"`
	ERSPANID   Values `json:"erspanId,omitzero"` // behind an ERSPAN header
	GREKey     Values `json:"greKey,omitzero"`
	TTL        Values `json:"ttl,omitzero"`
	DSCP       Values `json:"dscp,omitzero"`
	MTU        Values `json:"mtu,omitzero"`  // of the tunnel, octets
	Type       Values `json:"type,omitzero"` // of the ERSPAN header, 2 or 3
}
