package srl

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

var (
	// portName is a port or LAG (interface-eth-lag of srl_nokia-common), with a
	// sub-interface or without. Slots and connectors have two digits, ports go to 128.
	portName = regexp.MustCompile(`^(ethernet-[1-9]\d?(?:/m[1-6])?(?:/[1-9]\d?)?/(?:[1-9]\d?|1[01]\d|12[0-8])|lag(?:[1-9]\d{0,2}|1000))(?:\.(0|[1-9]\d{0,3}))?$`)
	// otherName are the interfaces that are neither (interface-all); lif and vhn have
	// names of the system below, which are taken as they stand.
	otherName = regexp.MustCompile(`^(mgmt0(?:-standby)?|system0|sync0|(?:lo|irb)(?:0|[1-9]\d{0,2})|enp\d{1,3}s\d{1,2}f[0-7]|(?:lif|vhn)-[^\s,]+?)(?:\.(0|[1-9]\d{0,3}))?$`)
	// rangeTail ends a range: ethernet-1/3-7, and ethernet-1/{3..7} as the command line
	// has it.
	rangeTail = regexp.MustCompile(`^(.*[^\d])(?:(\d+)-(\d+)|\{(\d+)\.\.(\d+)\})$`)
)

// Ports reads ports in the words of the platform: ethernet-1/1, lag1,
// ethernet-1/1.100, and lists and ranges of them (ethernet-1/1-4, ethernet-1/{1..4}).
// mirror.ErrInvalid for anything else.
func Ports(list string) ([]mirror.PortName, error) {
	var out []mirror.PortName
	for part := range strings.SplitSeq(list, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		if known(part) {
			out = append(out, mirror.PortName(part))
			continue
		}
		more, err := ranged(part)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if len(out) > mirror.MaxSources {
		return nil, fmt.Errorf("%q: %d ports; at most %d: %w", list, len(out), mirror.MaxSources, mirror.ErrInvalid)
	}
	return out, nil
}

func known(name string) bool { return portName.MatchString(name) || otherName.MatchString(name) }

func ranged(part string) (out []mirror.PortName, err error) {
	m := rangeTail.FindStringSubmatch(part)
	if m == nil {
		return nil, fmt.Errorf("%q is no port of SR Linux, such as ethernet-1/1, lag1 or ethernet-1/1.0: %w", part, mirror.ErrInvalid)
	}
	from, err1 := strconv.Atoi(m[2] + m[4])
	to, err2 := strconv.Atoi(m[3] + m[5])
	if err1 != nil || err2 != nil || from > to || to-from >= mirror.MaxSources {
		return nil, fmt.Errorf("%q is no range of ports: %w", part, mirror.ErrInvalid)
	}
	for n := from; n <= to; n++ {
		name := m[1] + strconv.Itoa(n)
		if !portName.MatchString(name) || strings.HasPrefix(m[2]+m[4], "0") && from != 0 {
			return nil, fmt.Errorf("%q: %s is no port of SR Linux: %w", part, name, mirror.ErrInvalid)
		}
		out = append(out, mirror.PortName(name))
	}
	return out, nil
}

// base is the port of a sub-interface and its index, or the port itself with -1.
func base(name mirror.PortName) (port mirror.PortName, index int) {
	for _, form := range []*regexp.Regexp{portName, otherName} {
		if m := form.FindStringSubmatch(string(name)); m != nil {
			if m[2] == "" {
				return name, -1
			}
			index, _ = strconv.Atoi(m[2]) // digits
			return mirror.PortName(m[1]), index
		}
	}
	return name, -1
}

// sub is the name of a sub-interface.
func sub(port mirror.PortName, index string) mirror.PortName {
	return port + "." + mirror.PortName(index)
}

// mirrors: of the interfaces that can be mirrored or take copies.
func mirrors(name mirror.PortName) bool { return portName.MatchString(string(name)) }

func isLAG(name mirror.PortName) bool { return strings.HasPrefix(string(name), "lag") }
