package alert

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// maxValue bounds a field that is looked at, in octets.
const maxValue = 4096

// Values are what a trigger gets from an alert. The interface is in the words of the alert.
type Values struct {
	mirror.AlertValues
	Interface string
}

// Text is the field at a path, "" and false where there is none that is a text, a number
// or a truth value. A path is a JSON pointer, or names with dots between them.
func (a Alert) Text(path string) (string, bool) {
	at := a.fields
	for _, step := range steps(path) {
		switch in := at.(type) {
		case map[string]any:
			at = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return "", false
			}
			at = in[i]
		default:
			return "", false
		}
	}
	switch v := at.(type) {
	case string:
		return strings.TrimSpace(v), true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func steps(path string) []string {
	if !strings.HasPrefix(path, "/") {
		return strings.Split(path, ".")
	}
	out := strings.Split(path[1:], "/")
	for i, s := range out {
		out[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(s)
	}
	return out
}

// Matches tells of the first field that is not as the trigger asks for, "" when all are.
func (a Alert) Matches(t mirror.Trigger) string {
	for _, path := range slices.Sorted(maps.Keys(t.Match)) {
		text, ok := a.Text(path)
		if !ok || !slices.ContainsFunc(t.Match[path], func(p string) bool { return mirror.Like(p, text) }) {
			return fmt.Sprintf("its %s is not what the trigger asks for", path)
		}
	}
	return ""
}

// Values picks what a trigger asks for, or tells every reason why it cannot be had.
func (a Alert) Values(t mirror.Trigger) (v Values, reasons []mirror.Reason) {
	pick := func(name string) string {
		text, r := a.pick(name, t.From[name])
		if r != nil {
			reasons = append(reasons, *r)
		}
		return text
	}
	refuse := func(code, message string) { reasons = append(reasons, mirror.Reason{Code: code, Message: message}) }
	if v.Device = pick(mirror.PickDevice); v.Device != "" && !mirror.ValidName(v.Device) {
		refuse("bad-device", "what the alert has as its device is no name of one; pattern or map of from.device can make one of it")
	}
	if v.Interface = pick(mirror.PickInterface); v.Interface != "" && !mirror.ValidInterface(v.Interface) {
		refuse("bad-interface", "what the alert has as its interface is none")
	}
	v.Direction, v.Reason = mirror.Both, "alert of trigger "+t.Name
	if _, ok := t.From[mirror.PickDirection]; ok {
		v.Direction = mirror.Direction(pick(mirror.PickDirection))
		if !slices.Contains([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both, ""}, v.Direction) {
			refuse("bad-direction", "what the alert has as its direction is none of rx, tx, both; map of from.direction can make one of it")
		}
	}
	if p, ok := t.From[mirror.PickReason]; ok {
		if text, r := a.pick(mirror.PickReason, p); r == nil { // an alert without words is an alert
			v.Reason = text
		}
	}
	v.Reason = mirror.PlainText(v.Reason)
	return v, reasons
}

// pick gets one value; the reason is nil and the text not empty where there is one.
func (a Alert) pick(name string, p mirror.Pick) (string, *mirror.Reason) {
	text, ok := p.Value, true
	if p.Path != "" {
		if text, ok = a.Text(p.Path); !ok || text == "" {
			if p.Value != "" {
				return p.Value, nil
			}
			return "", &mirror.Reason{Code: "no-" + name, Message: fmt.Sprintf("the alert has no %s: nothing stands at %s", name, p.Path)}
		}
	}
	if len(text) > maxValue {
		return "", &mirror.Reason{Code: "bad-" + name, Message: fmt.Sprintf("what stands at %s has %d octets; at most %d", p.Path, len(text), maxValue)}
	}
	if p.Pattern != "" {
		re, err := regexp.Compile(p.Pattern)
		if err != nil {
			return "", &mirror.Reason{Code: "bad-pattern", Message: fmt.Sprintf("from.%s.pattern is no regular expression", name)}
		}
		found := re.FindStringSubmatch(text)
		if found == nil || found[min(1, len(found)-1)] == "" {
			return "", &mirror.Reason{Code: "no-" + name, Message: fmt.Sprintf("what stands at %s does not match from.%s.pattern", p.Path, name)}
		}
		text = found[min(1, len(found)-1)]
	}
	if len(p.Map) > 0 {
		if text, ok = p.Map[text]; !ok {
			return "", &mirror.Reason{Code: "not-mapped", Message: fmt.Sprintf("from.%s.map has no entry for what stands at %s", name, p.Path)}
		}
	}
	if text == "" { // the map says so
		return "", &mirror.Reason{Code: "no-" + name, Message: fmt.Sprintf("from.%s makes nothing of the alert", name)}
	}
	return text, nil
}
