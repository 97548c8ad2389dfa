package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
)

func emptyFleet(t *testing.T) *fakeAPI {
	f := newFakeAPI(t)
	f.say("GET /summary", client.Summary{})
	f.say("GET /problems", client.ConcernList{})
	f.say("GET /sessions", client.SessionList{})
	return f
}

func TestSignIn(t *testing.T) {
	api := emptyFleet(t)
	b := newBrowser(t, api)
	if g := b.get("/?phase=Degraded"); g.status != http.StatusSeeOther || g.location != "/login?next=%2F%3Fphase%3DDegraded" {
		t.Fatalf("not signed in: %d %s", g.status, g.location)
	}
	if g := b.post("/login", url.Values{"token": {"nmt_nobody"}}); g.status != http.StatusUnauthorized || len(b.jar) > 0 {
		t.Fatalf("unknown token: %d, cookies %v", g.status, b.jar)
	}
	b.post("/login", url.Values{"token": {"nmt_bad token\n"}}).says(t, "That is no token")
	g := b.post("/login", url.Values{"token": {" nmt_operator\n"}, "next": {"/tools#ids-1"}})
	if g.status != http.StatusSeeOther || g.location != "/tools#ids-1" {
		t.Fatalf("sign-in: %d %s", g.status, g.location)
	}
	cookie := g.header.Get("Set-Cookie")
	for _, part := range []string{"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("cookie %q without %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "nmt_") {
		t.Error("the token is in the cookie")
	}
	page := b.get("/")
	page.says(t, "operator-1", "Sign out", "No switch yet")
	for name, value := range map[string]string{"Cache-Control": "no-store", "Content-Security-Policy": policy, "X-Frame-Options": "DENY"} {
		if got := page.header.Get(name); got != value {
			t.Errorf("%s: %q", name, got)
		}
	}
	api.revoke("nmt_operator")
	if g := b.get("/"); g.status != http.StatusSeeOther || len(b.jar) > 0 {
		t.Errorf("token revoked: %d, cookies %v", g.status, b.jar)
	}
}

func TestSignInOverTLSIsForTLSAlone(t *testing.T) {
	b := newBrowser(t, emptyFleet(t), func(c *Config) { c.Secure = true })
	g := b.post("/login", url.Values{"token": {"nmt_viewer"}})
	if c := g.header.Get("Set-Cookie"); !strings.HasPrefix(c, "__Host-netmirror=") || !strings.Contains(c, "Secure") {
		t.Errorf("cookie %q", c)
	}
}

func TestGoingOnStaysHere(t *testing.T) {
	for next, want := range map[string]string{"": "/", "/tools": "/tools", "//evil.example/": "/", `/\evil.example`: "/", "https://evil.example/": "/", "/a\r\nSet-Cookie: x=y": "/"} {
		if got := ours(next); got != want {
			t.Errorf("%q goes to %q, not %q", next, got, want)
		}
	}
}

func TestSignOut(t *testing.T) {
	b := newBrowser(t, emptyFleet(t)).as("nmt_viewer")
	copied := append([]*http.Cookie{}, b.jar...)
	if g := b.post("/logout", url.Values{}); g.status != http.StatusSeeOther || len(b.jar) > 0 {
		t.Fatalf("%d, cookies %v", g.status, b.jar)
	}
	b.jar = copied
	if g := b.get("/"); g.status != http.StatusSeeOther || !strings.HasPrefix(g.location, "/login") {
		t.Errorf("a copy of the cookie still works: %d %s", g.status, g.location)
	}
}

func TestSignInEnds(t *testing.T) {
	now := time.Date(2026, 3, 12, 8, 0, 0, 0, time.UTC)
	b := newBrowser(t, emptyFleet(t), func(c *Config) { c.Now = func() time.Time { return now } }).as("nmt_viewer")
	now = now.Add(SignInLasts - time.Second)
	if g := b.get("/"); g.status != http.StatusOK {
		t.Fatalf("just before its end: %d", g.status)
	}
	now = now.Add(time.Second)
	if g := b.get("/"); g.status != http.StatusSeeOther {
		t.Errorf("at its end: %d", g.status)
	}
	if g := b.get("/", "X-Requested-With", "netmirror"); g.status != http.StatusUnauthorized {
		t.Errorf("a script learns %d", g.status)
	}
}

func TestCookiesOfOthersAreNone(t *testing.T) {
	key := make([]byte, KeySize)
	seal, err := newSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	sealed := seal.seal("nmt_viewer", now.Add(time.Hour))
	if in, ok := seal.open(sealed, now); !ok || in.token != "nmt_viewer" {
		t.Fatalf("%+v %v", in, ok)
	}
	for i := range sealed {
		other := []byte(sealed)
		other[i] ^= 1
		if in, ok := seal.open(string(other), now); ok {
			t.Errorf("octet %d changed: %+v", i, in)
		}
	}
	key[0] = 1
	other, err := newSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := other.open(sealed, now); ok {
		t.Error("another key opens it")
	}
}

func TestOtherSitesChangeNothing(t *testing.T) {
	api := emptyFleet(t)
	b := newBrowser(t, api).as("nmt_admin")
	asked := len(api.asked)
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		g := b.post("/logout", url.Values{}, headers...)
		if g.status != http.StatusForbidden {
			t.Errorf("%v: %d", headers, g.status)
		}
		g.says(t, "Nothing was done")
	}
	if len(api.asked) != asked {
		t.Errorf("the API was asked: %v", api.asked[asked:])
	}
	if g := b.get("/"); g.status != http.StatusOK {
		t.Errorf("signed out by another site: %d", g.status)
	}
}

// A strict cookie does not come with a link from elsewhere; the page asks for itself again.
func TestLinksFromElsewhere(t *testing.T) {
	b := newBrowser(t, emptyFleet(t))
	g := b.get("/sessions/x?y=1", "Sec-Fetch-Site", "cross-site")
	if g.status != http.StatusOK {
		t.Fatalf("%d", g.status)
	}
	g.says(t, `http-equiv="refresh" content="0;url=/sessions/x?again=1&amp;y=1"`)
	if g := b.get("/sessions/x?again=1&y=1", "Sec-Fetch-Site", "cross-site"); g.location != "/login?next=%2Fsessions%2Fx%3Fy%3D1" {
		t.Errorf("%d %s", g.status, g.location)
	}
}

func TestStreamEndsWithTheSignIn(t *testing.T) {
	d := newDeparted()
	in := signIn{id: "a", ends: time.Now().Add(time.Hour)}
	ctx, done := d.stream(context.Background(), in)
	defer done()
	other, done2 := d.stream(context.Background(), signIn{id: "b", ends: in.ends})
	defer done2()
	d.leave(in, time.Now())
	<-ctx.Done()
	if other.Err() != nil {
		t.Error("another's stream ended")
	}
	late, done3 := d.stream(context.Background(), in)
	defer done3()
	if late.Err() == nil {
		t.Error("a stream after the sign-out goes on")
	}
}

func TestWhatIsNoPage(t *testing.T) {
	b := newBrowser(t, emptyFleet(t)).as("nmt_viewer")
	g := b.get("/nothing-here")
	if g.status != http.StatusNotFound {
		t.Errorf("%d", g.status)
	}
	g.says(t, "There is no such page", "/nothing-here")
}
