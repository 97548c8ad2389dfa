package cmdline

import (
	"fmt"
	"slices"
	"strings"
)

// context is the number of equal lines around a change.
const context = 3

// Unified is the difference of two texts as a unified diff with three lines of
// context; it is empty when they are equal.
func Unified(from, to, a, b string) string {
	edits := editsOf(slices.Collect(strings.Lines(a)), slices.Collect(strings.Lines(b)))
	var out strings.Builder
	for i := 0; i < len(edits); {
		if edits[i].sign == ' ' {
			i++
			continue
		}
		start, end, equal := max(0, i-context), i, 0
		for ; end < len(edits) && equal <= 2*context; end++ {
			if equal++; edits[end].sign != ' ' {
				equal = 0
			}
		}
		end -= max(0, equal-context)
		out.WriteString(hunk(edits, start, end))
		i = end
	}
	if out.Len() == 0 {
		return ""
	}
	return "--- " + from + "\n+++ " + to + "\n" + out.String()
}

func hunk(edits []edit, start, end int) string {
	var lines strings.Builder
	a, b, na, nb := 1, 1, 0, 0
	for i, e := range edits[:end] {
		inA, inB := e.sign != '+', e.sign != '-'
		switch {
		case i < start:
			a, b = a+count(inA), b+count(inB)
		default:
			na, nb = na+count(inA), nb+count(inB)
			lines.WriteString(string(e.sign) + e.line)
		}
	}
	return fmt.Sprintf("@@ -%d,%d +%d,%d @@\n", a, na, b, nb) + lines.String()
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// An edit is a line that stays (' '), goes ('-') or comes ('+').
type edit struct {
	sign byte
	line string
}

// editsOf finds the longest common subsequence of the lines that differ: what
// both texts begin and end with is left out of the table.
func editsOf(a, b []string) []edit {
	var head, tail []edit
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head, a, b = append(head, edit{' ', a[0]}), a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail, a, b = append(tail, edit{' ', a[len(a)-1]}), a[:len(a)-1], b[:len(b)-1]
	}
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if longest[i][j] = max(longest[i+1][j], longest[i][j+1]); a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			head = append(head, edit{' ', a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			head = append(head, edit{'-', a[i]})
			i++
		default:
			head = append(head, edit{'+', b[j]})
			j++
		}
	}
	for i := len(tail) - 1; i >= 0; i-- {
		head = append(head, tail[i])
	}
	return head
}
