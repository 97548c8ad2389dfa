package lab

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// badAt is the fault of a text that goes wrong off letters into a token.
func badAt(t token, off int) *parseFault { return &parseFault{kind: invalidInput, col: t.col + off} }

// word takes one token as it is.
func word(_ any, toks []token) (any, int, *parseFault) { return toks[0].text, 1, nil }

// restOfLine takes everything, with the blanks as typed folded to one.
func restOfLine(_ any, toks []token) (any, int, *parseFault) {
	words := make([]string, len(toks))
	for i, t := range toks {
		words[i] = t.text
	}
	return strings.Join(words, " "), len(toks), nil
}

// numberType reads a number from lo to hi.
func numberType(lo, hi int) paramType {
	return func(_ any, toks []token) (any, int, *parseFault) {
		n, err := strconv.Atoi(toks[0].text)
		if err != nil || n < lo || n > hi {
			return nil, 0, badAt(toks[0], 0)
		}
		return n, 1, nil
	}
}

// ipv4 reads an IPv4 address and keeps its text.
func ipv4(_ any, toks []token) (any, int, *parseFault) {
	if a, err := netip.ParseAddr(toks[0].text); err != nil || !a.Is4() {
		return nil, 0, badAt(toks[0], 0)
	}
	return toks[0].text, 1, nil
}

// ipv6 reads an IPv6 address and keeps its text.
func ipv6(_ any, toks []token) (any, int, *parseFault) {
	if a, err := netip.ParseAddr(toks[0].text); err != nil || !a.Is6() {
		return nil, 0, badAt(toks[0], 0)
	}
	return toks[0].text, 1, nil
}

// A portHolder is the switch that a line is typed on: the env of the types that
// name ports.
type portHolder interface {
	// exists reports whether a port can be named, by its full name.
	exists(name string) bool
}

// anyPort reads the name of an interface, of one token ("gi1/0/1") or two
// ("GigabitEthernet 1/0/1"), existing or not. The value is the full name.
func (t *portNaming) anyPort(_ any, toks []token) (any, int, *parseFault) {
	text, used := toks[0].text, 1
	if !strings.ContainsAny(text, "0123456789") && len(toks) > 1 {
		text, used = text+toks[1].text, 2
	}
	n, ok := t.parse(text)
	if ok {
		return t.full(n), used, nil
	}
	last := toks[used-1]
	if used == 1 { // the type may be right and the number wrong or missing
		at := strings.IndexAny(text, "0123456789")
		if at > 0 && t.kind(text[:at]) >= 0 {
			return nil, 0, badAt(last, at)
		}
	}
	return nil, 0, badAt(last, 0)
}

// onePort reads the name of an interface that exists.
func (t *portNaming) onePort(env any, toks []token) (any, int, *parseFault) {
	v, used, fault := t.anyPort(env, toks)
	if fault != nil {
		return nil, 0, fault
	}
	if !env.(portHolder).exists(v.(string)) {
		last := toks[used-1]
		return nil, 0, badAt(last, max(strings.LastIndexByte(last.text, '/')+1, 0))
	}
	return v, used, nil
}

// portList reads "Gi1/0/1 - 4 , Gi1/0/9": comma and hyphen stand between blanks
// and the end of a range is a bare number. The value is a list of full names.
func (t *portNaming) portList(env any, toks []token) (any, int, *parseFault) {
	var list []string
	at := 0
	for {
		if at >= len(toks) {
			return nil, 0, &parseFault{kind: incompleteCommand, col: toks[at-1].col}
		}
		v, used, fault := t.onePort(env, toks[at:])
		if fault != nil {
			return nil, 0, fault
		}
		at += used
		names := []string{v.(string)}
		if at+1 < len(toks) && toks[at].text == "-" {
			if names, fault = t.portRange(env, v.(string), toks[at+1]); fault != nil {
				return nil, 0, fault
			}
			at += 2
		}
		list = append(list, names...)
		if at < len(toks) && toks[at].text == "," {
			at++
			continue
		}
		return list, at, nil
	}
}

func (t *portNaming) portRange(env any, first string, end token) ([]string, *parseFault) {
	n, _ := t.parse(first)
	hi, err := strconv.Atoi(end.text)
	if err != nil || hi < n.num {
		return nil, badAt(end, 0)
	}
	var names []string
	for ; n.num <= hi; n.num++ {
		if !env.(portHolder).exists(t.full(n)) {
			return nil, badAt(end, 0)
		}
		names = append(names, t.full(n))
	}
	return names, nil
}

// vlanBlanks reads "1 , 10 - 11"; devices were also seen to take "200-201".
func vlanBlanks(_ any, toks []token) (any, int, *parseFault) {
	var set fabric.VLANSet
	at := 0
	for {
		if at >= len(toks) {
			return nil, 0, &parseFault{kind: incompleteCommand, col: toks[at-1].col}
		}
		text, used := toks[at].text, 1
		if at+2 < len(toks) && toks[at+1].text == "-" {
			text, used = text+"-"+toks[at+2].text, 3
		}
		part, ok := fabric.ParseVLANs(text)
		if !ok {
			return nil, 0, badAt(toks[at], 0)
		}
		set.Union(part)
		at += used
		if at < len(toks) && toks[at].text == "," {
			at++
			continue
		}
		return set, at, nil
	}
}

// vlanCompact reads "1,10-11", the form of trunk lists.
func vlanCompact(_ any, toks []token) (any, int, *parseFault) {
	set, ok := fabric.ParseVLANs(toks[0].text)
	if !ok {
		return nil, 0, badAt(toks[0], 0)
	}
	return set, 1, nil
}
