package web

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/netmirror/netmirror/client"
)

// inside carries the requests of a client to a handler in the same process.
type inside struct {
	handler http.Handler
	from    string // address of whoever asks, for the log
}

// RoundTrip is the answer as a whole. The handler runs in the caller's goroutine.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	in.RemoteAddr, in.RequestURI, in.Host = i.from, r.URL.RequestURI(), r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &answer{header: http.Header{}}
	i.handler.ServeHTTP(w, in)
	w.WriteHeader(http.StatusOK) // where nothing was written
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: r.Proto, ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// answer is what a handler wrote.
type answer struct {
	header http.Header
	body   bytes.Buffer
	status int
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
}

// speakFor is a client of the API that speaks for whoever holds the token, under the host
// name that the browser used: the API looks at it.
func (s *server) speakFor(r *http.Request, token string) (*client.Client, error) {
	return client.New(client.Options{
		URL: "http://" + r.Host, Token: token, UserAgent: "netmirror-web/" + s.Version, Retries: -1, Timeout: s.patience,
		HTTPClient: &http.Client{Transport: inside{handler: s.API, from: r.RemoteAddr}},
	})
}

// pass hands a request to the API as it is but for its path and the token: for answers
// that are long or have no end.
func (s *server) pass(w http.ResponseWriter, r *http.Request, ctx context.Context, path, token string) {
	in := r.Clone(ctx)
	in.URL.Path, in.URL.RawPath = path, ""
	in.RequestURI = in.URL.RequestURI()
	in.Header.Del("Cookie")
	in.Header.Set("Authorization", "Bearer "+token)
	s.API.ServeHTTP(w, in)
}
