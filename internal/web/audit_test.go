package web

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
)

// TestForeignSessionsInTheAudit: of a port only those that may copy it, of a device that is
// gone none, and where there are more than a page holds it says so.
func TestForeignSessionsInTheAudit(t *testing.T) {
	f := newFakeAPI(t)
	b := newBrowser(t, f).as("nmt_viewer")
	f.say("GET /copies", client.CopyPage{})
	f.say("GET /events", client.EventPage{})
	one := client.ObservedList{Items: []client.ObservedSession{{Device: "sw-1", ID: "66", Owner: "foreign"}}}
	f.say("GET /devices/sw-1/observed-sessions", one)
	one.NextCursor = "more"
	f.say("GET /observed-sessions", one)

	b.get("/audit?device=sw-1&port=Gi1/0/5").says(t, "native session 66")
	if got := f.queriesOf("GET /devices/sw-1/observed-sessions"); len(got) != 1 || !strings.Contains(got[0], "interface=Gi1%2F0%2F5") || !strings.Contains(got[0], "owner=foreign") {
		t.Errorf("asked for %q", got)
	}
	if g := b.get("/audit?device=sw-1"); strings.Contains(g.body, "More foreign sessions") {
		t.Error("there are no more")
	}
	b.get("/audit?device=gone").says(t, "No copy ")
	b.get("/audit").says(t, "native session 66", "More foreign sessions")
}

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
