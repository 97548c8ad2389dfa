package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// batchSizes are how many keys one query asks for. They are few, so that the texts of such
// queries are, which are prepared once.
var batchSizes = []int{8, 32, 128, 512}

// batch runs a query for keys, some hundreds at a time: its ($1) becomes a list of
// arguments, which is filled up with the last of them. Missing entries are left out.
func batch(query string, keys []string, run func(query string, args []any) error) error {
	for part := range slices.Chunk(keys, batchSizes[len(batchSizes)-1]) {
		size := batchSizes[slices.IndexFunc(batchSizes, func(n int) bool { return n >= len(part) })]
		args := make([]any, size)
		for i := range args {
			args[i] = part[min(i, len(part)-1)]
		}
		if err := run(strings.Replace(query, "($1)", batchList(size), 1), args); err != nil {
			return err
		}
	}
	return nil
}

// batchList is ($1, $2, ...).
func batchList(n int) string {
	var b strings.Builder
	b.WriteString("($1")
	for i := 2; i <= n; i++ {
		b.WriteString(", $" + strconv.Itoa(i))
	}
	b.WriteString(")")
	return b.String()
}

// documents reads those of a query, see batch.
func documents[T any](t *tx, decode func(what, doc string) (T, error), what, query string, keys []string) (out []T, err error) {
	err = batch(query, keys, func(query string, args []any) error {
		found, err := manyBy(t, decode, what, query, args...)
		out = append(out, found...)
		return err
	})
	return out, err
}

// inOrder has keys in order, each once.
func inOrder(keys []string) []string { return slices.Compact(slices.Sorted(slices.Values(keys))) }

// DeviceReads tells when some devices were last read well; those that never were are left
// out.
func (t *tx) DeviceReads(devices []string) (map[string]time.Time, error) {
	out := make(map[string]time.Time, len(devices))
	err := batch(`SELECT device, at FROM device_reads WHERE device IN ($1)`, inOrder(devices), func(query string, args []any) error {
		if t.broken != nil {
			return t.broken
		}
		const what = "last reads of devices"
		rows, err := t.sql.QueryContext(t.ctx, query, args...)
		if err != nil {
			return t.fail(what, err)
		}
		defer func() { _ = rows.Close() }() // rows.Err below tells
		for rows.Next() {
			var device, text string
			if err := rows.Scan(&device, &text); err != nil {
				return t.fail(what, err)
			}
			if out[device], err = time.Parse(time.RFC3339Nano, text); err != nil {
				return fmt.Errorf("last read of device %q: %w", device, err)
			}
		}
		if err := rows.Err(); err != nil {
			return t.fail(what, err)
		}
		return nil
	})
	return out, err
}
