package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// deprecation says that an operation will go: since when it is known, when at the
// earliest, and where it is told what to use instead. A field is deprecated by its tag
// `deprecated:"true"`, and its doc names the one to use.
type deprecation struct {
	since, sunset time.Time
	link          string // a path of this server, or a URL
}

// tell gives an answer the headers of RFC 9745 and RFC 8594.
func (d *deprecation) tell(h http.Header) {
	if d == nil {
		return
	}
	h.Set("Deprecation", fmt.Sprintf("@%d", d.since.Unix()))
	h.Set("Sunset", d.sunset.UTC().Format(http.TimeFormat))
	h.Add("Link", "<"+d.link+`>; rel="deprecation"`)
}

func (d *deprecation) describe(op *huma.Operation) {
	if d == nil {
		return
	}
	op.Deprecated = true
	op.Description += fmt.Sprintf("\n\nDeprecated since %s, and there until %s at least: see %s.", d.since.UTC().Format(time.DateOnly), d.sunset.UTC().Format(time.DateOnly), d.link)
}
