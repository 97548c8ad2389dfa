package netbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
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
)

// A Server is a NetBox.
type Server struct {
	base  *url.URL
	token string
	http  *http.Client
	pause func(context.Context, time.Duration) error
}

// NewServer makes a client of a NetBox at an address such as https://netbox.example, with or
// without a path. Plain HTTP is taken on loopback, and elsewhere only where clear allows
// that the token crosses the network in clear text. ErrInvalid is an address that is none.
func NewServer(address, token string, clear bool, client *http.Client) (*Server, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("netbox: %q is no address such as https://netbox.example: %w", address, mirror.ErrInvalid)
	case u.User != nil:
		return nil, fmt.Errorf("netbox: the address holds a login; give the token in a file: %w", mirror.ErrInvalid)
	case u.Scheme == "http" && !clear && !onLoopback(u.Hostname()):
		return nil, fmt.Errorf("netbox: over http the token would cross the network in clear text: %w", mirror.ErrInvalid)
	case strings.TrimSpace(token) == "" || strings.ContainsAny(strings.TrimSpace(token), " \r\n\t"):
		return nil, fmt.Errorf("netbox: the token is empty, or none: %w", mirror.ErrInvalid)
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api")
	own := *client
	own.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != u.Host || r.URL.Scheme != u.Scheme {
			return fmt.Errorf("it sends us to %s, which the token is not for", r.URL.Host) //nolint:err113 // told once
		}
		if len(via) > 5 {
			return errors.New("it sends us in circles")
		}
		return nil
	}
	return &Server{base: u, token: strings.TrimSpace(token), http: &own, pause: sleep}, nil
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

// list reads all pages of a list. Where the next page is, the server says with a host and a
// scheme that may be those behind its proxy: only what is asked there counts. Entries are
// told once each: pages shift when something is added meanwhile.
func list[T any](ctx context.Context, s *Server, path string, query url.Values, id func(T) int64) ([]T, error) {
	query = cloned(query)
	query.Set("limit", strconv.Itoa(pageSize))
	seen := map[int64]bool{}
	asked := map[string]bool{}
	var out []T
	for range maxPages {
		at := query.Encode()
		if asked[at] {
			return nil, fmt.Errorf("netbox: %s: the next page is one before: %w", path, mirror.ErrParse)
		}
		asked[at] = true
		var page struct {
			Results *[]T   `json:"results"`
			Next    string `json:"next"`
		}
		if err := s.get(ctx, path, at, &page); err != nil {
			return nil, err
		}
		if page.Results == nil {
			return nil, fmt.Errorf("netbox: %s: the answer is no list: %w", path, mirror.ErrParse)
		}
		for _, v := range *page.Results {
			if n := id(v); !seen[n] {
				seen[n] = true
				out = append(out, v)
			}
		}
		if page.Next == "" {
			return out, nil
		}
		next, err := url.Parse(page.Next)
		if err != nil {
			return nil, fmt.Errorf("netbox: %s: the next page has no address: %w", path, mirror.ErrParse)
		}
		query = next.Query()
	}
	return nil, fmt.Errorf("netbox: %s has more than %d pages: %w", path, maxPages, mirror.ErrParse)
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
		if err == nil || !errors.As(err, &busy) || try == tries || ctx.Err() != nil {
			return err
		}
		if err := s.pause(ctx, max(pause, busy.after)); err != nil {
			return err
		}
		pause *= 2
	}
}

func (s *Server) once(ctx context.Context, path, query string, into any) error {
	u := *s.base
	u.Path, u.RawQuery = u.Path+path, query
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("netbox: %w", err)
	}
	scheme := "Token " // of version 1
	if strings.HasPrefix(s.token, "nbt_") {
		scheme = "Bearer "
	}
	r.Header.Set("Authorization", scheme+s.token)
	r.Header.Set("Accept", "application/json")
	answer, err := s.http.Do(r)
	if err != nil {
		var timeout net.Error
		kind := mirror.ErrUnreachable
		if errors.As(err, &timeout) && timeout.Timeout() {
			kind = mirror.ErrTimeout
		}
		return again{error: fmt.Errorf("netbox: %s: %w: %w", path, err, kind)}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return again{error: fmt.Errorf("netbox: %s: the answer breaks off: %w: %w", path, err, mirror.ErrUnreachable)}
	case len(body) > maxAnswer:
		return fmt.Errorf("netbox: %s: the answer has more than %d octets: %w", path, maxAnswer, mirror.ErrParse)
	case answer.StatusCode != http.StatusOK:
		return refused(path, answer, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("netbox: %s: the answer is not understood: %w: %w", path, err, mirror.ErrParse)
	}
	return nil
}

// refused is an answer without content, in the server's own words.
func refused(path string, answer *http.Response, body []byte) error {
	var said struct {
		Detail string `json:"detail"`
	}
	_ = json.Unmarshal(body, &said) // of a proxy it is a page
	words := ""
	if said.Detail != "" {
		words = fmt.Sprintf(" (%q)", cut(said.Detail))
	}
	err := fmt.Errorf("netbox: %s: it answers %d%s", path, answer.StatusCode, words) //nolint:err113 // wrapped below
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("%w: the token is wrong, expired, not for this address, or may not view this: %w", err, mirror.ErrAuth)
	case code == http.StatusNotFound:
		return fmt.Errorf("%w: is the address that of a NetBox? %w", err, mirror.ErrNotFound)
	case code >= 500 || code == http.StatusTooManyRequests:
		after, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return again{fmt.Errorf("%w: %w", err, mirror.ErrUnreachable), min(time.Duration(max(after, 0))*time.Second, longest)}
	}
	return fmt.Errorf("%w: %w", err, mirror.ErrRejected)
}

func cut(text string) string {
	if len(text) > 200 {
		return strings.ToValidUTF8(text[:200], "") + "..."
	}
	return text
}
