package api

import (
	"context"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// FindCopies looks at f.look copies, as the store looks at so many.
func (f *fake) FindCopies(_ context.Context, q mirror.CopyQuery) (mirror.CopyPage, error) {
	err := f.enter("FindCopies")
	defer f.mu.Unlock()
	page, looked := mirror.CopyPage{Next: q.After, Whole: time.Unix(1, 0).UTC()}, 0
	for _, c := range f.copies {
		if c.ID <= q.After {
			continue
		}
		if looked++; len(page.Copies) == q.Limit || f.look > 0 && looked > f.look {
			page.More = true
			break
		}
		if page.Next = c.ID; q.Takes(c) {
			page.Copies = append(page.Copies, c)
		}
	}
	return page, err
}
