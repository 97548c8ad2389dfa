package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Bounds of what is asked and answered.
const (
	pageSize   = 200      // entries; the server's own limit is 1000 unless set otherwise
	maxPages   = 10_000   // of one list
	maxAnswer  = 64 << 20 // octets of one page
	tries      = 4
	firstPause = 500 * time.Millisecond
	longest    = 30 * time.Second // that a server may ask to be left alone
	whole      = 10 * time.Minute // for everything that is asked for
	readings   = 3                // of one list that changes while it is read
)

// A Server is a NetBox.
type Server struct {
	base  *url.URL
	token string
	http  *http.Client
	pause func(context.Context, time.Duration) error
	whole time.Duration // within which everything must be read
}

// NewServer makes a client of a NetBox at an address such as https://netbox.example, with or
// without a path, and with or without /api behind it. Plain HTTP is taken on loopback, and
// elsewhere only where clear allows that the token crosses the network in clear text.
// ErrInvalid is an address that is none, or a token.
func NewServer(address, token string, clear bool, client *http.Client) (*Server, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("netbox: %q is no address such as https://netbox.example: %w", address, mirror.ErrInvalid)
	case u.User != nil:
		return nil, fmt.Errorf("netbox: the address holds a login; give the token in a file: %w", mirror.ErrInvalid)
	case strings.Contains(u.Path, "/api/") && !strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/api"):
		return nil, fmt.Errorf("netbox: %q is the address of a list; give what stands before /api: %w", address, mirror.ErrInvalid)
	case u.Scheme == "http" && !clear && !onLoopback(u.Hostname()):
		return nil, fmt.Errorf("netbox: over http the token would cross the network in clear text; give an address with https, or --netbox-insecure-http: %w", mirror.ErrInvalid)
	}
	token = strings.TrimSpace(token)
	if err := faultOf(token); err != nil {
		return nil, err
	}
	u.Path, u.RawPath = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api"), "/"), ""
	own := *client
	own.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != u.Host || r.URL.Scheme != u.Scheme {
			return fmt.Errorf("it sends us to %s://%s, and the token goes to the address that was given alone; if that is the right one, give it: %w", r.URL.Scheme, r.URL.Host, errAstray)
		}
		if len(via) > 5 {
			return fmt.Errorf("it sends us in circles: %w", errAstray)
		}
		return nil
	}
	return &Server{base: u, token: token, http: &own, pause: sleep, whole: whole}, nil
}

// faultOf is what a token shows to be wrong before it is sent; it is never told itself.
func faultOf(token string) error {
	scheme, _, several := strings.Cut(token, " ")
	switch {
	case token == "":
		return fmt.Errorf("netbox: the file of the token is empty: %w", mirror.ErrInvalid)
	case several && (strings.EqualFold(scheme, "token") || strings.EqualFold(scheme, "bearer")):
		return fmt.Errorf("netbox: the file holds the word %s before the token; leave it out: %w", scheme, mirror.ErrInvalid)
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("netbox: the file of the token holds more than one word: %w", mirror.ErrInvalid)
	case strings.HasPrefix(token, versionTwo) && !strings.Contains(token, "."):
		return fmt.Errorf("netbox: the token is cut: one of version 2 is nbt_KEY.SECRET as a whole: %w", mirror.ErrInvalid)
	}
	return nil
}

func onLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// list reads all pages of a list. Entries are told once each: pages shift when something is
// added meanwhile. A list that has lost some meanwhile may have passed over others, which
// would look as if they had vanished: it is read again.
func list[T any](ctx context.Context, s *Server, path string, query url.Values, id func(T) int64) ([]T, error) {
	for reading := 1; ; reading++ {
		out, r, err := pages(ctx, s, path, query, id)
		if err != nil || !r.torn(len(out)) {
			return out, err
		}
		if reading == readings {
			if !r.shrunk && r.rows >= r.count {
				return out, nil // the same rows twice every time: it counts so
			}
			return nil, fmt.Errorf("netbox: %s: the list changes while it is read, %d of %d entries were told: %w", s.at(path), len(out), r.count, mirror.ErrUnreachable)
		}
	}
}

// A reading is how the pages of a list fit together.
type reading struct {
	rows   int  // of all pages, some maybe twice
	count  int  // as the last page that says so counts; -1 = none does
	shrunk bool // the count became less meanwhile
}

func (r *reading) page(rows int, count *int) {
	r.rows += rows
	if count != nil {
		r.shrunk = r.shrunk || *count < r.count
		r.count = *count
	}
}

