package lab

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// iosxeTypes are the parameter types of the command patterns. env is the
// *iosxe whose lock the caller holds.
func iosxeTypes() map[string]paramType {
	types := map[string]paramType{
		"word":     word,
		"line":     restOfLine,
		"ipv4":     ipv4,
		"ipv6":     ipv6,
		"if":       oneInterface,
		"newif":    anyInterface,
		"ifs":      interfaceList,
		"vlans":    vlanBlanks,
		"compact":  vlanCompact,
		"sid":      sessionNumber,
		"sidrange": sessionRange,
		"mask":     ipv4,
	}
	for _, r := range [][2]int{{0, 7}, {0, 15}, {0, 63}, {0, 512}, {1, 120}, {1, 128}, {1, 1023}, {1, 4094}, {2, 3}, {2, 255},
		{68, 9216}, {30, 600}} {
		types[strconv.Itoa(r[0])+"-"+strconv.Itoa(r[1])] = numberType(r[0], r[1])
	}
	types["rspan"] = rspanVLAN
	types["mtu"] = func(env any, toks []token) (any, int, *parseFault) {
		// 176 to 9000 by YANG on Catalyst, 64 to 9180 by the router guide.
		if m := env.(*iosxe).model; m.family == "ASR1000" || m.router {
			return numberType(64, 9180)(env, toks)
		}
		return numberType(176, 9000)(env, toks)
	}
	return types
}

func badAt(t token, off int) *parseFault { return &parseFault{kind: invalidInput, col: t.col + off} }

func word(_ any, toks []token) (any, int, *parseFault) { return toks[0].text, 1, nil }

// restOfLine takes everything, with the blanks as typed folded to one.
func restOfLine(_ any, toks []token) (any, int, *parseFault) {
	words := make([]string, len(toks))
	for i, t := range toks {
		words[i] = t.text
	}
	return strings.Join(words, " "), len(toks), nil
}

func numberType(lo, hi int) paramType {
	return func(_ any, toks []token) (any, int, *parseFault) {
		n, err := strconv.Atoi(toks[0].text)
		if err != nil || n < lo || n > hi {
			return nil, 0, badAt(toks[0], 0)
		}
		return n, 1, nil
	}
}

// rspanVLAN: 2-1001 and 1006-4094 (Catalyst 3650 command reference).
func rspanVLAN(env any, toks []token) (any, int, *parseFault) {
	v, used, fault := numberType(2, 4094)(env, toks)
	if n, _ := v.(int); fault == nil && n >= 1002 && n <= 1005 {
		return nil, 0, badAt(toks[0], 0)
	}
	return v, used, fault
}

func ipv4(_ any, toks []token) (any, int, *parseFault) {
	if a, err := netip.ParseAddr(toks[0].text); err != nil || !a.Is4() {
		return nil, 0, badAt(toks[0], 0)
	}
	return toks[0].text, 1, nil
}

func ipv6(_ any, toks []token) (any, int, *parseFault) {
	if a, err := netip.ParseAddr(toks[0].text); err != nil || !a.Is6() {
		return nil, 0, badAt(toks[0], 0)
	}
	return strings.ToUpper(toks[0].text), 1, nil
}

// anyInterface reads an interface name of one token ("gi1/0/1") or two
// ("GigabitEthernet 1/0/1"), existing or not.
func anyInterface(_ any, toks []token) (any, int, *parseFault) {
	text, used := toks[0].text, 1
	if !strings.ContainsAny(text, "0123456789") && len(toks) > 1 {
		text, used = text+toks[1].text, 2
	}
	n, ok := parseIfName(text)
	if ok {
		return n.full(), used, nil
	}
	last := toks[used-1]
	if used == 1 { // the type may be right and the number wrong or missing
		at := strings.IndexAny(text, "0123456789")
		if at > 0 && ifKind(text[:at]) >= 0 {
			return nil, 0, badAt(last, at)
		}
	}
	return nil, 0, badAt(last, 0)
}

// oneInterface reads the name of an interface that exists.
func oneInterface(env any, toks []token) (any, int, *parseFault) {
	v, used, fault := anyInterface(env, toks)
	if fault != nil {
		return nil, 0, fault
	}
	if !env.(*iosxe).exists(v.(string)) {
		last := toks[used-1]
		return nil, 0, badAt(last, max(strings.LastIndexByte(last.text, '/')+1, 0))
	}
	return v, used, nil
}

// interfaceList reads "Gi1/0/1 - 4 , Gi1/0/9": comma and hyphen stand between
// blanks and the end of a range is a bare number (3750 command reference).
func interfaceList(env any, toks []token) (any, int, *parseFault) {
	var list []string
	at := 0
	for {
		if at >= len(toks) {
			return nil, 0, &parseFault{kind: incompleteCommand, col: toks[at-1].col}
		}
		v, used, fault := oneInterface(env, toks[at:])
		if fault != nil {
			return nil, 0, fault
		}
		at += used
		names := []string{v.(string)}
		if at+1 < len(toks) && toks[at].text == "-" {
			if names, fault = interfaceRange(env, v.(string), toks[at+1]); fault != nil {
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

func interfaceRange(env any, first string, end token) ([]string, *parseFault) {
	n, _ := parseIfName(first)
	hi, err := strconv.Atoi(end.text)
	if err != nil || hi < n.num {
		return nil, badAt(end, 0)
	}
	var names []string
	for ; n.num <= hi; n.num++ {
		if !env.(*iosxe).exists(n.full()) {
			return nil, badAt(end, 0)
		}
		names = append(names, n.full())
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

func sessionNumber(env any, toks []token) (any, int, *parseFault) {
	return numberType(1, env.(*iosxe).model.maxSession)(env, toks)
}

// sessionRange reads "1-3,5": no blanks here.
func sessionRange(env any, toks []token) (any, int, *parseFault) {
	set, ok := fabric.ParseVLANs(toks[0].text)
	list := set.List()
	if !ok || list[len(list)-1] > env.(*iosxe).model.maxSession {
		return nil, 0, badAt(toks[0], 0)
	}
	return set, 1, nil
}
