package snmp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/gosnmp/gosnmp"
	"golang.org/x/sync/errgroup"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	// maxRepeated is how many variables one GETBULK asks for. With short texts they
	// fit into an Ethernet frame, and old agents bear no more.
	maxRepeated = 24
	// together is how many columns are asked for in one message where more are walked:
	// eight rows of each fit, and most tables of mirror sessions are read in one round trip.
	together = 3
	// maxRows bounds a column, maxText the octets of all texts and indexes of a walk.
	maxRows = 1 << 16
	maxText = 16 << 20
)

// A Row is an instance of a column: the index, and the value.
type Row struct {
	Index OID
	Value
}

// Walk reads columns of tables whole, by GETBULK, several at a time and side by side.
// Where anything of it fails there are no rows at all. The columns need not have the same
// instances; one that the agent does not have has no rows.
func (c *Conn) Walk(ctx context.Context, columns ...OID) ([][]Row, error) {
	var text atomic.Int64
	if len(columns) <= together || c.beside == nil || c.beside.alone.Load() {
		return c.walk(ctx, columns, &text)
	}
	parts := slices.Collect(slices.Chunk(columns, together))
	read := make([][][]Row, len(parts))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(inFlight - 2) // others ask, too
	for i, part := range parts {
		all.Go(func() (err error) {
			read[i], err = c.walk(ctx, part, &text)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(read...), nil
}

// walk reads columns in the same messages. text counts the octets of all of a walk.
func (c *Conn) walk(ctx context.Context, columns []OID, text *atomic.Int64) ([][]Row, error) {
	rows := make([][]Row, len(columns))
	at := append([]OID(nil), columns...) // the last that was read of each
	open := make([]int, len(columns))
	for i := range open {
		open[i] = i
	}
	width := len(columns) // that are read together
	for most := maxRepeated; len(open) > 0; {
		now := open[:min(width, len(open))]
		ask := make([]OID, len(now))
		for i, column := range now {
			ask[i] = at[column]
		}
		dotted := dot(ask)
		repeat := uint32(max(1, most/len(now)))
		reply, err := c.ask(ctx, ask, func(s *gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error) { return s.GetBulk(dotted, 0, repeat) })
		if errors.Is(err, ErrTooBig) && repeat > 1 {
			most /= 2
			continue
		}
		if errors.Is(err, ErrTooBig) && len(now) > 1 {
			width = len(now) / 2
			continue
		}
		if err == nil {
			for _, v := range reply.Variables {
				value, _ := v.Value.([]byte)
				text.Add(int64(len(v.Name) + len(value)))
			}
			var on []int
			on, err = c.take(reply, columns, now, at, rows)
			open = append(on, open[len(now):]...)
		}
		if err == nil && text.Load() > maxText {
			err = fmt.Errorf("it answers more than %d MiB to a walk: %w", maxText>>20, mirror.ErrParse)
		}
		if err != nil {
			return nil, fmt.Errorf("SNMP agent %s: %w", c.where, err)
		}
	}
	return rows, nil
}

// take adds what a reply holds to the rows, and returns the columns that go on.
func (c *Conn) take(reply *gosnmp.SnmpPacket, columns []OID, open []int, at []OID, rows [][]Row) ([]int, error) {
	if len(reply.Variables) == 0 { // fewer than one of each are allowed, RFC 3416 section 4.2.3
		return nil, fmt.Errorf("it answers nothing to a walk: %w", mirror.ErrParse)
	}
	over := map[int]bool{}
	for i, raw := range reply.Variables {
		column := open[i%len(open)]
		v := variableOf(raw)
		index, below := columns[column].Below(v.Name)
		switch {
		case over[column]:
		case !below || v.Kind == Missing:
			over[column] = true
		case !v.Name.after(at[column]):
			return nil, fmt.Errorf("it answers %s after %s, so that a table would have no end: %w", v.Name, at[column], mirror.ErrParse)
		case len(rows[column]) == maxRows:
			return nil, fmt.Errorf("column %s has more than %d rows: %w", columns[column], maxRows, mirror.ErrParse)
		default:
			rows[column] = append(rows[column], Row{index, v.Value})
			at[column] = v.Name
		}
	}
	var on []int
	for _, column := range open {
		if !over[column] {
			on = append(on, column)
		}
	}
	return on, nil
}
