package web

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

//go:embed pages
var pageFiles embed.FS

// A frame is what the layout shows around every page.
type frame struct {
	Title   string
	Nav     string // marked entry of the main menu
	Page    string // template
	Who     *client.Whoami
	Bars    []bar
	Path    string // of this page, with its query
	Version string
	Host    string
	Now     time.Time
	Data    any

	Said, SaidShape string // of what was done just now
}

// A bar is said above every page until it is over.
type bar struct {
	Shape string // wa or no
	Text  string
	Do    string // command that ends it
	Since time.Time
}

// Menu is the main menu.
func (frame) Menu() [][2]string {
	return [][2]string{{"/", "Overview"}, {"/devices", "Devices"}, {"/tools", "Tools"}, {"/audit", "Audit"}}
}

// ZoneSeconds is how far the zone of the page's times is ahead of UTC, for clocks in the
// browser: that of the reader may be another.
func (f frame) ZoneSeconds() int {
	_, seconds := f.Now.Zone()
	return seconds
}

// Role says what the token may.
func (f frame) Role() string {
	switch f.Who.Access {
	case "admin":
		return "admin: may do everything"
	case "operator":
		return "operator: may make and end sessions, not devices"
	}
	return "viewer: sees all and changes nothing"
}

// bare is a page for whoever has not signed in.
func (s *server) bare(title, page string, data any) frame {
	return frame{Title: title, Page: page, Version: s.Version, Host: s.Host, Now: s.Now(), Data: data}
}

// whole is a page with menu and bars.
func (s *server) whole(v *visit, out view) frame {
	f := s.bare(out.title, out.page, out.data)
	f.Nav, f.Who, f.Now, f.Path = out.nav, &v.who, v.now, v.URL.RequestURI()
	if c, err := v.cl.GetController(v.Context()); err == nil {
		f.Bars = controllerBars(c)
	}
	if said, err := v.Cookie(saidCookie); err == nil && v.Method == http.MethodGet {
		text, _ := url.QueryUnescape(said.Value)
		f.Said, f.SaidShape = text, shapeOK
		if bad, ok := strings.CutPrefix(text, notDone); ok {
			f.Said, f.SaidShape = bad, shapeSoon
		}
		s.setCookie(v.w, saidCookie, "", 0)
	}
	return f
}

func controllerBars(c client.Controller) (out []bar) {
	switch {
	case c.Hold != nil:
		out = append(out, bar{Shape: "wa", Text: sentence(c.Message), Since: c.Hold.Since, Do: "netmirror resume"})
	case c.Mode == "observe":
		out = append(out, bar{Shape: "no", Text: "Observe mode: everything is read, nothing is pushed. Whoever started the controller set it, and ends it by a start with", Do: "--mode full"})
	}
	return out
}

// parsePages reads each page with the layout and the parts that all share.
func (s *server) parsePages() (map[string]*template.Template, error) {
	shared, err := template.New("layout").Funcs(s.words()).ParseFS(pageFiles, "pages/layout.tmpl", "pages/part_*.tmpl")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(pageFiles, "pages/*.tmpl")
	if err != nil {
		return nil, err
	}
	out := map[string]*template.Template{}
	for _, name := range names {
		page := strings.TrimSuffix(path.Base(name), ".tmpl")
		if page == "layout" || strings.HasPrefix(page, "part_") {
			continue
		}
		t, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if out[page], err = t.ParseFS(pageFiles, name); err != nil {
			return nil, err
		}
	}
	return out, nil
}
