package iosxe

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

// accessListHead begins an access list: "Extended IP access list NAME",
// "IPv6 access list NAME", "Extended MAC access list NAME", "Role-based IP
// access list NAME", "Bridge address access list 700".
var accessListHead = regexp.MustCompile(`^\s*((?:\S+ )*)access list (\S+)(?:\s+\(.*\))?$`)

// parseAccessLists lists the names of the standard and extended IP access lists
// that show access-lists heads. No list at all is a legal answer; a line at the
// margin that heads none is mirror.ErrParse.
func parseAccessLists(reply string) ([]string, error) {
	var out []string
	for _, line := range noise.Lines(reply) {
		m := accessListHead.FindStringSubmatch(line)
		switch {
		case m != nil:
			if kind := strings.TrimSpace(m[1]); kind == "Standard IP" || kind == "Extended IP" {
				out = append(out, m[2])
			}
		case line[0] == ' ' || line[0] == '\t': // an entry
		case !noise.Echoed(line):
			return nil, text.ParseError("show access-lists", line)
		}
	}
	return out, nil
}
