package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// VLANs reads "1,69,100,107,200-201", with or without blanks: sorted, each once.
// mirror.ErrInvalid when it is no such list.
func VLANs(text string) ([]int, error) {
	var steps [mirror.MaxVLAN + 2]int // how many ranges begin, less those that ended: a list costs its length alone
	if err := VLANRanges(text, func(first, last int) { steps[first]++; steps[last+1]-- }); err != nil {
		return nil, err
	}
	var out []int
	for v, open := 1, 0; v <= mirror.MaxVLAN; v++ {
		if open += steps[v]; open > 0 {
			out = append(out, v)
		}
	}
	return out, nil
}

// VLANRanges visits the parts of a list of VLANs; mirror.ErrInvalid when it is
// none.
func VLANRanges(text string, visit func(first, last int)) error {
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		lo, hi, ranged := strings.Cut(part, "-")
		first, err := Decimal(strings.TrimSpace(lo))
		last := first
		if err == nil && ranged {
			last, err = Decimal(strings.TrimSpace(hi))
		}
		if err != nil || first < 1 || last > mirror.MaxVLAN || last < first {
			return fmt.Errorf("%q is no list of VLANs: %w", Quote(text), mirror.ErrInvalid)
		}
		visit(first, last)
	}
	return nil
}

// WriteVLANs writes sorted VLANs for a command, with comma and dash as the platform
// wants them (" , ", " - "), at most perLine parts in one text.
func WriteVLANs(vlans []int, comma, dash string, perLine int) []string {
	var parts []string
	for i := 0; i < len(vlans); {
		j := i
		for j+1 < len(vlans) && vlans[j+1] == vlans[j]+1 {
			j++
		}
		part := strconv.Itoa(vlans[i])
		if j > i {
			part += dash + strconv.Itoa(vlans[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	var out []string
	for chunk := range slices.Chunk(parts, perLine) {
		out = append(out, strings.Join(chunk, comma))
	}
	return out
}
