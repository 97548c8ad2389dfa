package cmdline

import (
	"math/bits"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// PortOf is the port of a sub-interface, or the name itself.
func PortOf(full string) string { port, _, _ := strings.Cut(full, "."); return port }

// KindOf is the kind of a full name: what stands before its number.
func KindOf(full string) string { return full[:max(0, strings.IndexAny(full, "0123456789"))] }

// NumberOf is what stands behind the kind of a full name.
func NumberOf(full string) string { return full[len(KindOf(full)):] }

// WithLength writes an address of IPv4 and its mask as a prefix; anything else stays.
func WithLength(address string) string {
	first, rest, _ := strings.Cut(address, " ")
	mask, err := netip.ParseAddr(rest)
	if err != nil || !mask.Is4() {
		return address
	}
	length := 0
	for _, b := range mask.As4() {
		length += bits.OnesCount8(b)
	}
	return first + "/" + strconv.Itoa(length)
}

// ShortList is a list of full names as show commands print it.
func (t *PortNames) ShortList(full []string, sep string) string {
	out := make([]string, len(full))
	for i, f := range full {
		out[i] = t.ShortOf(f)
	}
	return strings.Join(out, sep)
}

var listPart = regexp.MustCompile(`^([A-Za-z][A-Za-z-]*?)?(\d+(?:/\d+)*)(\.\d+)?(?:-(?:\d+/)*(\d+))?$`)

// mostInRange bounds a range of ports.
const mostInRange = 1000

// List reads names with commas between them, of which each may be a range that
// ends in the last number: "Ethernet1/1-4,Ethernet1/7". A bare number goes on
// with the kind before. Blanks do not count. The names are full ones.
func (t *PortNames) List(text string) (full []string, ok bool) {
	kind := ""
	for _, part := range strings.Split(strings.ReplaceAll(text, " ", ""), ",") {
		m := listPart.FindStringSubmatch(part)
		if m == nil || m[3] != "" && m[4] != "" {
			return nil, false
		}
		if m[1] != "" {
			kind = m[1]
		}
		n, ok := t.Parse(kind + m[2] + m[3])
		last := n.Num
		if m[4] != "" {
			last, _ = strconv.Atoi(m[4])
		}
		if !ok || last < n.Num || last-n.Num > mostInRange {
			return nil, false
		}
		for ; n.Num <= last; n.Num++ {
			full = append(full, t.Full(n))
		}
	}
	return full, true
}

// Lists is the type of such a list: its words end where no comma, before or behind a
// blank, asks for more.
// allowed tells which names it may hold; a port must be one of the switch.
func (t *PortNames) Lists(allowed func(env any, full string) bool) ParamType {
	return func(env any, toks []Token) (any, int, *Fault) {
		text, used := "", 0
		for used < len(toks) && (text == "" || strings.HasSuffix(text, ",") || strings.HasPrefix(toks[used].Text, ",") || !strings.ContainsAny(text[strings.LastIndexByte(text, ',')+1:], "0123456789")) {
			text += toks[used].Text
			used++
		}
		list, ok := t.List(text)
		for _, full := range list {
			n, _ := t.Parse(full)
			physical := t.Kinds[n.Kind].Speed != 0
			ok = ok && allowed(env, full) && (!physical || env.(PortHolder).Exists(PortOf(full)))
		}
		if !ok {
			return nil, 0, BadAt(toks[used-1], 0)
		}
		return list, used, nil
	}
}
