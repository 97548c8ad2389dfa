package client

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// Bounds of a client; a zero field of Options takes these.
const (
	DefaultTimeout   = 3 * time.Minute // of one request, what it waits for included
	DefaultMaxAnswer = 256 << 20       // octets of one answer
	DefaultRetries   = 4               // further tries of one call
)

// Options are what New makes a client of. URL is needed.
type Options struct {
	URL string // of the controller, such as https://netmirror.example.net:8420

	// One of the two; none for what needs no token. A file is read by New; white
	// space around the token is no part of it.
	Token     string
	TokenFile string

	CAFile     string // certificates (PEM) that are trusted instead of the system's
	ServerName string // the name that the controller's certificate must bear, "" = that of URL

	// HTTPClient makes the requests, nil = one of our own. CAFile and ServerName
	// belong to our own. Its CheckRedirect is not asked: the token must not go elsewhere.
	HTTPClient *http.Client

	UserAgent string        // "" = netmirror-client
	Timeout   time.Duration // of one request whose context has no deadline, negative = none
	MaxAnswer int64         // octets
	Retries   int           // further tries of a call, negative = none
}

// Client speaks the API of one controller. It may be used by several goroutines.
type Client struct {
	base      *url.URL
	token     string
	http      *http.Client
	userAgent string
	timeout   time.Duration
	maxAnswer int64
	retries   int
}

// New makes a client. It connects to nothing. Its errors say what in the options
// is not as it should be, all of it at once, and never hold the token.
func New(o Options) (*Client, error) {
	var faults []error
	base, err := parseURL(o.URL)
	if err != nil {
		faults = append(faults, err)
	}
	token, err := o.token()
	if err != nil {
		faults = append(faults, err)
	}
	h, err := o.httpClient()
	if err != nil {
		faults = append(faults, err)
	}
	if faults != nil {
		return nil, errors.Join(faults...)
	}
	return &Client{base: base, token: token, http: h, userAgent: cmp.Or(o.UserAgent, "netmirror-client"),
		timeout: max(0, cmp.Or(o.Timeout, DefaultTimeout)), maxAnswer: cmp.Or(o.MaxAnswer, DefaultMaxAnswer),
		retries: max(0, cmp.Or(o.Retries, DefaultRetries))}, nil
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("server %q is no http:// or https:// address", text)
	case u.User != nil:
		return nil, fmt.Errorf("server https://%s: a name and a password have no place in the address; a token is what is asked for", u.Host)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("server %q: an address ends with its path", text)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	if above, ok := strings.CutSuffix(u.Path, Base); ok {
		return nil, fmt.Errorf("server %q: an address ends before %s, which is added by itself: %s://%s%s", text, Base, u.Scheme, u.Host, above)
	}
	u.RawPath = ""
	return u, nil
}

func (o Options) token() (string, error) {
	token := o.Token
	if o.TokenFile != "" {
		if token != "" {
			return "", errors.New("a token and a file with one are given; give one of them")
		}
		raw, err := os.ReadFile(o.TokenFile)
		if err != nil {
			return "", fmt.Errorf("token file: %w", err)
		}
		if token = string(bytes.TrimSpace(raw)); token == "" {
			return "", fmt.Errorf("token file %s: it is empty", o.TokenFile)
		}
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("the token holds characters that no token has; it is one line of letters and digits")
	}
	return token, nil
}

// httpClient is the one that was given or one of our own, with our rule for
// redirects.
func (o Options) httpClient() (*http.Client, error) {
	if o.HTTPClient != nil {
		if o.CAFile != "" || o.ServerName != "" {
			return nil, errors.New("a CA file or a server name, and an HTTP client, which has its own: give one of them")
		}
		h := *o.HTTPClient
		h.CheckRedirect = sameOrigin
		return &h, nil
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.ServerName}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("CA file: %w", err)
		}
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("CA file %s: no certificate in PEM is in it", o.CAFile)
		}
	}
	return &http.Client{Transport: t, CheckRedirect: sameOrigin}, nil
}

// sameOrigin follows redirects to the same server only: net/http would take the
// token along to subdomains, and from https to http.
func sameOrigin(r *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case r.URL.Scheme != first.URL.Scheme || r.URL.Host != first.URL.Host:
		return &redirected{to: r.URL.Scheme + "://" + r.URL.Host}
	case r.Method != first.Method:
		return &redirected{to: r.URL.String()} // a write would become a read
	case len(via) >= 5:
		return errors.New("the server redirects again and again")
	}
	return nil
}

// redirected is a redirect that was not followed.
type redirected struct{ to string }

func (e *redirected) Error() string {
	return fmt.Sprintf("the server redirects to %s, which is not followed: the token belongs to the server that was named", e.to)
}
