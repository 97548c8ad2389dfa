package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/netmirror/netmirror/internal/mirror"
)

// unambiguous refuses a request that could be read in two ways: what was meant
// as a dry run must never be a write. Huma itself takes the first of repeated
// parameters, passes over empty ones and over what does not parse, and reads 1
// and T as true.
func (s *server) unambiguous(r *http.Request, op *huma.Operation, e endpoint) *Problem {
	var reasons []Reason
	add := func(parameter, message string) {
		if !plainLocation.MatchString(parameter) {
			parameter = "query"
		}
		reasons = append(reasons, Reason{Parameter: parameter, Code: "bad-parameter", Message: message})
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		add("query", "is not a list of name=value, separated by &")
	}
	for _, name := range sortedKeys(query) {
		values := query[name]
		i := slices.IndexFunc(op.Parameters, func(p *huma.Param) bool { return p.In == "query" && p.Name == name })
		switch {
		case i < 0:
			add("query."+name, "unknown query parameter")
		case len(values) > 1:
			add("query."+name, "stands there twice")
		case values[0] == "" && r.Method != http.MethodGet: // a reader may leave a filter or a cursor empty
			add("query."+name, "has no value; leave the parameter out instead")
		case values[0] != "" && op.Parameters[i].Schema.Type == huma.TypeBoolean && values[0] != "true" && values[0] != "false":
			add("query."+name, "must be true or false")
		}
	}
	for _, name := range []string{"If-Match", "If-None-Match"} {
		values := r.Header.Values(name)
		if len(values) > 1 {
			add("header."+name, "stands there twice; give a list instead")
		} else if len(values) == 1 && values[0] == "" {
			add("header."+name, "has no value; leave the header out instead")
		}
	}
	if e.body == nil && r.ContentLength != 0 {
		reasons = append(reasons, Reason{Code: "unexpected-body", Message: "the operation takes no body"})
	}
	if len(reasons) == 0 {
		r.URL.RawQuery = query.Encode() // huma's own reader knows one spelling of a name only
		return nil
	}
	if n := len(reasons); n > mirror.MaxReasons {
		reasons = append(reasons[:mirror.MaxReasons:mirror.MaxReasons], Reason{Code: "more", Message: fmt.Sprintf("and %d more", n-mirror.MaxReasons)})
	}
	return newProblem(codeInvalid, counted(len(reasons)), reasons...)
}
