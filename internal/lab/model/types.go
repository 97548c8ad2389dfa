package model

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Base is the built-in type that a Type is made of.
type Base int

// The built-in types.
const (
	BaseString Base = iota
	BaseInt         // of any size and sign
	BaseDecimal
	BaseEnum
	BaseBool
	BaseEmpty
	BaseIdentity
	BaseUnion
)

// A Type is what values of a leaf may be.
type Type struct {
	Base Base
	// Ranges are those of a number, or of the length of a text in characters; none = any.
	Ranges [][2]int64
	// Patterns a text has to match, each as a whole.
	Patterns []*regexp.Regexp
	// Words are the values of an enumeration, or the identities as "module:name".
	Words []string
	// Wide numbers are texts in JSON (64 bits).
	Wide, unsigned bool
	Members        []*Type
	// Refers reports whether what a reference names is there; it is asked about whole
	// configurations. Target is the path that it looks at. Nil: no reference.
	Refers func(*Node) bool
	Target string
	// Further finds what is wrong with a value beyond all that, "" = nothing.
	Further func(value string) string
}

// String is a text; lengths as "1..255", "" = any. Each pattern is a regular expression
// for the whole of it.
func String(lengths string, patterns ...string) *Type {
	t := &Type{Ranges: ranges(lengths)}
	for _, p := range patterns {
		t.Patterns = append(t.Patterns, regexp.MustCompile(`^(?:`+p+`)$`))
	}
	return t
}

// The limits of numbers by their size in bits.
func size(bits int, unsigned bool) [][2]int64 {
	switch {
	case bits == 64:
		return nil
	case unsigned:
		return [][2]int64{{0, 1<<bits - 1}}
	}
	return [][2]int64{{-1 << (bits - 1), 1<<(bits-1) - 1}}
}

// Uint is a number without a sign of so many bits; ranges as "0 | 64 | 128..256", "" = any.
func Uint(bits int, within string) *Type {
	t := &Type{Base: BaseInt, Wide: bits == 64, unsigned: true, Ranges: ranges(within)}
	if within == "" {
		t.Ranges = size(bits, true)
	}
	return t
}

// Int is a number with a sign.
func Int(bits int, within string) *Type {
	t := &Type{Base: BaseInt, Wide: bits == 64, Ranges: ranges(within)}
	if within == "" {
		t.Ranges = size(bits, false)
	}
	return t
}

// Decimal is a decimal fraction.
func Decimal() *Type { return &Type{Base: BaseDecimal, Wide: true} }

// Enum is one of some words, which blanks separate.
func Enum(words string) *Type { return &Type{Base: BaseEnum, Words: strings.Fields(words)} }

// Bool is true or false.
func Bool() *Type { return &Type{Base: BaseBool} }

// Empty is a leaf that is there or not.
func Empty() *Type { return &Type{Base: BaseEmpty} }

// Identity is one of some identities, each "module:name", which blanks separate. Values
// are kept as the name alone.
func Identity(names string) *Type { return &Type{Base: BaseIdentity, Words: strings.Fields(names)} }

// Union is what one of several types takes, the first that does.
func Union(members ...*Type) *Type { return &Type{Base: BaseUnion, Members: members} }

// Ref is t for values that name something; target is said where it is not there.
func (t *Type) Ref(target string, there func(*Node) bool) *Type {
	c := *t
	c.Refers, c.Target = there, target
	return &c
}

// Where is t with a further check.
func (t *Type) Where(wrong func(value string) string) *Type {
	c := *t
	c.Further = wrong
	return &c
}

func ranges(text string) (out [][2]int64) {
	if text == "" {
		return nil
	}
	for part := range strings.SplitSeq(text, "|") {
		low, high, is := strings.Cut(strings.TrimSpace(part), "..")
		if !is {
			high = low
		}
		a, err := strconv.ParseInt(low, 10, 64)
		b, err2 := strconv.ParseInt(high, 10, 64)
		if err != nil || err2 != nil {
			panic("model: " + text + " is no range")
		}
		out = append(out, [2]int64{a, b})
	}
	return out
}

func within(ranges [][2]int64, n int64) bool {
	return len(ranges) == 0 || slices.ContainsFunc(ranges, func(r [2]int64) bool { return n >= r[0] && n <= r[1] })
}

var (
	integer  = regexp.MustCompile(`^[+-]?[0-9]+$`)
	fraction = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)
)

// Parse is a value as it is kept, or what is wrong with it. An identity may have its
// module in front.
func (t *Type) Parse(text string) (kept, wrong string) {
	if kept, wrong = t.parse(text); wrong == "" && t.Further != nil {
		wrong = t.Further(kept)
	}
	return kept, wrong
}

func (t *Type) parse(text string) (kept, wrong string) {
	switch t.Base {
	case BaseInt:
		return t.number(text)
	case BaseDecimal:
		if !fraction.MatchString(text) {
			return "", "not a decimal number"
		}
		return text, ""
	case BaseBool:
		if text != "true" && text != "false" {
			return "", "not true or false"
		}
		return text, ""
	case BaseEmpty:
		if text != "" {
			return "", "takes no value"
		}
		return "", ""
	case BaseEnum:
		if !slices.Contains(t.Words, text) {
			return "", "not one of " + strings.Join(t.Words, ", ")
		}
		return text, ""
	case BaseIdentity:
		for _, w := range t.Words {
			if _, name, _ := strings.Cut(w, ":"); w == text || name == text {
				return name, ""
			}
		}
		return "", "not one of " + strings.Join(t.Words, ", ")
	case BaseUnion:
		for _, m := range t.Members {
			if kept, wrong := m.Parse(text); wrong == "" {
				return kept, ""
			}
		}
		return "", "fits no type of the union"
	}
	return t.text(text)
}

func (t *Type) number(text string) (kept, wrong string) {
	if !integer.MatchString(text) {
		return "", "not a number"
	}
	n, _ := new(big.Int).SetString(text, 10)
	switch {
	case t.unsigned && n.Sign() < 0, len(t.Ranges) == 0 && !t.unsigned && !n.IsInt64(), !n.IsInt64() && !(t.unsigned && n.IsUint64()),
		len(t.Ranges) > 0 && (!n.IsInt64() || !within(t.Ranges, n.Int64())):
		return "", "out of range"
	}
	return n.String(), ""
}

func (t *Type) text(text string) (kept, wrong string) {
	if n := int64(len([]rune(text))); !within(t.Ranges, n) {
		return "", fmt.Sprintf("length %d is not allowed", n)
	}
	for _, r := range text { // RFC 7950, 9.4
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0xfffe && r <= 0xffff || r == '\uFFFD' {
			return "", "has a character that no text may have"
		}
	}
	for _, p := range t.Patterns {
		if !p.MatchString(text) {
			return "", "Must match the pattern " + strings.TrimSuffix(strings.TrimPrefix(p.String(), "^(?:"), ")$")
		}
	}
	return text, ""
}

// module is the module of an identity.
func (t *Type) module(name string) string {
	for _, w := range t.Words {
		if m, n, _ := strings.Cut(w, ":"); n == name {
			return m
		}
	}
	for _, u := range t.Members {
		if m := u.module(name); m != "" && u.Base == BaseIdentity {
			return m
		}
	}
	return ""
}

// member is the type of a union that takes a value as it is kept; of others, the type.
func (t *Type) member(value string) *Type {
	for _, m := range t.Members {
		if _, wrong := m.Parse(value); wrong == "" {
			return m.member(value)
		}
	}
	return t
}
