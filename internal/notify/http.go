package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
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

// The headers of a signed request. The signature is "sha256=" and, in hex, the
// HMAC-SHA256 of the timestamp (seconds since 1970), a dot and the body.
const (
	HeaderTimestamp = "Netmirror-Timestamp"
	HeaderSignature = "Netmirror-Signature"
)

// Sign makes the value of HeaderSignature.
func Sign(secret mirror.Secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// hookRoute finds where the events of a webhook go.
func (n *Notifier) hookRoute(name string) func(mirror.Tx) (route, error) {
	return func(tx mirror.Tx) (route, error) {
		h, version, err := tx.Webhook(name)
		if err != nil {
			return route{}, err
		}
		about := mirror.Object{Kind: mirror.ObjectWebhook, Name: name}
		return route{version: version, off: h.Disabled, takes: h.Filter.Takes, attempts: h.MaxAttempts, about: about,
			open: func() carrier { return n.hook(h) }, disable: disable(name, about)}, nil
	}
}

// disable switches a webhook off whose receiver is gone.
func disable(name string, about mirror.Object) func(mirror.Tx) error {
	return func(tx mirror.Tx) error {
		h, _, err := tx.Webhook(name)
		if err != nil || h.Disabled {
			return err
		}
		h.Disabled = true
		if _, err := tx.PutWebhook(h); err != nil {
			return err
		}
		if err := mirror.Sign(tx, mirror.ResourceWebhook, name, mirror.ActorSystem, false); err != nil {
			return err
		}
		return mirror.TellOf(tx, "WebhookDisabled", mirror.ActorSystem, about, []string{"enabled"}, "webhook %s: %s answered 410 Gone", name, h.Host())
	}
}

// A hook posts events to a webhook.
type hook struct {
	n      *Notifier
	entry  mirror.Webhook
	client *http.Client
	stamp  string // of the profile whose bindings the connections were made under
}

func (n *Notifier) hook(h mirror.Webhook) *hook { return &hook{n: n, entry: h} }

// Close ends idle connections.
func (h *hook) Close() error {
	if h.client != nil {
		h.client.CloseIdleConnections()
	}
	return nil
}

func (h *hook) carry(ctx context.Context, e mirror.Event) verdict {
	v, _ := h.post(ctx, e)
	return v
}

// post makes one attempt and tells the status of the answer, 0 where there was none.
func (h *hook) post(ctx context.Context, e mirror.Event) (verdict, int) {
	body, err := h.n.cloudEvent(e)
	if err != nil {
		return verdict{err: err}, 0
	}
	ctx, cancel := context.WithTimeout(ctx, h.entry.Timeout)
	defer cancel()
	req, err := h.request(ctx, body)
	if err != nil {
		return verdict{err: err}, 0
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return verdict{err: h.told(err)}, 0
	}
	defer resp.Body.Close() // what could go wrong is the receiver's matter
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		_, _ = io.CopyN(io.Discard, resp.Body, 16<<10) // so that the connection can be used again
		return verdict{}, resp.StatusCode
	}
	return h.refused(resp), resp.StatusCode
}

// refused is what an answer means that is no success.
func (h *hook) refused(resp *http.Response) verdict {
	v := verdict{err: fmt.Errorf("%s answered %d %s", h.entry.Host(), resp.StatusCode, http.StatusText(resp.StatusCode)), gone: resp.StatusCode == http.StatusGone}
	if resp.StatusCode >= 300 && resp.StatusCode <= 399 {
		v.err = fmt.Errorf("%w; redirects are not followed: give the URL that it leads to", v.err)
	}
	v.after = retryAfter(resp.Header.Get("Retry-After"), h.n.cfg.Now())
	return v
}

// retryAfter reads the header of that name: seconds or a time (RFC 9110, section 10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32); err == nil {
		return min(maxRetry, max(0, time.Duration(seconds)*time.Second))
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(maxRetry, max(0, at.Sub(now)))
}

