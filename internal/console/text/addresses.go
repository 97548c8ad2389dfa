package text

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Addresses is a table of learned addresses. The type follows the address in every
// layout, and the port comes last. A type that is not known counts as learned: a device
// that speaks is no idle port.
type Addresses struct {
	Command    string // for errors
	Noise      *Noise
	Ports      *Grammar
	Head       *regexp.Regexp
	Address    *regexp.Regexp
	NotLearned *regexp.Regexp // types
	NoPort     *regexp.Regexp // what stands where a port would: the device itself, nothing
	Beside     *regexp.Regexp // lines around the rows
	None       *regexp.Regexp // those of them that say that there is no row
	// Anywhere: columns may follow the port, which is the first word behind the type that
	// is one.
	Anywhere bool
}

// PortWord is how a port's name looks in one word.
var PortWord = regexp.MustCompile(`^[A-Za-z][A-Za-z-]*\d[\d/.]*$`)

// Count counts learned addresses by port. An answer without any line is an
// empty table; a text without heading, or with a line that is neither a row nor
// known to stand around rows, is mirror.ErrParse. The device's total is no
// check: addresses come and go while it prints.
func (a *Addresses) Count(reply string) (map[mirror.PortName]int, error) {
	out := map[mirror.PortName]int{}
	head, more := false, false // more: the ports of the last row may go on
	for _, line := range a.Noise.Lines(reply) {
		ports, learned, ok := a.row(line)
		switch {
		case ok && !head:
			return nil, ParseError(a.Command, line)
		case ok:
			more = !learned
			for _, p := range ports {
				out[p]++
			}
		case a.Head.MatchString(line):
			head = true
		case a.Beside.MatchString(line):
			head = head || a.None.MatchString(line)
		case more && a.morePorts(line):
		case !a.Noise.Echoed(line):
			return nil, ParseError(a.Command, line)
		}
	}
	if !head && a.Noise.Quiet(reply) != "" {
		return nil, ParseError(a.Command, FirstLine(reply))
	}
	return out, nil
}

// row reads a row, and the ports of a learned address. It is no row without
// an address and a type, or where a learned address has no port.
func (a *Addresses) row(line string) (ports []mirror.PortName, learned, ok bool) {
	words := strings.Fields(line)
	at := slices.IndexFunc(words, a.Address.MatchString)
	if at < 0 || at > 3 || at+1 >= len(words) {
		return nil, false, false
	}
	if a.NotLearned.MatchString(words[at+1]) {
		return nil, false, true
	}
	if at+2 >= len(words) {
		return nil, false, false
	}
	if a.Anywhere {
		i := slices.IndexFunc(words[at+2:], func(w string) bool { _, ok := a.Ports.Read(w); return ok })
		if i < 0 { // at the end of a tunnel, or in the switch itself
			return nil, true, true
		}
		words = words[:at+2+i+1]
	}
	for part := range strings.SplitSeq(strings.Trim(words[len(words)-1], ","), ",") {
		n, known := a.Ports.Read(part)
		switch {
		case known:
			ports = append(ports, n.Full())
		case PortWord.MatchString(part) && !a.NoPort.MatchString(part):
			ports = append(ports, a.Ports.Unnamed(part).Full())
		case !a.NoPort.MatchString(part):
			return nil, false, false
		}
	}
	return ports, true, true
}

// morePorts reports a further line of the ports of an address that was not
// learned.
func (a *Addresses) morePorts(line string) bool {
	return (line[0] == ' ' || line[0] == '\t') && !slices.ContainsFunc(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }),
		func(w string) bool { return !PortWord.MatchString(w) && !a.NoPort.MatchString(w) })
}
