package web

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
)

// TestAReportThatBreaksOff: half of a report is no report. Where nothing was given yet the
// browser shows why; later the connection breaks, so that no browser keeps the file.
func TestAReportThatBreaksOff(t *testing.T) {
	const past = "cursor=more"
	for _, format := range []string{"csv", "json"} {
		t.Run(format, func(t *testing.T) {
			f := newFakeAPI(t)
			b := newBrowser(t, f).as("nmt_viewer")
			down := func(*http.Request) (int, any) {
				return http.StatusServiceUnavailable, client.Problem{Status: http.StatusServiceUnavailable, Title: "the store is closed", Detail: "The store is closed."}
			}
			f.answers["GET /copies"] = down
			g := b.get("/audit." + format)
			g.says(t, "The store is closed.")
			if g.status != http.StatusServiceUnavailable || g.header.Get("Content-Disposition") != "" {
				t.Errorf("status %d, Content-Disposition %q", g.status, g.header.Get("Content-Disposition"))
			}

			f.headers = map[string]http.Header{"GET /copies": {"Link": {"<" + client.Base + "/copies?" + past + `>; rel="next"`}}}
			f.answers["GET /copies"] = func(r *http.Request) (int, any) {
				if strings.Contains(r.URL.RawQuery, past) {
					return down(r)
				}
				return http.StatusOK, client.CopyPage{Items: []client.Copy{{Session: "s"}}, NextCursor: "more"}
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server.URL+"/audit."+format, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range b.jar {
				r.AddCookie(c)
			}
			resp, err := b.http.Do(r)
			if err != nil {
				return // it broke before its first octets left
			}
			defer resp.Body.Close()
			if all, err := io.ReadAll(resp.Body); err == nil {
				t.Errorf("it looks whole:\n%s", all)
			}
		})
	}
}
