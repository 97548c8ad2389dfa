package api

import (
	"cmp"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Deadlines of a connection; a zero field of Config takes these.
const (
	DefaultHeaderTimeout = 10 * time.Second // for the headers of a request to arrive, and for the TLS handshake
	DefaultWriteTimeout  = 30 * time.Second // for an answer to be taken, from its first octet
	DefaultIdleTimeout   = 2 * time.Minute  // between two requests
	DefaultLinger        = time.Second      // for what still arrives of a body after an early answer
)

// maxLinger bounds what is thrown away of a body after an early answer, in
// octets.
const maxLinger = 16 << 20

// NewServer is the handler of New in a server that lets nobody hold a
// connection without doing something: headers, bodies and answers have
// deadlines, and so has an idle connection.
func NewServer(c Config) *http.Server {
	log := c.Log
	if log == nil {
		log = slog.Default()
	}
	s := newServer(c, c.Engine)
	var h http.Handler = s.router
	if c.Front != nil {
		h = c.Front(h)
	}
	out := serverFor(c, log, h)
	out.RegisterOnShutdown(sync.OnceFunc(func() { close(s.closing) })) // it waits for what is served, and a stream has no end
	return out
}

func serverFor(c Config, log *slog.Logger, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: cmp.Or(c.HeaderTimeout, DefaultHeaderTimeout),
		IdleTimeout:       cmp.Or(c.IdleTimeout, DefaultIdleTimeout),
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		// No ReadTimeout: net/http takes its passing for a client that has gone,
		// and would cut off a request that waits. The guard gives bodies their
		// deadline, and the middleware below gives answers theirs.
	}
}

// bounds gives an answer its deadline, and closes the connection after an
// answer that was given before the whole body was read. net/http would first
// wait for up to 256 KiB of that body, for as long as it takes.
func (s *server) bounds(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		// The deadline of the request before must not cut off "100 Continue".
		// Not every ResponseWriter has deadlines; the error says only that.
		_ = control.SetWriteDeadline(time.Time{})
		body := &seenBody{ReadCloser: r.Body, whole: r.ContentLength == 0}
		aw := &answerWriter{ResponseWriter: w, control: control, body: body, timeout: s.writeTimeout, http1: r.ProtoMajor == 1}
		own := *r // net/http looks at the body of its own request
		own.Body = body
		next.ServeHTTP(aw, &own)
		if !aw.early {
			return
		}
		_ = control.Flush()
		// A connection that is closed while octets lie unread is reset, and the
		// reset may overtake the answer. So a body that is on its way is thrown
		// away for a moment; one that waits for "100 Continue" is not on its way.
		if r.Header.Get("Expect") == "" {
			_ = control.SetReadDeadline(time.Now().Add(s.linger))
			_, _ = io.CopyN(io.Discard, body, maxLinger)
		}
		_ = control.SetReadDeadline(time.Unix(1, 0)) // net/http shall not wait for more
	})
}

// seenBody knows whether a body was read to its end.
type seenBody struct {
	io.ReadCloser
	whole bool
}

func (b *seenBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.whole = true
	}
	return n, err
}

// answerWriter does what must be done before the first octet of an answer.
type answerWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	body    *seenBody
	timeout time.Duration
	http1   bool
	begun   bool
	early   bool // the answer came before the end of the body, on HTTP/1
}

// Unwrap lets an http.ResponseController find the connection.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerWriter) WriteHeader(status int) {
	if !w.begun && status >= http.StatusOK {
		w.begun = true
		_ = w.control.SetWriteDeadline(time.Now().Add(w.timeout))
		if w.http1 && !w.body.whole {
			w.early = true
			w.Header().Set("Connection", "close")
			_ = w.control.EnableFullDuplex() // answers without waiting for the body
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}
