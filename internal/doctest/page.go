package doctest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A Block is a fenced block of a page, or a setup that stands in its place.
type Block struct {
	Line int    // of its fence, from 1
	Lang string // the word behind the fence; "" for a setup
	Text string // without the indentation of its fence

	Setup      string // names of setups with blanks between; everything below is empty then
	Skip       string // why it is not run; "" = it is
	File       string // to which it is written
	Exit       int    // with which its last command ends
	Again      bool   // it is repeated until its output is as shown
	Background bool   // it goes on while the page does
	Input      string // lines that its commands read
	// Outputs are what the page shows of the output of a sh block.
	Outputs []Output
}

// An Output is what a page shows of the output of the block before it.
type Output struct {
	Line int
	JSON bool
	Text string
}

var (
	fence     = regexp.MustCompile("^( *)```+ *(\\w*) *$")
	directive = regexp.MustCompile(`^ *<!-- test: (.*?) -->$`)
	fileLine  = regexp.MustCompile(`^# ([\w.-]+\.ya?ml)$`)
	fileName  = regexp.MustCompile(`^[\w-][\w.-]*$`)
)

// Parse reads a page. The error names the line of a fence that has no language or no end,
// or of a comment that says nothing that is known.
func Parse(page string) ([]Block, error) {
	var blocks []Block
	lines := strings.Split(page, "\n")
	said, saidAt, head := "", 0, 0 // head is the line of the last heading
	for i := 0; i < len(lines); i++ {
		if m := directive.FindStringSubmatch(lines[i]); m != nil {
			if saidAt > 0 {
				return nil, fmt.Errorf("line %d: what is said of a block has no block", saidAt)
			}
			if name, ok := strings.CutPrefix(m[1], "setup="); ok {
				for one := range strings.FieldsSeq(name) {
					if !fileName.MatchString(one) {
						return nil, fmt.Errorf("line %d: %q is no name of a setup", i+1, one)
					}
				}
				blocks = append(blocks, Block{Line: i + 1, Setup: name})
				continue
			}
			said, saidAt = m[1], i+1
			continue
		}
		if strings.Contains(lines[i], "<!-- test") {
			return nil, fmt.Errorf("line %d: a comment of a test stands alone on its line and ends there", i+1)
		}
		if heading.MatchString(lines[i]) {
			head = i + 1
		}
		m := fence.FindStringSubmatch(lines[i])
		if m == nil {
			if saidAt > 0 && strings.TrimSpace(lines[i]) != "" {
				return nil, fmt.Errorf("line %d: what is said of a block has no block", saidAt)
			}
			continue
		}
		b := Block{Line: i + 1, Lang: m[2]}
		var text strings.Builder
		for i++; ; i++ {
			if i == len(lines) {
				return nil, fmt.Errorf("line %d: the block has no end", b.Line)
			}
			if strings.TrimSpace(lines[i]) == "```" {
				break
			}
			text.WriteString(strings.TrimPrefix(lines[i], m[1]) + "\n")
		}
		b.Text = text.String()
		if err := b.said(said, saidAt); err != nil {
			return nil, err
		}
		said, saidAt = "", 0
		if err := place(&blocks, b, head); err != nil {
			return nil, err
		}
	}
	if saidAt > 0 {
		return nil, fmt.Errorf("line %d: what is said of a block has no block", saidAt)
	}
	return blocks, nil
}

// said takes what a comment says of a block.
func (b *Block) said(text string, line int) error {
	if text == "" {
		return nil
	}
	if why, ok := strings.CutPrefix(text, "skip, "); ok {
		b.Skip = why
		return nil
	}
	for word := range strings.SplitSeq(text, ", ") {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case name == "exit" && b.Lang == "sh":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > 255 {
				return fmt.Errorf("line %d: %q is no exit code", line, value)
			}
			b.Exit = n
		case word == "again" && b.Lang == "sh":
			b.Again = true
		case word == "background" && b.Lang == "sh":
			b.Background = true
		case name == "input" && b.Lang == "sh" && value != "":
			b.Input = strings.ReplaceAll(value, " ", "\n") + "\n"
		case name == "file" && b.Lang != "sh" && fileName.MatchString(value):
			b.File = value
		default:
			return fmt.Errorf("line %d: %q says nothing of a block of %q", line, word, b.Lang)
		}
	}
	if b.Background && (b.Again || b.Exit > 0) {
		return fmt.Errorf("line %d: what goes on in the background neither ends nor begins again", line)
	}
	return nil
}

// place puts a block behind others, or into the one whose output it is: that of its section.
func place(blocks *[]Block, b Block, head int) error {
	var before *Block
	if n := len(*blocks); n > 0 && (*blocks)[n-1].Lang == "sh" && (*blocks)[n-1].Line > head {
		before = &(*blocks)[n-1]
	}
	switch b.Lang {
	case "":
		return fmt.Errorf("line %d: the block has no language", b.Line)
	case "text":
		if before == nil && b.Skip == "" && b.File == "" {
			return fmt.Errorf("line %d: the output is of no block", b.Line)
		}
	case "yaml":
		if m := fileLine.FindStringSubmatch(strings.SplitN(b.Text, "\n", 2)[0]); m != nil && b.File == "" && b.Skip == "" {
			b.File = m[1]
		}
	}
	if before != nil && (b.Lang == "text" || b.Lang == "json") && b.Skip == "" && b.File == "" {
		before.Outputs = append(before.Outputs, Output{Line: b.Line, JSON: b.Lang == "json", Text: b.Text})
		return nil
	}
	*blocks = append(*blocks, b)
	return nil
}

// Check tells what a reader would stumble over in blocks that were parsed: something that is
// repeated until an output is there that the page does not show.
func Check(blocks []Block) error {
	for _, b := range blocks {
		if (b.Again || b.Background) && len(b.Outputs) == 0 && b.Skip == "" {
			return fmt.Errorf("line %d: the block waits for an output, and the page shows none", b.Line)
		}
		if b.Lang == "sh" && b.Skip == "" {
			if m := outside.FindStringSubmatch(ownFolders.Replace(b.Text)); m != nil {
				return fmt.Errorf("line %d: the block would touch %s of this machine; it must be skipped", b.Line, m[2])
			}
		}
	}
	return nil
}

// outside are words in commands of a page that reach out of its folder.
var outside = regexp.MustCompile(`(?m)(^|[\s"'=>])(/(?:etc|var|usr|opt|srv|root|home)/|(?:systemctl|journalctl|apt-get|service|useradd)\b)`)

// Folders are those of a machine that a page may name, and that are others while it runs.
var Folders = []string{"/var/lib/netmirror", "/var/backups/netmirror", "/etc/netmirror", "/etc/prometheus", "/etc/systemd/system", "/usr/local/bin"}

var ownFolders = func() *strings.Replacer {
	var pairs []string
	for _, f := range Folders {
		pairs = append(pairs, f, "")
	}
	return strings.NewReplacer(pairs...)
}()

var loopback = regexp.MustCompile(`\b127\.0\.0\.1:(\d{2,5})\b`)

// Ports are those of 127.0.0.1 that texts name.
func Ports(texts ...string) (ports []string) {
	seen := map[string]bool{}
	for _, t := range texts {
		for _, m := range loopback.FindAllStringSubmatch(t, -1) {
			if !seen[m[1]] {
				seen[m[1]] = true
				ports = append(ports, m[1])
			}
		}
	}
	return ports
}
