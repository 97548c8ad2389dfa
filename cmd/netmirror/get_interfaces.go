package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// withEnds are a device's interfaces in the order of their numbers, and at each of
// them which mirror sessions of the device end there: such a port is in use, too.
func withEnds(ctx context.Context, cl *client.Client, device string, items []json.RawMessage) ([]json.RawMessage, error) {
	sessions, _, err := pages(ctx, cl, device+"/observed-sessions")
	if err != nil {
		return nil, err
	}
	ends := map[string][]any{}
	for _, raw := range sessions {
		var s struct {
			ID       string   `json:"id"`
			Owner    string   `json:"owner"`
			Sessions []string `json:"sessions"`
			Native   struct {
				Destinations []string `json:"destinations"`
			} `json:"native"`
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, err
		}
		whose := cmp.Or(strings.Join(s.Sessions, ", "), s.Owner)
		for _, port := range s.Native.Destinations {
			ends[port] = append(ends[port], map[string]any{"kind": "destination", "detail": fmt.Sprintf("native session %s (%s)", s.ID, whose)})
		}
	}
	rows := make([]resource, len(items))
	for i, raw := range items {
		if err := json.Unmarshal(raw, &rows[i]); err != nil {
			return nil, err
		}
		uses, _ := rows[i]["uses"].([]any)
		rows[i]["uses"] = append(uses, ends[rows[i].at("name")]...)
	}
	slices.SortFunc(rows, func(a, b resource) int { return byNumbers(a.at("name"), b.at("name")) })
	out := make([]json.RawMessage, len(rows))
	for i, r := range rows {
		if out[i], err = json.Marshal(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cabledTo is what somebody declares to be at the other end of an interface.
func cabledTo(r resource) string {
	var out []string
	ends, _ := r["cabledTo"].([]any)
	for _, e := range ends {
		if m, ok := e.(map[string]any); ok {
			text := fmt.Sprint(m["device"])
			if port, ok := m["interface"].(string); ok {
				text += " " + port
			}
			out = append(out, text)
		}
	}
	return strings.Join(out, "; ")
}

// byNumbers compares names of ports as people order them: Gi1/0/2 before Gi1/0/10.
func byNumbers(a, b string) int {
	for a != "" && b != "" {
		x, y := number(a), number(b)
		if x == "" || y == "" {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		m, _ := strconv.ParseUint(x, 10, 64)
		n, _ := strconv.ParseUint(y, 10, 64)
		if m != n {
			return cmp.Compare(m, n)
		}
		a, b = a[len(x):], b[len(y):]
	}
	return cmp.Compare(len(a), len(b))
}

// number is the digits that a name begins with.
func number(s string) string {
	return s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
}
