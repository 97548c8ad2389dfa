package eos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
)

var listHead = regexp.MustCompile(`^(ip|ipv6|mac) access-list (standard )?(\S+)$`)

// parseLists finds the names of the IP access lists of a configuration; standard,
// IPv6 and MAC lists are of other kinds. mirror.ErrParse for a refusal.
func parseLists(reply string) (names []string, err error) {
	for _, line := range withoutBanners(reply) {
		if strings.HasPrefix(line, "%") {
			return nil, text.ParseError(showLists, line)
		}
		if m := listHead.FindStringSubmatch(line); m != nil && m[1] == "ip" && m[2] == "" {
			names = append(names, m[3])
		}
	}
	return names, nil
}
