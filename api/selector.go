package api

import (
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// SelectorParam filters a list by labels.
type SelectorParam struct {
	LabelSelector string `query:"labelSelector" maxLength:"1000" doc:"all of a list such as team=voice,env!=lab,site in (a,b),zone notin (x),owner,!spare must hold; what has no such label is != and notin, too"`
}

var labelText = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$`)

var setBased = regexp.MustCompile(`^(\S+)\s+(in|notin)\s*\(([^()]*)\)$`)

const (
	selectorWords   = "must be a list of k=v, k!=v, k in (v,w), k notin (v,w), k and !k, separated by commas"
	maxRequirements = 20
)

// parse reads the selector, which is that of kubectl.
func (s SelectorParam) parse() ([]mirror.Requirement, error) {
	if s.LabelSelector == "" {
		return nil, nil
	}
	var all []mirror.Requirement
	for _, term := range selectorTerms(s.LabelSelector) {
		r, ok := requirementOf(strings.TrimSpace(term))
		if !ok || len(all) == maxRequirements {
			return nil, badParameter("query.labelSelector", selectorWords)
		}
		all = append(all, r)
	}
	return all, nil
}

// selectorTerms splits a selector at the commas that stand outside of brackets.
func selectorTerms(text string) []string {
	depth, begin := 0, 0
	var out []string
	for i, c := range text {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out, begin = append(out, text[begin:i]), i+1
		}
	}
	return append(out, text[begin:])
}

func requirementOf(term string) (r mirror.Requirement, ok bool) {
	if set := setBased.FindStringSubmatch(term); set != nil {
		r = mirror.Requirement{Label: set[1], Not: set[2] == "notin"}
		for value := range strings.SplitSeq(set[3], ",") {
			r.Values = append(r.Values, strings.TrimSpace(value))
		}
	} else if key, value, compares := strings.Cut(term, "="); compares {
		key, r.Not = strings.CutSuffix(key, "!")
		r.Label, r.Values = strings.TrimSpace(key), []string{strings.TrimSpace(strings.TrimPrefix(value, "="))}
	} else {
		key, r.Not = strings.CutPrefix(term, "!")
		r.Label = strings.TrimSpace(key)
	}
	bad := func(value string) bool { return value != "" && !labelText.MatchString(value) }
	return r, labelText.MatchString(r.Label) && !slices.ContainsFunc(r.Values, bad)
}

// SessionSelectParams narrow a list of sessions beyond their labels.
type SessionSelectParams struct {
	Phase  string `query:"phase" enum:"Pending,Applying,Active,Degraded,Unknown,Suspended,Expired,Deleting,Failed" doc:"only sessions of this phase"`
	Device string `query:"device" maxLength:"63" doc:"only sessions that name this device, or are placed on it"`
	Tool   string `query:"tool" maxLength:"63" doc:"only sessions that copy to this tool"`
	Filter string `query:"filter" maxLength:"63" doc:"only sessions of this filter"`
	Text   string `query:"text" maxLength:"100" doc:"only sessions with this text in their name, description, reason, ticket, person, or in a device, port or tool that they name; small and capital letters are the same"`
}

// DeviceSelectParams narrow a list of devices beyond their labels.
type DeviceSelectParams struct {
	Reachable string `query:"reachable" enum:"True,False,Unknown" doc:"only devices of which this is the status of the condition Reachable"`
	Platform  string `query:"platform" maxLength:"63" doc:"only devices of this platform"`
	Text      string `query:"text" maxLength:"100" doc:"only devices with this text in their name, address, host name, model, serial number or release; small and capital letters are the same"`
	Foreign   bool   `query:"foreign" doc:"true: only devices with a native session that netmirror did not make"`
	Brief     bool   `query:"brief" doc:"true: leave out status.capabilities, which are most of an entry"`
}
