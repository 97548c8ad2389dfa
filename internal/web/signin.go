package web

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// SignInLasts is how long a sign-in holds at most.
const SignInLasts = 12 * time.Hour

// KeySize is the length of Config.Key in octets.
const KeySize = 32

// A signIn is what a cookie holds: the token that was given, a name of this sign-in, and
// its end. The browser has it sealed: what is stolen from there is no token for the API.
type signIn struct {
	id    string
	ends  time.Time
	token string
}

// sealer seals sign-ins with a key that outlives a restart, so that nobody needs to sign
// in again after one.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (sealer, error) {
	if len(key) != KeySize {
		return sealer{}, errors.New("web: the key for cookies has not 32 octets")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealer{aead}, err
}

const idSize = 12

func (s sealer) seal(token string, ends time.Time) string {
	var plain [8 + idSize]byte
	binary.BigEndian.PutUint64(plain[:8], uint64(ends.Unix()))
	_, _ = rand.Read(plain[8:]) // never fails
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, append(plain[:], token...), nil))
}

// open is the sign-in of a cookie; not ok: it is none of ours, or over.
func (s sealer) open(cookie string, now time.Time) (in signIn, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil {
		return in, false
	}
	plain, err := s.aead.Open(nil, nil, sealed, nil)
	if err != nil || len(plain) <= 8+idSize {
		return in, false
	}
	in = signIn{id: string(plain[8 : 8+idSize]), ends: time.Unix(int64(binary.BigEndian.Uint64(plain[:8])), 0), token: string(plain[8+idSize:])}
	return in, now.Before(in.ends)
}

// departed knows who signed out, so that a copy of his cookie is worth nothing, and ends
// the streams of his tabs. It is forgotten at a restart; the browser has thrown the cookie
// away by then.
type departed struct {
	mu      sync.Mutex
	gone    map[string]time.Time // by ID, to the end that the sign-in would have had
	streams map[string]map[*context.CancelFunc]bool
}

func newDeparted() *departed {
	return &departed{gone: map[string]time.Time{}, streams: map[string]map[*context.CancelFunc]bool{}}
}

func (d *departed) has(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.gone[id]
	return ok
}

func (d *departed) leave(in signIn, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, ends := range d.gone {
		if now.After(ends) {
			delete(d.gone, id)
		}
	}
	d.gone[in.id] = in.ends
	for cancel := range d.streams[in.id] {
		(*cancel)()
	}
}

// stream is a context that ends with the sign-in; done must be called.
func (d *departed) stream(ctx context.Context, in signIn) (_ context.Context, done func()) {
	ctx, cancel := context.WithDeadline(ctx, in.ends)
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.gone[in.id]; ok {
		cancel()
	}
	if d.streams[in.id] == nil {
		d.streams[in.id] = map[*context.CancelFunc]bool{}
	}
	d.streams[in.id][&cancel] = true
	return ctx, func() {
		cancel()
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.streams[in.id], &cancel)
		if len(d.streams[in.id]) == 0 {
			delete(d.streams, in.id)
		}
	}
}

func (s *server) cookieName() string {
	if s.Secure {
		return "__Host-netmirror"
	}
	return "netmirror"
}

func (s *server) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteStrictMode, MaxAge: int(age.Seconds())}
	if age <= 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// signedIn is who asks, as far as his cookie tells; the API has the last word about the
// token.
func (s *server) signedIn(r *http.Request) (signIn, bool) {
	c, err := r.Cookie(s.cookieName())
	if err != nil {
		return signIn{}, false
	}
	in, ok := s.seal.open(c.Value, s.Now())
	return in, ok && !s.departed.has(in.id)
}

// ours is a path of this page to go on at after a sign-in, "/" for whatever is none.
func ours(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}

type signInPage struct {
	Next    string
	Refused string
}

func (s *server) showSignIn(w http.ResponseWriter, r *http.Request) {
	s.write(w, r, http.StatusOK, s.bare("Sign in", "login", signInPage{Next: ours(r.FormValue("next"))}))
}

// takeToken signs in. The API says whether the token is one.
func (s *server) takeToken(w http.ResponseWriter, r *http.Request) {
	next, token := ours(r.PostFormValue("next")), strings.TrimSpace(r.PostFormValue("token"))
	refuse := func(status int, why string) {
		s.write(w, r, status, s.bare("Sign in", "login", signInPage{Next: next, Refused: why}))
	}
	if token == "" {
		refuse(http.StatusUnprocessableEntity, "A token is needed.")
		return
	}
	cl, err := s.speakFor(r, token)
	if err != nil {
		refuse(http.StatusUnprocessableEntity, "That is no token: it is one line of letters and digits, and begins with nmt_.")
		return
	}
	if _, err := cl.Whoami(r.Context()); err != nil {
		if p := problem(err); p.Status != http.StatusUnauthorized {
			s.fail(w, r, nil, err)
			return
		}
		refuse(http.StatusUnauthorized, "This token is not known, or it was revoked.")
		return
	}
	s.setCookie(w, s.cookieName(), s.seal.seal(token, s.Now().Add(SignInLasts)), SignInLasts)
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request) {
	if in, ok := s.signedIn(r); ok {
		s.departed.leave(in, s.Now())
	}
	s.setCookie(w, s.cookieName(), "", 0)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
