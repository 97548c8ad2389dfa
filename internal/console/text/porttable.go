package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A PortRow is a row of a table of ports.
type PortRow struct {
	Name   Name
	Word   string // connected, notconnect, disabled, ..., written small
	VLAN   string // a number, trunk, routed, ...
	Speed  mirror.BitsPerSecond
	Access int // the VLAN where it is a number
}

// PortTable is a table of ports with the columns port, description, status, VLAN,
// duplex, speed, type. Where a row does not stand under its heading it is read from its
// end, since the description may hold anything. Words of status and VLAN that are not
// known are tried when the known ones fail.
type PortTable struct {
	command string
	noise   *Noise
	ports   *Grammar
	head    *regexp.Regexp
	column  string // heads the status
	status  *regexp.Regexp
	rows    []*regexp.Regexp
	tidy    func(word, vlan string) (string, string)
}

const duplexWords = `a-full|a-half|full|half|auto`

var duplexWord = regexp.MustCompile(`(?i)^(?:` + duplexWords + `)$`)

// NewPortTable makes a table. Status and vlan are the known words of their columns, as
// alternatives of a regular expression; tidy makes one of several spellings.
func NewPortTable(command string, noise *Noise, ports *Grammar, head *regexp.Regexp, column, status, vlan string, tidy func(word, vlan string) (string, string)) *PortTable {
	t := &PortTable{command: command, noise: noise, ports: ports, head: head, column: column, status: regexp.MustCompile(`(?i)^(?:` + status + `)$`), tidy: tidy}
	for _, words := range [][2]string{{status, vlan}, {`\S+`, vlan}, {`\S+`, `\S+`}} {
		t.rows = append(t.rows, regexp.MustCompile(`(?i)^\s*(\S+)\s+(?:.*\s)?(`+words[0]+`)\s+(`+words[1]+
			`)\s+(?:`+duplexWords+`)\s+(a-\S+|auto|\d+(?:\.\d+)?[GM]?)(?:\s.*)?$`))
	}
	return t
}

// Read lists the rows. A port whose name is not understood is a row as well. A text
// without its heading, or with a line that is no row, is mirror.ErrParse.
func (t *PortTable) Read(reply string) ([]PortRow, error) {
	var out []PortRow
	column := -1 // where the status begins
	for _, line := range t.noise.Lines(reply) {
		if t.head.MatchString(line) {
			column = strings.Index(line, t.column)
			continue
		}
		row, ok := PortRow{}, false
		if column > 0 {
			if row, ok = t.under(line, column); !ok {
				row, ok = t.fromEnd(line)
			}
		}
		switch {
		case ok:
			out = append(out, row)
		case !t.noise.Echoed(line):
			return nil, ParseError(t.command, line)
		}
	}
	if column < 0 {
		return nil, ParseError(t.command, FirstLine(reply))
	}
	return out, nil
}

// under reads a row that stands under its heading: what is behind the beginning of the
// status column are status, VLAN, duplex, speed and type.
func (t *PortTable) under(line string, column int) (PortRow, bool) {
	if len(line) <= column || line[column] == ' ' {
		return PortRow{}, false
	}
	words := strings.Fields(line[column:])
	if line[column-1] != ' ' && !t.status.MatchString(words[0]) { // a description may fill its column
		return PortRow{}, false
	}
	duplex := slices.IndexFunc(words, duplexWord.MatchString)
	if duplex < 1 || duplex > 3 || duplex+1 >= len(words) {
		return PortRow{}, false
	}
	port, _, _ := strings.Cut(strings.TrimSpace(line[:column]), " ")
	return t.row(port, words[0], strings.Join(words[1:duplex], " "), words[duplex+1])
}

func (t *PortTable) fromEnd(line string) (PortRow, bool) {
	for _, re := range t.rows {
		if m := re.FindStringSubmatch(line); m != nil {
			return t.row(m[1], m[2], m[3], m[4])
		}
	}
	return PortRow{}, false
}

func (t *PortTable) row(port, word, vlan, rate string) (PortRow, bool) {
	if port == "" {
		return PortRow{}, false
	}
	n, ok := t.ports.Read(port)
	if !ok {
		n = t.ports.Unnamed(port)
	}
	word, vlan = t.tidy(strings.ToLower(word), vlan)
	r := PortRow{Name: n, Word: word, VLAN: vlan, Speed: Speed(rate)}
	if v, err := Decimal(vlan); err == nil {
		r.Access = v
	}
	return r, true
}

var speedText = regexp.MustCompile(`(?i)^(?:a-)?(\d+(?:\.\d+)?)(G|M)?`)

// Speed reads "a-1000" (Mb/s), "10G"; 0 for "auto" (not told).
func Speed(text string) mirror.BitsPerSecond {
	m := speedText.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	if strings.EqualFold(m[2], "G") {
		v *= 1000
	}
	return mirror.BitsPerSecond(v * 1e6)
}
