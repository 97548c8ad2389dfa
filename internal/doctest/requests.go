package doctest

import (
	"regexp"
	"strings"
)

var (
	request = regexp.MustCompile(`\b(?:curl|api) [^|\n]*?(?:\$API|https?://127\.0\.0\.1:\d+)(/[^\s"?']*)`)
	given   = regexp.MustCompile(`-X ([A-Z]+)`)
)

// Requests are those that curl makes in commands, as "METHOD /path". $API stands for the
// root of the API; a line that is continued is one.
func Requests(commands string) (list []string) {
	for line := range strings.Lines(strings.ReplaceAll(commands, "\\\n", " ")) {
		for part := range strings.SplitSeq(line, ";") {
			m := request.FindStringSubmatch(part)
			if m == nil {
				continue
			}
			method := "GET"
			if x := given.FindStringSubmatch(part); x != nil {
				method = x[1]
			}
			path := m[1]
			if strings.Contains(part, "$API"+path) {
				path = "/api/v1" + path
			}
			list = append(list, method+" "+strings.TrimRight(path, ")"))
		}
	}
	return list
}
