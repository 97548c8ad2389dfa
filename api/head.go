package api

import (
	"net/http"
	"strings"
)

// headAsGet serves HEAD wherever GET is served: the same status and headers, of which
// net/http leaves out the body. A stream would have no end, and is answered as a page.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			r = r.Clone(r.Context())
			r.Method = http.MethodGet
			if strings.Contains(strings.Join(r.Header.Values("Accept"), ","), mediaStream) {
				r.Header.Set("Accept", mediaJSON)
			}
		}
		next.ServeHTTP(w, r)
	})
}
