package cmdline

import (
	"fmt"
	"strings"
)

// Columns are lines of cells, written by one format.
type Columns struct {
	strings.Builder
	Format string
}

// Row adds a line; blanks at its end go.
func (t *Columns) Row(cells ...any) {
	t.WriteString(strings.TrimRight(fmt.Sprintf(t.Format, cells...), " ") + "\n")
}