// request makes the signed request, and the client that it fits.
func (h *hook) request(ctx context.Context, body []byte) (*http.Request, error) {
	var login mirror.Login
	if h.entry.Secret != "" {
		var err error
		if login, err = h.n.cfg.Login(h.entry.Secret); err != nil {
			return nil, err
		}
		if login.Password.IsZero() {
			return nil, &mirror.CredentialsError{Profile: h.entry.Secret, Reason: "CredentialsUnreadable", Why: "it has no password, which is what signs"}
		}
	}
	if h.client == nil || h.stamp != login.Stamp {
		_ = h.Close()
		client, err := h.n.client(h.entry, login)
		if err != nil {
			return nil, err
		}
		h.client, h.stamp = client, login.Stamp
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.entry.URL, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the URL cannot be used") // its text may hold a token of the receiver's
	}
	req.Header.Set("Content-Type", mediaCloudEvent)
	req.Header.Set("User-Agent", "netmirror/"+h.n.cfg.Version)
	if h.entry.Secret != "" {
		at := strconv.FormatInt(h.n.cfg.Now().Unix(), 10)
		req.Header.Set(HeaderTimestamp, at)
		req.Header.Set(HeaderSignature, Sign(login.Password, at, body))
	}
	return req, nil
}

// told is an error without the URL.
func (h *hook) told(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s did not answer within %v: %w", h.entry.Host(), h.entry.Timeout, mirror.ErrTimeout)
	}
	return fmt.Errorf("%s: %w", h.entry.Host(), err)
}

// client is what a webhook is posted with: it goes where its entry and its profile allow,
// whatever names lead to, by no proxy, and follows no redirect.
func (n *Notifier) client(h mirror.Webhook, login mirror.Login) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: h.ServerName, InsecureSkipVerify: h.Insecure == mirror.InsecureSkipVerify}
	if h.CA != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(h.CA)) {
			return nil, fmt.Errorf("the authorities (ca) hold no certificate: %w", mirror.ErrInvalid)
		}
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return n.dial(ctx, network, addr, func(host string, ip netip.Addr) error {
				if why := h.FaultOf(ip); why != "" {
					return errors.New(why)
				}
				if h.Secret == "" {
					return nil
				}
				return login.Permit(host, ip)
			})
		},
		TLSClientConfig: config, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10, DisableCompression: true,
	}
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// dial connects to the first address of a host that is permitted and answers.
func (n *Notifier) dial(ctx context.Context, network, addr string, permit func(host string, ip netip.Addr) error) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	ips := []netip.Addr{}
	if ip, err := netip.ParseAddr(host); err == nil {
		ips = append(ips, ip)
	} else if ips, err = n.cfg.Resolve(ctx, host); err != nil {
		return nil, err
	}
	var faults []error
	for _, ip := range ips {
		ip = ip.Unmap()
		if err := permit(host, ip); err != nil {
			faults = append(faults, err)
			continue
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
		if err == nil {
			return conn, nil
		}
		faults = append(faults, err)
	}
	if len(faults) == 0 {
		return nil, fmt.Errorf("%s has no address: %w", host, mirror.ErrUnreachable)
	}
	return nil, errors.Join(faults...)
}

func resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// Test sends one event to a webhook as it stands, and tells the status of the answer, 0
// where there was none, and how long it took.
func (n *Notifier) Test(ctx context.Context, entry mirror.Webhook, actor string) (status int, took time.Duration, err error) {
	h := n.hook(entry)
	defer h.Close() // nothing is on its way
	start := n.cfg.Now()
	about := mirror.Object{Kind: mirror.ObjectWebhook, Name: entry.Name}
	e := mirror.Event{At: start.UTC(), Type: TypeTest, Actor: actor, Object: about, Message: "a test of webhook " + entry.Name + ", which nobody stored: " + rand.Text()[:8]}
	v, status := h.post(ctx, e)
	return status, n.cfg.Now().Sub(start), v.err
}

// TypeTest is the type of the event of a test.
const TypeTest = "WebhookTest"
