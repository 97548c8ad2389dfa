package alert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Bounds of one body.
const (
	MaxBody   = 256 << 10 // octets
	MaxAlerts = 100
	maxDepth  = 32
	maxValues = 20_000
)

// An Alert is one alert of a body.
type Alert struct {
	fields   any
	Resolved bool   // it is over
	Other    string // why it is no alert of the format, "" = it is one
}

// Read reads a body of a format. What is none is refused as mirror.ErrUnsupported, with
// pointers into the body, and without a word of what it says.
func Read(format string, body []byte) ([]Alert, error) {
	var f faults
	values := f.values(body)
	var out []Alert
	if len(f.list) == 0 {
		switch format {
		case mirror.FormatAlertmanager:
			out = f.alertmanager(values)
		case mirror.FormatEVE:
			out = f.eve(f.flat(values))
		case mirror.FormatJSON:
			for i, v := range f.flat(values) {
				f.object(strconv.Itoa(i), v)
				out = append(out, Alert{fields: v})
			}
		default:
			f.add("", "unknown-format", "there is no format of alerts %q", format)
		}
	}
	if len(f.list) == 0 && len(out) > MaxAlerts {
		f.add("", "too-many", "%d alerts; at most %d in one body (max_alerts of Alertmanager bounds them)", len(out), MaxAlerts)
	}
	if err := mirror.Refuse(mirror.ErrUnsupported, f.list); err != nil {
		return nil, err
	}
	return out, nil
}

type faults struct{ list []mirror.Reason }

func (f *faults) add(pointer, code, format string, args ...any) {
	f.list = append(f.list, mirror.Reason{Pointer: pointer, Code: code, Message: fmt.Sprintf(format, args...)})
}

// values reads the JSON values of a body, one after another. A tree takes many times the
// memory of its text, so it is counted first.
func (f *faults) values(body []byte) (out []any) {
	switch {
	case len(body) > MaxBody:
		f.add("", "too-large", "%d octets; at most %d", len(body), MaxBody)
		return nil
	case !utf8.Valid(body):
		f.add("", "malformed-json", "the body is not UTF-8")
		return nil
	}
	if depth, n := measure(body); depth > maxDepth || n > maxValues {
		f.add("", "too-many", "the body has more than %d values, or more than %d within each other", maxValues, maxDepth)
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	for len(out) <= MaxAlerts {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil { // its words may quote the body
			f.add("", "malformed-json", "the body is no JSON: see octet %d", d.InputOffset())
			return nil
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		f.add("", "missing", "the body is empty")
	}
	return out
}

// measure bounds depth and number of the values of a text that may be JSON: each value
// but the first stands after a comma, a line, or begins an object or a list.
func measure(body []byte) (depth, n int) {
	level, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			n++
			depth = max(depth, level)
		case c == '}' || c == ']':
			level--
		case c == ',':
			n++
		}
	}
	return depth, n
}

// flat takes a list for its items.
func (f *faults) flat(values []any) (out []any) {
	for _, v := range values {
		if list, ok := v.([]any); ok {
			out = append(out, list...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func (f *faults) object(at string, v any) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		f.add("/"+at, "bad-type", "an alert is an object")
	}
	return m
}

// alertmanager reads the body of a webhook of Alertmanager: "Webhook receiver", version 4.
func (f *faults) alertmanager(values []any) (out []Alert) {
	top, ok := values[0].(map[string]any)
	if len(values) != 1 || !ok {
		f.add("", "bad-type", "one object is expected, as Alertmanager sends it to a webhook")
		return nil
	}
	if v, _ := top["version"].(string); v != "4" {
		f.add("/version", "bad-value", "must be \"4\": the version of the bodies that Alertmanager sends")
	}
	list, ok := top["alerts"].([]any)
	if !ok {
		f.add("/alerts", "bad-type", "must be a list of alerts")
	}
	for i, v := range list {
		at := "alerts/" + strconv.Itoa(i)
		m := f.object(at, v)
		if m == nil {
			continue
		}
		status, _ := m["status"].(string)
		if status != "firing" && status != "resolved" {
			f.add("/"+at+"/status", "bad-value", "must be firing or resolved")
		}
		f.texts("/"+at+"/labels", m["labels"])
		if m["annotations"] != nil {
			f.texts("/"+at+"/annotations", m["annotations"])
		}
		out = append(out, Alert{fields: v, Resolved: status == "resolved"})
	}
	return out
}

func (f *faults) texts(at string, v any) {
	m, ok := v.(map[string]any)
	for _, text := range m {
		if _, is := text.(string); !is {
			ok = false
		}
	}
	if !ok {
		f.add(at, "bad-type", "must be an object of texts")
	}
}

// eve reads events of Suricata. Those of other types than alert are none.
func (f *faults) eve(values []any) (out []Alert) {
	for i, v := range values {
		m := f.object(strconv.Itoa(i), v)
		if m == nil {
			continue
		}
		typ, ok := m["event_type"].(string)
		a := Alert{fields: v}
		switch {
		case !ok:
			f.add("/"+strconv.Itoa(i)+"/event_type", "missing", "an event of Suricata has a type")
		case typ != "alert":
			a.Other = "its event_type is not alert"
		}
		out = append(out, a)
	}
	return out
}
