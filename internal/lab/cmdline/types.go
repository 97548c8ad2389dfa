package cmdline

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// BadAt is the fault of a text that goes wrong off letters into a token.
func BadAt(t Token, off int) *Fault { return &Fault{Kind: Invalid, Col: t.Col + off} }

// Word takes one token as it is.
func Word(_ any, toks []Token) (any, int, *Fault) { return toks[0].Text, 1, nil }

// WordThat takes one token that is right.
func WordThat(right func(string) bool) ParamType {
	return func(_ any, toks []Token) (any, int, *Fault) {
		if !right(toks[0].Text) {
			return nil, 0, BadAt(toks[0], 0)
		}
		return toks[0].Text, 1, nil
	}
}

// Atoi is a number, or def where the text is none.
func Atoi(text string, def int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return def
}

// RestOfLine takes everything, with the blanks as typed folded to one.
func RestOfLine(_ any, toks []Token) (any, int, *Fault) {
	words := make([]string, len(toks))
	for i, t := range toks {
		words[i] = t.Text
	}
	return strings.Join(words, " "), len(toks), nil
}

// Number reads a number from lo to hi.
func Number(lo, hi int) ParamType {
	return func(_ any, toks []Token) (any, int, *Fault) {
		n, err := strconv.Atoi(toks[0].Text)
		if err != nil || n < lo || n > hi {
			return nil, 0, BadAt(toks[0], 0)
		}
		return n, 1, nil
	}
}

// IPv4 reads an IPv4 address and keeps its text.
func IPv4(_ any, toks []Token) (any, int, *Fault) {
	if a, err := netip.ParseAddr(toks[0].Text); err != nil || !a.Is4() {
		return nil, 0, BadAt(toks[0], 0)
	}
	return toks[0].Text, 1, nil
}

// IPv6 reads an IPv6 address and keeps its text.
func IPv6(_ any, toks []Token) (any, int, *Fault) {
	if a, err := netip.ParseAddr(toks[0].Text); err != nil || !a.Is6() {
		return nil, 0, BadAt(toks[0], 0)
	}
	return toks[0].Text, 1, nil
}

// A PortHolder is the switch that a line is typed on: the env of the types that
// name ports.
type PortHolder interface {
	// Exists reports whether a port can be named, by its full name.
	Exists(name string) bool
}

// AnyPort reads the name of an interface, of one token ("et1/0/1") or two
// ("Ethernet 1/0/1"), existing or not. The value is the full name.
func (t *PortNames) AnyPort(_ any, toks []Token) (any, int, *Fault) {
	text, used := toks[0].Text, 1
	if !strings.ContainsAny(text, "0123456789") && len(toks) > 1 {
		text, used = text+toks[1].Text, 2
	}
	n, ok := t.Parse(text)
	if ok {
		return t.Full(n), used, nil
	}
	last := toks[used-1]
	if used == 1 { // the type may be right and the number wrong or missing
		at := strings.IndexAny(text, "0123456789")
		if at > 0 && t.Kind(text[:at]) >= 0 {
			return nil, 0, BadAt(last, at)
		}
	}
	return nil, 0, BadAt(last, 0)
}

// OnePort reads the name of an interface that exists.
func (t *PortNames) OnePort(env any, toks []Token) (any, int, *Fault) {
	v, used, fault := t.AnyPort(env, toks)
	if fault != nil {
		return nil, 0, fault
	}
	if !env.(PortHolder).Exists(v.(string)) {
		last := toks[used-1]
		return nil, 0, BadAt(last, max(strings.LastIndexByte(last.Text, '/')+1, 0))
	}
	return v, used, nil
}

// PortList reads "Et1/0/1 - 4 , Et1/0/9": comma and hyphen stand between blanks
// and the end of a range is a bare number. The value is a list of full names.
func (t *PortNames) PortList(env any, toks []Token) (any, int, *Fault) {
	var list []string
	at := 0
	for {
		if at >= len(toks) {
			return nil, 0, &Fault{Kind: Incomplete, Col: toks[at-1].Col}
		}
		v, used, fault := t.OnePort(env, toks[at:])
		if fault != nil {
			return nil, 0, fault
		}
		at += used
		names := []string{v.(string)}
		if at+1 < len(toks) && toks[at].Text == "-" {
			if names, fault = t.portRange(env, v.(string), toks[at+1]); fault != nil {
				return nil, 0, fault
			}
			at += 2
		}
		list = append(list, names...)
		if at < len(toks) && toks[at].Text == "," {
			at++
			continue
		}
		return list, at, nil
	}
}

func (t *PortNames) portRange(env any, first string, end Token) ([]string, *Fault) {
	n, _ := t.Parse(first)
	hi, err := strconv.Atoi(end.Text)
	if err != nil || hi < n.Num {
		return nil, BadAt(end, 0)
	}
	var names []string
	for ; n.Num <= hi; n.Num++ {
		if !env.(PortHolder).Exists(t.Full(n)) {
			return nil, BadAt(end, 0)
		}
		names = append(names, t.Full(n))
	}
	return names, nil
}

// VLANBlanks reads "1 , 10 - 11"; devices were also seen to take "200-201".
func VLANBlanks(_ any, toks []Token) (any, int, *Fault) {
	var set fabric.VLANSet
	at := 0
	for {
		if at >= len(toks) {
			return nil, 0, &Fault{Kind: Incomplete, Col: toks[at-1].Col}
		}
		text, used := toks[at].Text, 1
		if at+2 < len(toks) && toks[at+1].Text == "-" {
			text, used = text+"-"+toks[at+2].Text, 3
		}
		part, ok := fabric.ParseVLANs(text)
		if !ok {
			return nil, 0, BadAt(toks[at], 0)
		}
		set.Union(part)
		at += used
		if at < len(toks) && toks[at].Text == "," {
			at++
			continue
		}
		return set, at, nil
	}
}

// VLANWords reads lists with blanks between them: "1 2-5 6".
func VLANWords(env any, toks []Token) (any, int, *Fault) {
	v, _, fault := VLANCompact(env, toks)
	if fault != nil {
		return nil, 0, fault
	}
	all, used := v.(fabric.VLANSet), 1
	for ; used < len(toks); used++ {
		more, ok := fabric.ParseVLANs(toks[used].Text)
		if !ok {
			break
		}
		all.Union(more)
	}
	return all, used, nil
}

// VLANCompact reads "1,10-11", the form of trunk lists.
func VLANCompact(_ any, toks []Token) (any, int, *Fault) {
	set, ok := fabric.ParseVLANs(toks[0].Text)
	if !ok {
		return nil, 0, BadAt(toks[0], 0)
	}
	return set, 1, nil
}
