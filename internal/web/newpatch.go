package web

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// patched is the draft with a JSON merge patch of the spec.
func (d draft) patched(patch specTree, now time.Time) draft {
	spec, _ := d.spec(now)
	was := d.kept["lease"]
	out := fill(specOf([]byte(jsonText(merged(spec, patch)))), now)
	out.Name, out.Edit, out.ETag, out.base = d.Name, d.Edit, d.ETag, d.base
	for _, f := range formFields { // what no spec can hold stays where it was typed
		if _, err := f.read(d.Text[f.name]); err != nil && d.Text[f.name] != f.missing {
			out.Text[f.name] = d.Text[f.name]
		}
	}
	if _, touched := patch["lease"]; !touched {
		out.Lease, out.Other = d.Lease, d.Other
		put(out.kept, []string{"lease"}, was)
	}
	return out
}

// merged applies a JSON merge patch (RFC 7396).
func merged(to, patch map[string]any) map[string]any {
	out := map[string]any{}
	for key, v := range to {
		out[key] = v
	}
	for key, v := range patch {
		inner, isTree := v.(map[string]any)
		switch {
		case v == nil:
			delete(out, key)
		case isTree:
			was, _ := out[key].(map[string]any)
			out[key] = merged(was, inner)
		default:
			out[key] = v
		}
	}
	return out
}

// suggestedName is a name for a session of nobody's choice, of its first source.
func (d draft) suggestedName() string {
	if len(d.Sources) == 0 {
		return ""
	}
	text := strings.ToLower(d.Sources[0].Device + "-" + d.Sources[0].Port)
	text = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(text, "-"), "-")
	return text[:min(len(text), 40)]
}

func number(text string) (json.Number, error) {
	if _, err := strconv.ParseUint(text, 10, 31); err != nil {
		return "", fmt.Errorf("%q is no whole number", text)
	}
	return json.Number(strings.TrimLeft(text[:len(text)-1], "0") + text[len(text)-1:]), nil
}
