package ssh

import (
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
)

// pageLength is the number of lines after which output pauses; 0 = never.
// The command wins over the window, the window over the default of 24.
func (t *terminal) pageLength(d cmdline.Dialogue) int {
	f, _ := t.s.host.Trouble()
	n, set := d.Screen()
	switch {
	case set && n == 0 && f.ForcePaging:
		return 24
	case set:
		return n
	case t.rows > 0:
		return t.rows
	}
	return 24
}

// page prints text and stops at every full screen. Space shows the next
// screen, Enter the next line, any other key ends the output.
func (t *terminal) page(d cmdline.Dialogue, text string) error {
	n := t.pageLength(d)
	lines := strings.SplitAfter(text, "\n")
	if n <= 1 || len(lines) <= n {
		t.print(text)
		return nil
	}
	room := n - 1
	for i, l := range lines {
		if room == 0 && i < len(lines)-1 {
			t.print(t.style.More)
			key, err := t.readByte()
			if err != nil {
				return err
			}
			t.print(t.style.Wipe)
			switch key {
			case ' ':
				room = n - 1
			case '\r', '\n':
				room = 1
			default:
				return nil
			}
		}
		t.print(l)
		room--
	}
	return nil
}
