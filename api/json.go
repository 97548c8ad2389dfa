package api

import (
	"bytes"
	"io"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// A jsonObject is one in the making, as encoding/json would write it without escaping
// HTML. Sessions are written by it, because lists of them are most of what is asked for,
// and reflection was most of what they cost; whatever is rare in them is left to
// encoding/json. A test compares both.
type jsonObject struct {
	b   []byte
	err error // the first
}

// key begins a field.
func (j *jsonObject) key(name string) {
	if last := j.b[len(j.b)-1]; last != '{' {
		j.b = append(j.b, ',')
	}
	j.b = append(j.b, '"')
	j.b = append(j.b, name...)
	j.b = append(j.b, '"', ':')
}

func (j *jsonObject) open(c byte)  { j.b = append(j.b, c) }
func (j *jsonObject) close(c byte) { j.b = append(j.b, c) }

// text is a string as a value.
func (j *jsonObject) text(s string) {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			j.any(s)
			return
		}
	}
	j.b = append(j.b, '"')
	j.b = append(j.b, s...)
	j.b = append(j.b, '"')
}

// any is a value that encoding/json writes.
func (j *jsonObject) any(v any) {
	var out bytes.Buffer
	if err := huma.DefaultJSONFormat.Marshal(&out, v); err != nil {
		if j.err == nil {
			j.err = err
		}
		return
	}
	j.b = append(j.b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// str is a field that is always there; strNot one that is left out when it is empty, as
// the other fields are whose names end so.
func (j *jsonObject) str(name, s string) { j.key(name); j.text(s) }

func (j *jsonObject) strNot(name, s string) {
	if s != "" {
		j.str(name, s)
	}
}

func (j *jsonObject) num(name string, n int64) {
	j.key(name)
	j.b = strconv.AppendInt(j.b, n, 10)
}

func (j *jsonObject) numNot(name string, n int64) {
	if n != 0 {
		j.num(name, n)
	}
}

func (j *jsonObject) unsigned(name string, n uint64) {
	j.key(name)
	j.b = strconv.AppendUint(j.b, n, 10)
}

func (j *jsonObject) unsignedNot(name string, n uint64) {
	if n != 0 {
		j.unsigned(name, n)
	}
}

func (j *jsonObject) float(name string, f float64) {
	j.key(name)
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) || math.IsNaN(f) {
		j.any(f) // with an exponent, or an error
		return
	}
	j.b = strconv.AppendFloat(j.b, f, 'f', -1, 64)
}

func (j *jsonObject) boolNot(name string, is bool) {
	if is {
		j.key(name)
		j.b = append(j.b, "true"...)
	}
}

func (j *jsonObject) time(name string, t time.Time) {
	j.key(name)
	j.b = append(j.b, '"')
	b, err := t.AppendText(j.b)
	if err != nil && j.err == nil {
		j.err = err
	}
	j.b = append(b, '"')
}

func (j *jsonObject) timeNot(name string, t *time.Time) {
	if t != nil {
		j.time(name, *t)
	}
}

// anyNot is a field that encoding/json writes, left out unless it is there.
func (j *jsonObject) anyNot(name string, there bool, v any) {
	if there {
		j.key(name)
		j.any(v)
	}
}

// list is a field of objects; nil is null.
func list[V any](j *jsonObject, name string, all []V, each func(*jsonObject, *V)) {
	j.key(name)
	if all == nil {
		j.b = append(j.b, "null"...)
		return
	}
	j.open('[')
	for i := range all {
		if i > 0 {
			j.b = append(j.b, ',')
		}
		j.open('{')
		each(j, &all[i])
		j.close('}')
	}
	j.close(']')
}

// labels is a field of a map, by key, left out when it is empty.
func (j *jsonObject) labels(name string, all map[string]string) {
	if len(all) == 0 {
		return
	}
	keys := make([]string, 0, len(all))
	for k := range all {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	j.key(name)
	j.open('{')
	for i, k := range keys {
		if i > 0 {
			j.b = append(j.b, ',')
		}
		j.text(k)
		j.b = append(j.b, ':')
		j.text(all[k])
	}
	j.close('}')
}

// keptText is how large a buffer may be to be used again, in octets.
const keptText = 1 << 20

var texts = sync.Pool{New: func() any { return &jsonObject{} }}

// marshal writes an answer.
func marshal(w io.Writer, v any) error {
	var write func(*jsonObject)
	switch v := v.(type) {
	case Session:
		write = func(j *jsonObject) { v.write(j) }
	case SessionList:
		write = func(j *jsonObject) {
			list(j, "items", v.Items, func(j *jsonObject, s *Session) { s.write(j) })
			j.strNot("nextCursor", v.NextCursor)
		}
	default:
		return huma.DefaultJSONFormat.Marshal(w, v)
	}
	j := texts.Get().(*jsonObject)
	defer func() {
		if cap(j.b) <= keptText {
			texts.Put(j)
		}
	}()
	j.b, j.err = append(j.b[:0], '{'), nil
	write(j)
	if j.err != nil {
		return j.err
	}
	j.b = append(j.b, '}', '\n')
	_, err := w.Write(j.b)
	return err
}
