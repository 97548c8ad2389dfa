package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ssh"
)

// idleKept is how much is kept of what a device prints while nobody waits for a
// reply, such as log messages.
const idleKept = 64 << 10

// A stream collects what a transport reads, in one goroutine that ends with the
// transport. One reply may have at most limit octets.
type stream struct {
	from  io.Reader
	limit int

	mu       sync.Mutex
	buf      []byte
	waiting  bool  // a reply is waited for
	err      error // reading ended
	received int64

	arrived chan struct{} // holds a token when buf or err changed
	ended   chan struct{} // the goroutine is gone
}

func newStream(from io.Reader, limit int) *stream {
	s := &stream{from: from, limit: limit, arrived: make(chan struct{}, 1), ended: make(chan struct{})}
	go s.read()
	return s
}

// errTooLong: the limit was reached. What is behind it is not read.
type errTooLong struct{ limit int }

func (e errTooLong) Error() string {
	return fmt.Sprintf("the reply has more than %d octets (maxReplyBytes)", e.limit)
}

// Unwrap gives the kind to errors.Is.
func (errTooLong) Unwrap() error { return mirror.ErrParse }

func (s *stream) read() {
	defer close(s.ended)
	chunk := make([]byte, readSize)
	for {
		n, err := s.from.Read(chunk)
		s.mu.Lock()
		s.buf = append(s.buf, chunk[:n]...)
		s.received += int64(n)
		switch {
		case !s.waiting && len(s.buf) > 2*idleKept:
			s.buf = append([]byte(nil), s.buf[len(s.buf)-idleKept:]...)
		case err == nil && len(s.buf) > s.limit:
			err = errTooLong{s.limit}
		}
		s.err = err
		s.mu.Unlock()
		select {
		case s.arrived <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// expect says that a reply is about to be asked for: from now on everything is
// kept.
func (s *stream) expect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = true
}

// look is what has arrived and not been taken. The slice stays valid: later
// arrivals are appended behind it.
func (s *stream) look() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf[:len(s.buf):len(s.buf)], s.err
}

// take removes the first n octets and puts back in front of the rest.
func (s *stream) take(n int, back []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = false
	s.buf = append(append([]byte(nil), back...), s.buf[n:]...)
}

func (s *stream) count() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received
}

// A finding is what a ready function made of the text so far.
type finding struct {
	done    bool
	quietly bool          // done if nothing more arrives for a while
	after   int           // with done or quietly: where the text after the reply starts, in the tidied text; everything = no rest
	suspect error         // an error if nothing more arrives for a while
	within  time.Duration // the while; 0 = Timeouts.Quiet
	certain error         // an error at once
}

// everything as finding.after: the reply is all that has come.
const everything = -1

// wait reads until ready is content, and returns the tidied text up to the end
// of the reply. ready sees raw octets, so that it can decide cheaply whether
// tidying is worth while.
//
// silence bounds the time in which nothing arrives, quiet the time behind a
// finding that needs it.
func (s *stream) wait(ctx context.Context, silence, quiet time.Duration, ready func(raw []byte) finding) (string, error) {
	var hush <-chan time.Time
	silent := time.NewTimer(silence)
	defer silent.Stop()
	for {
		raw, ended := s.look()
		f := ready(raw)
		if f.done {
			return s.finish(raw, f.after), nil
		}
		switch {
		case f.certain != nil:
			return partial(raw), f.certain
		case ended != nil: // only now: the last words may be the whole reply
			if long := (errTooLong{}); errors.As(ended, &long) {
				return partial(raw[len(raw)-idleKept:]), ended
			}
			return partial(raw), ssh.ErrHungUp
		}
		hush = nil
		if f.suspect != nil || f.quietly {
			hush = time.After(cmp.Or(f.within, quiet))
		}
		select {
		case <-s.arrived:
			silent.Reset(silence)
		case <-silent.C:
			return partial(raw), fmt.Errorf("nothing came for %v: %w", silence, mirror.ErrTimeout)
		case <-hush:
			if f.suspect == nil {
				return s.finish(raw, f.after), nil
			}
			return partial(raw), f.suspect
		case <-ctx.Done():
			return partial(raw), ctx.Err()
		}
	}
}

// finish takes a reply that ends at after in the tidied text of raw, and leaves
// what is behind it for the next one.
func (s *stream) finish(raw []byte, after int) string {
	text, unfinished := tidy(raw)
	if after == everything {
		after = len(text)
	}
	s.take(len(raw), append([]byte(text[after:]), unfinished...))
	return text[:after]
}

func partial(raw []byte) string {
	text, _ := tidy(raw)
	return text
}

// tailReach is how much of the end of what arrived is looked at to see where
// the device stands; a prompt and the line before it are in there.
const tailReach = 1 << 10

// tail is the tidied end of what arrived, from the start of a line on where
// there is one.
func tail(raw []byte) string {
	if len(raw) > tailReach {
		raw = raw[len(raw)-tailReach:]
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			raw = raw[i+1:]
		}
	}
	return partial(raw)
}

// pagerWatch finds a pager's line at work. It must be new for each wait.
type pagerWatch struct {
	pager   *regexp.Regexp
	checked int
}

// pagerReach is how far around new text the pager's line is looked for.
const pagerReach = 256

var errPager = fmt.Errorf("the device stopped at a pager although paging was turned off: %w", mirror.ErrParse)

// look reports a pager: surely when its line was erased again, because then it
// took typed-ahead characters for answers; probably when it stands at the end.
func (w *pagerWatch) look(raw []byte) finding {
	from := max(0, w.checked-pagerReach)
	w.checked = len(raw)
	text, _ := tidy(raw[from:])
	for _, at := range w.pager.FindAllStringIndex(text, -1) {
		rest := text[at[1]:]
		for rest != "" && rest[0] == ' ' {
			rest = rest[1:]
		}
		switch {
		case rest == "" && lastLine(text) != "":
			return finding{suspect: errPager}
		case rest != "" && (rest[0] == '\b' || rest[0] == eraseLine || rest[0] == '\r' && len(rest) > 1 && rest[1] != '\n' && rest[1] != '\r'):
			return finding{certain: errPager}
		}
	}
	return finding{}
}
