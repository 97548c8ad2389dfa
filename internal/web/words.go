package web

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
)

// words are what templates call to say figures, times and names.
func (s *server) words() template.FuncMap {
	return template.FuncMap{
		"asset":   func(name string) string { return s.assets.names[name] },
		"at":      func(t any) string { return at(instant(t), s.Now()) },
		"dated":   func(t any) string { return dated(instant(t)) },
		"stamp":   func(t any) string { return stamp(instant(t), s.Now()) },
		"rfc3339": func(t any) string { return rfc3339(instant(t)) },
		"ago":     func(t any) string { return ago(instant(t), s.Now()) },
		"left":    func(t any) string { return left(instant(t).Sub(s.Now())) },
		"endsoon": func(t any) bool { return endsSoon(instant(t), s.Now()) },
		"zone":    zone,

		"firstsession": func() string { return firstSession },
		"firsttool":    func() string { return firstTool },

		"seconds": func(t any) int64 { return int64(instant(t).Sub(s.Now()).Seconds()) },
		"rate":    rate,
		"of":      of,
		"mbit":    mbit,
		"count":   count,
		"percent": percent,
		"plural":  plural,
		"join":    strings.Join,
		"add":     func(a, b int) int { return a + b },
		"quote":   shellQuote,
		"dict":    dict,
		"shape":   conditionShape,
		"phase":   phaseShape,
		"severe":  severityShape,

		"stepshape":  stepShape,
		"adoptterms": func() map[string]string { return map[string]string{"4h": "4 hours", "24h": "1 day", "168h": "7 days"} },
		"spoken":     spoken,
		"counted":    func(limit string) string { return strings.TrimSpace(cmp.Or(limitNames[limit], limit)) },
		"titled":     titleOf,
	}
}

// What is typed where there is nothing yet, with names to be replaced.
const (
	firstTool = `netmirror apply -f - <<'END'
tools:
  - {name: ids-1, device: acc-1, interface: Gi1/0/23}
END`
	firstSession = `netmirror propose phones --from acc-1:Gi1/0/14 --to ids-1 -o yaml > phones.yaml
netmirror plan -f phones.yaml
netmirror apply -f phones.yaml`
)

// instant takes a time or a pointer to one.
func instant(t any) time.Time {
	switch v := t.(type) {
	case time.Time:
		return v
	case *time.Time:
		if v != nil {
			return *v
		}
	}
	return time.Time{}
}

// at is the time of day today, and the date with it else; in the zone of now.
func at(t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(now.Location())
	switch {
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04:05")
	case t.Year() == now.Year():
		return t.Format("2 Jan 15:04")
	}
	return t.Format("2 Jan 2006 15:04")
}

// dated is a time with its date and zone, for audits and plans.
func dated(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format("2 January 2006 15:04:05 MST")
}

// stamp is a time with its date in the zone of now, which the foot of a page names.
func stamp(t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(now.Location())
	if t.Year() == now.Year() {
		return t.Format("2 Jan 15:04:05")
	}
	return t.Format("2 Jan 2006 15:04:05")
}

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ago is the age of a read.
func ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return briefly(now.Sub(t)) + " ago"
}

// endsSoon reports whether a lease is one to look at: it ends within half an hour.
func endsSoon(end, now time.Time) bool {
	return !end.IsZero() && end.Sub(now) < 30*time.Minute
}

// zone names the zone of a time as people write it: CET, UTC+1. One that is UTC has one name.
func zone(t time.Time) string {
	name, seconds := t.Zone()
	offset := "UTC"
	if seconds != 0 {
		hours, minutes := seconds/3600, max(seconds, -seconds)/60%60
		offset = fmt.Sprintf("UTC%+d", hours)
		if minutes != 0 {
			offset = fmt.Sprintf("UTC%s%d:%02d", map[bool]string{true: "-", false: "+"}[seconds < 0], max(hours, -hours), minutes)
		}
	}
	if name == offset || strings.ContainsAny(name, "+-0123456789") { // zones without a name have their offset for one
		return offset
	}
	return name + ", " + offset
}

