package mib

import (
	"slices"
	"strconv"
	"strings"
)

// An OID is an object identifier.
type OID []uint32

// Parse reads the dotted form, with or without a dot before it.
func Parse(text string) (OID, bool) {
	var out OID
	for part := range strings.SplitSeq(strings.TrimPrefix(text, "."), ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil, false
		}
		out = append(out, uint32(n))
	}
	return out, true
}

// Must is Parse of a constant.
func Must(text string) OID {
	out, ok := Parse(text)
	if !ok {
		panic("mib: " + text + " is no object identifier")
	}
	return out
}

// String is the dotted form, with a dot before it.
func (o OID) String() string {
	var b strings.Builder
	for _, n := range o {
		b.WriteByte('.')
		b.WriteString(strconv.FormatUint(uint64(n), 10))
	}
	return b.String()
}

// Under is o with further arcs behind it, a new one.
func (o OID) Under(arcs ...uint32) OID { return slices.Concat(o, arcs) }

// Below are the arcs of name behind o; ok reports whether there are any.
func (o OID) Below(name OID) (index OID, ok bool) {
	if len(name) <= len(o) || !slices.Equal(name[:len(o)], o) {
		return nil, false
	}
	return name[len(o):], true
}

// Compare orders object identifiers as a walk does.
func Compare(a, b OID) int { return slices.Compare(a, b) }
