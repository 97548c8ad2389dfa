package store

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A loadMinute is the stored form. Minutes of load are many, at 1,000 devices 1.4
// million rows a day, so it is lists without names: port, octets and frames in, octets
// and frames out, drops; and port, offered, peak, capacity.
type loadMinute struct {
	At    int64   `json:"t"` // minutes since 1970
	Ports []cells `json:"p,omitempty"`
	Ends  []cells `json:"e,omitempty"`
}

type cells []any

// cell is one of them as it was decoded; what is not there is 0.
func (c cells) cell(i int) float64 {
	if i < len(c) {
		f, _ := c[i].(float64)
		return f
	}
	return 0
}

func (c cells) port() mirror.PortName {
	if len(c) == 0 {
		return ""
	}
	text, _ := c[0].(string)
	return mirror.PortName(text)
}

func portCells(p mirror.PortMinute) cells {
	return cells{p.Port, tenth(p.InOctets), tenth(p.InFrames), tenth(p.OutOctets), tenth(p.OutFrames), tenth(p.Drops)}
}

func (c cells) ofPort() mirror.PortMinute {
	return mirror.PortMinute{Port: c.port(), InOctets: c.cell(1), InFrames: c.cell(2), OutOctets: c.cell(3), OutFrames: c.cell(4), Drops: c.cell(5)}
}

func endCells(e mirror.EndMinute) cells { return cells{e.Port, e.Offered, e.Peak, e.Capacity} }

func (c cells) ofEnd() mirror.EndMinute {
	rate := func(i int) mirror.BitsPerSecond { return mirror.BitsPerSecond(c.cell(i)) }
	return mirror.EndMinute{Port: c.port(), Offered: rate(1), Peak: rate(2), Capacity: rate(3)}
}

// tenth keeps one decimal: a drop a minute is seen.
func tenth(f float64) json.Number {
	return json.Number(fmt.Sprintf("%g", math.Round(f*10)/10))
}

func listOf[B, A any](in []A, f func(A) B) []B {
	if in == nil {
		return nil
	}
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = f(a)
	}
	return out
}

// PutLoadMinute stores what was measured at a place in a minute.
func (t *tx) PutLoadMinute(m mirror.LoadMinute) error {
	what := fmt.Sprintf("load of %q", m.Place)
	if err := named(what, m.Place); err != nil {
		return err
	}
	at := m.At.Unix() / 60
	doc, err := encode(what, loadMinute{at, listOf(m.Ports, portCells), listOf(m.Ends, endCells)})
	if err != nil {
		return err
	}
	return t.exec(what, `INSERT INTO load_minutes (place, at, doc) VALUES ($1, $2, $3)
		ON CONFLICT (place, at) DO UPDATE SET doc = excluded.doc`, m.Place, at, doc)
}

// LoadMinutes lists what was measured at a place from a time on, the oldest first.
func (t *tx) LoadMinutes(place string, since time.Time) ([]mirror.LoadMinute, error) {
	stored, err := many[loadMinute](t, fmt.Sprintf("load of %q", place),
		`SELECT doc FROM load_minutes WHERE place = $1 AND at >= $2 ORDER BY at`, place, (since.Unix()+59)/60)
	if err != nil {
		return nil, err
	}
	return listOf(stored, func(m loadMinute) mirror.LoadMinute {
		return mirror.LoadMinute{Place: place, At: time.Unix(60*m.At, 0).UTC(), Ports: listOf(m.Ports, cells.ofPort), Ends: listOf(m.Ends, cells.ofEnd)}
	}), nil
}

// DeleteLoadMinutes forgets what is older than a time.
func (t *tx) DeleteLoadMinutes(before time.Time) error {
	return t.exec("delete old loads", `DELETE FROM load_minutes WHERE at < $1`, before.Unix()/60)
}
