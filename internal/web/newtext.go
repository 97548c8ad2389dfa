package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Texts of the form's fields, and what they say.

func showText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	}
	return jsonText(v)
}

func readText(text string) (any, error) { return text, nil }

func readNumber(text string) (any, error) {
	n, err := number(text)
	if err != nil {
		return nil, err
	}
	return n, nil
}

func showList(v any) string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = showText(x)
	}
	return strings.Join(out, ", ")
}

// words are the words between commas.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
}

func readList(text string) (any, error) {
	out := []any{}
	for _, w := range words(text) {
		out = append(out, w)
	}
	return out, nil
}

func readNumbers(text string) (any, error) {
	out := []any{}
	for _, w := range words(text) {
		n, err := number(w)
		if err != nil {
			return nil, fmt.Errorf("%w; numbers of VLANs are written 110, 120", err)
		}
		out = append(out, n)
	}
	return out, nil
}

func showLabels(v any) string {
	labels, _ := v.(map[string]any)
	var out []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, key+"="+showText(labels[key]))
	}
	return strings.Join(out, ", ")
}

func readLabels(text string) (any, error) {
	out := map[string]any{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' }) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, fmt.Errorf("%q is no label; labels are written team=soc, site=a", part)
		}
		out[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return out, nil
}

// showTransit is the path of a remote VLAN, a device a line with its trunks.
func showTransit(v any) string {
	var out []string
	for _, o := range objects(v) {
		out = append(out, strings.TrimSpace(showText(o["device"])+" "+showList(o["trunks"])))
	}
	return strings.Join(out, "\n")
}

func readTransit(text string) (any, error) {
	out := []any{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		device, rest, _ := strings.Cut(line, " ")
		trunks := []any{}
		for t := range strings.SplitSeq(rest, ",") {
			if t = strings.TrimSpace(t); t != "" {
				trunks = append(trunks, t)
			}
		}
		if len(trunks) == 0 {
			return nil, fmt.Errorf("%q names no trunk; a line is a device and its trunks: dist-1 Te1/1/1, Te1/1/2", line)
		}
		out = append(out, map[string]any{"device": strings.TrimSuffix(device, ":"), "trunks": trunks})
	}
	return out, nil
}

// Choices of how long a session lives; "until:" and a time is one, too.
const (
	leaseKept  = "keep" // as the spec has it
	leaseNone  = "none"
	leaseOther = "other"
	leaseUntil = "until:"
)

// leaseChoice is the choice that says what the spec says.
func leaseChoice(spec specTree, now time.Time) string {
	l, ok := spec["lease"].(map[string]any)
	if !ok || len(l) == 0 {
		return leaseNone
	}
	if d, err := time.ParseDuration(showText(l["duration"])); err == nil && len(l) == 1 {
		for _, c := range []string{"1h", "24h", "168h"} {
			if same, _ := time.ParseDuration(c); same == d {
				return c
			}
		}
	}
	if t, err := time.Parse(time.RFC3339, showText(l["until"])); err == nil && len(l) == 1 && t.Equal(evening(now)) {
		return eveningChoice(now)
	}
	return leaseKept
}

// evening is the next 18:00 that is at least half an hour away.
func evening(now time.Time) time.Time {
	t := time.Date(now.Year(), now.Month(), now.Day(), 18, 0, 0, 0, now.Location())
	if t.Sub(now) < 30*time.Minute {
		t = time.Date(now.Year(), now.Month(), now.Day()+1, 18, 0, 0, 0, now.Location())
	}
	return t
}

func eveningChoice(now time.Time) string { return leaseUntil + evening(now).Format(time.RFC3339) }

// lease puts what is chosen into the spec.
func (d draft) lease(spec specTree, now time.Time) error {
	if d.Lease == leaseKept || d.Lease == "" || d.Lease == leaseChoice(d.kept, now) {
		return nil
	}
	delete(spec, "lease")
	until, fixed := strings.CutPrefix(d.Lease, leaseUntil)
	switch {
	case d.Lease == leaseNone:
	case fixed:
		t, err := time.Parse(time.RFC3339, until)
		if err != nil {
			return fmt.Errorf("%q is no time", until)
		}
		spec["lease"] = map[string]any{"until": t.Format(time.RFC3339)}
	case d.Lease == leaseOther:
		l, err := readLease(d.Other, now)
		if err != nil {
			return err
		}
		spec["lease"] = l
	default:
		if _, err := time.ParseDuration(d.Lease); err != nil {
			return fmt.Errorf("%q is no duration", d.Lease)
		}
		spec["lease"] = map[string]any{"duration": d.Lease}
	}
	return nil
}

var dayText = regexp.MustCompile(`^([0-9]{1,4}) ?(?:d|days?)$`)

// readLease takes a duration or the time of the end.
func readLease(text string, now time.Time) (map[string]any, error) {
	if text == "" {
		return nil, errors.New("other: how long, or until when? Such as 4h, 3 days, 18:00 or 2026-03-14 18:00")
	}
	if m := dayText.FindStringSubmatch(text); m != nil {
		n, _ := json.Number(m[1]).Int64()
		return map[string]any{"duration": fmt.Sprintf("%dh", n*24)}, nil
	}
	if d, err := time.ParseDuration(strings.ReplaceAll(strings.ReplaceAll(text, " ", ""), "min", "m")); err == nil {
		return map[string]any{"duration": d.String()}, nil
	}
	until := func(t time.Time) (map[string]any, error) {
		if !t.After(now) {
			return nil, fmt.Errorf("%s is past", t.Format("2006-01-02 15:04 MST"))
		}
		return map[string]any{"until": t.Format(time.RFC3339)}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return until(t)
	}
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2 Jan 2006 15:04"} {
		if t, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return until(t)
		}
	}
	if t, err := time.ParseInLocation("15:04", text, now.Location()); err == nil {
		day := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
		if !day.After(now) {
			day = day.AddDate(0, 0, 1)
		}
		return until(day)
	}
	return nil, fmt.Errorf("%q is no duration and no time; write 4h, 3 days, 18:00 or 2026-03-14 18:00", text)
}