// left is how long a lease still runs.
func left(d time.Duration) string {
	if d <= 0 {
		return "ending"
	}
	return briefly(d)
}

// briefly is a duration in its two largest units: 14 s, 12 min, 3 h 27 min, 1 d 3 h.
func briefly(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		return trimZero(fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60), " 0 min")
	case d < 7*24*time.Hour:
		return trimZero(fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24), " 0 h")
	}
	return fmt.Sprintf("%d d", int(d.Hours())/24)
}

func trimZero(text, zero string) string { return strings.TrimSuffix(text, zero) }

// A figure is a number as JSON and the client have it; nil pointers are not known.
func figure(v any) (f float64, known bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	case *int64:
		if n != nil {
			return float64(*n), true
		}
	case *float64:
		if n != nil {
			return *n, true
		}
	}
	return 0, false
}

// rate is a number of bits per second: one decimal from 1 Gb/s on, whole Mb/s below.
func rate(v any) string {
	bits, known := figure(v)
	if !known {
		return "not known"
	}
	n, unit := scaled(bits, bits)
	return n + " " + unit
}

// of is now and limit in the limit's unit: 9.4 of 8 Gb/s.
func of(now, limit any) string {
	a, knownA := figure(now)
	b, knownB := figure(limit)
	switch {
	case !knownA && !knownB:
		return "not known"
	case !knownB:
		return rate(a)
	}
	if knownA && a > 0 && (a < b/2000 || b >= 1e9 && a < b/5) { // one decimal would say little of it
		return rate(a) + " of " + rate(b)
	}
	n, _ := scaled(a, b)
	if !knownA {
		n = "?"
	}
	m, unit := scaled(b, b)
	return n + " of " + m + " " + unit
}

// scaled is a number of bits per second in the unit that fits scale.
func scaled(bits, scale float64) (n, unit string) {
	switch {
	case scale >= 1e9:
		return strings.TrimSuffix(strconv.FormatFloat(bits/1e9, 'f', 1, 64), ".0"), "Gb/s"
	case scale >= 1e6 || scale == 0:
		return commas(int64(math.Round(bits / 1e6))), "Mb/s"
	}
	return commas(int64(math.Round(bits / 1e3))), "kb/s"
}

// mbit is a number of bits per second in Mb/s without its unit, for columns.
func mbit(v any) string {
	bits, known := figure(v)
	if !known {
		return "–"
	}
	if bits > 0 && bits < 1e6 {
		return strconv.FormatFloat(bits/1e6, 'f', 2, 64)
	}
	return commas(int64(math.Round(bits / 1e6)))
}

// count is a number with commas between thousands.
func count(v any) string {
	n, known := figure(v)
	if !known {
		return "–"
	}
	return commas(int64(math.Round(n)))
}

func commas(n int64) string {
	text := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(text) - 3; i > start; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// percent is a part, of at most four digits.
func percent(v any) string {
	part, known := figure(v)
	if !known {
		return "–"
	}
	switch p := part * 100; {
	case p >= 99.995 || p == math.Trunc(p):
		return strconv.FormatFloat(p, 'f', 0, 64) + " %"
	case p >= 99 || p < 1:
		return strconv.FormatFloat(p, 'f', 2, 64) + " %"
	default:
		return strconv.FormatFloat(p, 'f', 0, 64) + " %"
	}
}

// plural is "1 port", "3 ports".
func plural(v any, one string) string {
	n, _ := figure(v)
	many := one + "s"
	switch {
	case n == 1:
		many = one
	case strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ay"):
		many = strings.TrimSuffix(one, "y") + "ies"
	}
	return count(v) + " " + many
}

// shellQuote is text as one word of a shell.
func shellQuote(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@+", r))
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// dict gives a part of a page several values by name.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d values are no pairs", len(pairs))
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}
