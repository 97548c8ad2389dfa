package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strconv"
)

//go:embed assets
var assetFiles embed.FS

// assets are the files that pages refer to, under names that change with their content: a
// browser may keep each for a year.
type assets struct {
	names map[string]string // of a file, to its path here
	files map[string]asset  // by path
}

type asset struct {
	body []byte
	kind string // media type
}

// newAssets joins the style sheets into one, and the scripts, each in the order of their
// names: every room has a file of its own, and a browser loads two.
func newAssets() (assets, error) {
	out := assets{names: map[string]string{}, files: map[string]asset{}}
	for _, a := range []struct{ name, ext, glob, kind string }{
		{"netmirror", ".css", "assets/css/*.css", "text/css; charset=utf-8"},
		{"netmirror", ".js", "assets/js/*.js", "text/javascript; charset=utf-8"},
		{"icon", ".svg", "assets/icon.svg", "image/svg+xml"},
	} {
		names, err := fs.Glob(assetFiles, a.glob)
		if err != nil {
			return out, err
		}
		var body bytes.Buffer
		for _, name := range names { // sorted
			part, err := assetFiles.ReadFile(name)
			if err != nil {
				return out, err
			}
			body.Write(part)
		}
		sum := sha256.Sum256(body.Bytes())
		at := "/assets/" + a.name + "-" + hex.EncodeToString(sum[:6]) + a.ext
		out.names[a.name+a.ext], out.files[at] = at, asset{body.Bytes(), a.kind}
	}
	return out, nil
}

func (a assets) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	_, _ = w.Write(f.body)
}
