package netbox

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// errAstray is an answer that leads elsewhere: asking again leads there again.
var errAstray = errors.New("not followed")

// whichAddress asks what is mostly wrong where no NetBox answers.
const whichAddress = "the address must be that of a NetBox, with the path that it is under and nothing behind it, and no login page may stand before it"

// unanswered says what is in the way of an answer, and what to do about it. Of certificates
// it is the text alone: advice about the controller's is no good here.
func (s *Server) unanswered(err error) error {
	var whole *url.Error
	if errors.As(err, &whole) {
		err = whole.Err // the address is told already, and without a query
	}
	var (
		invalid x509.CertificateInvalidError
		timeout net.Error
	)
	fixed := func(advice string) error { return fmt.Errorf("%v: %s: %w", err, advice, mirror.ErrUnreachable) }
	switch {
	case errors.Is(err, errAstray):
		return fmt.Errorf("%w: %w", err, mirror.ErrUnreachable)
	case errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, new(tls.RecordHeaderError)):
		return fixed("there is no TLS at this port; the address may be one with http, or another port")
	case errors.As(err, new(x509.HostnameError)):
		return fixed("give the address with a name that its certificate bears")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fixed("NetBox needs a new certificate, or a clock is wrong")
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return fixed("--netbox-ca FILE says whose certificates are trusted")
	case errors.As(err, &timeout) && timeout.Timeout():
		return again{error: fmt.Errorf("%w: %w", err, mirror.ErrTimeout)}
	case s.base.Scheme == "http" && errors.Is(err, io.EOF): // of TLS that does not know these words
		return again{error: fmt.Errorf("%w: it hangs up; the address may be one with https: %w", err, mirror.ErrUnreachable)}
	}
	return again{error: fmt.Errorf("%w: %w", err, mirror.ErrUnreachable)}
}

// refused is an answer without content, in the server's own words.
func (s *Server) refused(answer *http.Response, body []byte) error {
	words := said(body)
	err := fmt.Errorf("it answers %d", answer.StatusCode) //nolint:err113 // wrapped below
	if words != "" {
		err = fmt.Errorf("%w (%s)", err, words)
	}
	switch code := answer.StatusCode; {
	case code == http.StatusForbidden && strings.Contains(words, "permission"):
		return fmt.Errorf("%w: the user of the token needs permission to view devices, interfaces and platforms: %w", err, mirror.ErrAuth)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("%w: the token is wrong, expired, not for this address of ours, or may not view this; %s: %w", err, s.version(), mirror.ErrAuth)
	case code == http.StatusNotFound:
		return fmt.Errorf("%w: %s: %w", err, whichAddress, mirror.ErrNotFound)
	case code == http.StatusBadRequest && s.base.Scheme == "http" && strings.Contains(string(body), "HTTPS"):
		return fmt.Errorf("%w: this port speaks TLS; give the address with https: %w", err, mirror.ErrInvalid)
	case code == http.StatusBadRequest:
		return fmt.Errorf("%w: a filter's value must be there, and mostly is a slug, such as berlin of a site called Berlin: %w", err, mirror.ErrInvalid)
	case code >= 500 || code == http.StatusTooManyRequests:
		return again{fmt.Errorf("%w: %w", err, mirror.ErrUnreachable), min(retryAfter(answer.Header), longest)}
	}
	return fmt.Errorf("%w: %w", err, mirror.ErrRejected)
}

// version says as what a token was sent: half of one looks like another version.
func (s *Server) version() string {
	if strings.HasPrefix(s.token, versionTwo) {
		return "it was sent as one of version 2, which NetBox takes since 4.5"
	}
	return "it was sent as one of version 1, and one of version 2 is nbt_KEY.SECRET as a whole"
}

// retryAfter is how long a server asks to be left alone, as seconds or by its own clock.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(n, 0), int(longest/time.Second))) * time.Second
	}
	until, err := http.ParseTime(text)
	now, bad := http.ParseTime(h.Get("Date"))
	if err != nil || bad != nil {
		return 0
	}
	return max(until.Sub(now), 0)
}

// said are the words of a refusal: of the whole, or of each filter. A page of a proxy has none.
func said(body []byte) string {
	var by map[string]any
	if json.Unmarshal(body, &by) != nil {
		return ""
	}
	if detail, ok := by["detail"].(string); ok {
		return strconv.Quote(cut(detail))
	}
	var parts []string
	for name, v := range by {
		switch v := v.(type) {
		case string:
			parts = append(parts, fmt.Sprintf("%s: %q", name, cut(v)))
		case []any:
			for _, each := range v {
				if text, ok := each.(string); ok {
					parts = append(parts, fmt.Sprintf("%s: %q", name, cut(text)))
				}
			}
		}
	}
	slices.Sort(parts)
	return cut(strings.Join(parts, "; "))
}

func cut(text string) string {
	if len(text) > 200 {
		return strings.ToValidUTF8(text[:200], "") + "..."
	}
	return text
}