// torn reports whether entries may have been passed over, of which this many were told.
func (r *reading) torn(told int) bool { return r.shrunk || told < r.count }

// pages reads a list once. Where the next page is, the server says with a host and a scheme
// that may be those behind its proxy: only what is asked there counts.
func pages[T any](ctx context.Context, s *Server, path string, query url.Values, id func(T) int64) (out []T, r reading, err error) {
	query = cloned(query)
	query.Set("limit", strconv.Itoa(pageSize))
	seen := map[int64]bool{}
	asked := map[string]bool{}
	r.count = -1
	for range maxPages {
		at := query.Encode()
		if asked[at] {
			return nil, r, fmt.Errorf("netbox: %s: the next page is one before: %w", s.at(path), mirror.ErrParse)
		}
		asked[at] = true
		var page struct {
			Count   *int   `json:"count"` // null where pages are told by id
			Results *[]T   `json:"results"`
			Next    string `json:"next"`
		}
		if err := s.get(ctx, path, at, &page); err != nil {
			return nil, r, err
		}
		if page.Results == nil {
			return nil, r, fmt.Errorf("netbox: %s: the answer is no list of NetBox's: %w", s.at(path), mirror.ErrParse)
		}
		r.page(len(*page.Results), page.Count)
		for _, v := range *page.Results {
			if n := id(v); !seen[n] {
				seen[n] = true
				out = append(out, v)
			}
		}
		if page.Next == "" {
			return out, r, nil
		}
		next, err := url.Parse(page.Next)
		if err != nil {
			return nil, r, fmt.Errorf("netbox: %s: the next page has no address: %w", s.at(path), mirror.ErrParse)
		}
		query = next.Query()
	}
	return nil, r, fmt.Errorf("netbox: %s has more than %d pages: %w", s.at(path), maxPages, mirror.ErrParse)
}

func cloned(in url.Values) url.Values {
	out := url.Values{}
	for k, v := range in {
		out[k] = append([]string(nil), v...)
	}
	return out
}

// again is an answer after which it is worth while to ask again.
type again struct {
	error
	after time.Duration
}

// Unwrap gives the error to errors.Is.
func (a again) Unwrap() error { return a.error }

// get asks, and asks again a few times where the server is busy or does not answer.
func (s *Server) get(ctx context.Context, path, query string, into any) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := s.once(ctx, path, query, into)
		var busy again
		if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
			return fmt.Errorf("%w: %w", err, cause) // what became of it when nobody waited any more
		}
		if err == nil || !errors.As(err, &busy) || try == tries || ctx.Err() != nil {
			return err
		}
		if stopped := s.pause(ctx, max(pause, busy.after)); stopped != nil {
			return fmt.Errorf("%w; before it was asked again: %w", err, stopped)
		}
		pause *= 2
	}
}

// url is where something is asked.
func (s *Server) url(path, query string) *url.URL {
	u := *s.base
	u.Path, u.RawQuery = u.Path+path, query
	return &u
}

// at is url for people.
func (s *Server) at(path string) string { return s.url(path, "").String() }

// versionTwo begins tokens of version 2, which there are since NetBox 4.5.
const versionTwo = "nbt_"

func (s *Server) once(ctx context.Context, path, query string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url(path, query).String(), nil)
	if err != nil {
		return fmt.Errorf("netbox: %w", err)
	}
	scheme := "Token " // of version 1
	if strings.HasPrefix(s.token, versionTwo) {
		scheme = "Bearer "
	}
	r.Header.Set("Authorization", scheme+s.token)
	r.Header.Set("Accept", "application/json")
	answer, err := s.http.Do(r)
	if err != nil {
		return fmt.Errorf("netbox: %s: %w", s.at(path), s.unanswered(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("netbox: %s: the answer breaks off: %w", s.at(path), s.unanswered(err))
	case len(body) > maxAnswer:
		return fmt.Errorf("netbox: %s: the answer has more than %d octets: %w", s.at(path), maxAnswer, mirror.ErrParse)
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("netbox: %s: %w", s.at(path), s.refused(answer, body))
	}
	if err := json.Unmarshal(body, into); err != nil {
		if strings.HasPrefix(strings.TrimSpace(string(body[:min(len(body), 512)])), "<") {
			return fmt.Errorf("netbox: %s: it answers with a web page: %s: %w", s.at(path), whichAddress, mirror.ErrParse)
		}
		return fmt.Errorf("netbox: %s: the answer is not understood: %w: %w", s.at(path), err, mirror.ErrParse)
	}
	return nil
}
