package credentials

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

var environment = map[string]string{"NM_PW": "from-env", "EMPTY": ""}

func env(name string) (string, bool) { v, ok := environment[name]; return v, ok }

func newProfiles(t *testing.T) *Profiles {
	return Open(filepath.Join(t.TempDir(), "credentials"), env)
}

func set(t *testing.T, p *Profiles, name string, profile Profile) {
	t.Helper()
	if err := p.Set(name, profile); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // past the umask
		t.Fatal(err)
	}
}

// reason of a login that must fail with a CredentialsError.
func reason(t *testing.T, p *Profiles, name string) (reason, text string) {
	t.Helper()
	l, err := p.Login(name)
	var why *mirror.CredentialsError
	if !errors.As(err, &why) || !errors.Is(err, mirror.ErrCredentials) || !strings.Contains(err.Error(), name) {
		t.Fatalf("profile %s: %v", name, err)
	}
	if !l.Username.IsZero() || !l.Password.IsZero() {
		t.Errorf("profile %s: a failed login carries secrets", name)
	}
	return why.Reason, err.Error()
}

func TestAProfileIsReadBackAndResolved(t *testing.T) {
	p := newProfiles(t)
	secret := filepath.Join(t.TempDir(), "enable")
	write(t, secret, "from-file\r\n", 0o640)
	const key = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"
	set(t, p, "campus", Profile{For: mirror.Bindings{"10.0.0.0/8", "sw1.example"}, Username: "netmirror", Password: "env:NM_PW", Enable: "file:" + secret, Key: key})
	l, err := p.Login("campus")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{l.Profile, l.Username.Reveal(), l.Password.Reveal(), l.Enable.Reveal(), l.Key.Reveal(), strings.Join(l.For, " ")}
	if diff := cmp.Diff([]string{"campus", "netmirror", "from-env", "from-file", key, "10.0.0.0/8 sw1.example"}, got); diff != "" {
		t.Error(diff)
	}
	if shown := fmt.Sprintf("%v %+v", l, l); strings.Contains(shown, "netmirror") || strings.Contains(shown, "from-") {
		t.Errorf("printed: %s", shown)
	}
	for path, want := range map[string]fs.FileMode{p.Dir(): 0o700, filepath.Join(p.Dir(), "campus.yaml"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", path, info.Mode(), err, want)
		}
	}
	if left, err := os.ReadDir(p.Dir()); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

// Values that look like something else come back as they were given.
func TestValuesAreKeptToTheLetter(t *testing.T) {
	p := newProfiles(t)
	for i, v := range []string{"0123", "yes", "null", "~", " blanks ", `q"'\`, "env:NOT_A_REFERENCE", "file:/etc/passwd", "value:x", "# no comment", "a: b", "pä", "{", "- x", "1e3"} {
		name := fmt.Sprintf("p%d", i)
		set(t, p, name, Profile{For: mirror.Bindings{"any"}, Username: "u", Password: Literal(v)})
		if l, err := p.Login(name); err != nil || l.Password.Reveal() != v {
			t.Errorf("%q came back as %q, %v", v, l.Password.Reveal(), err)
		}
	}
	write(t, filepath.Join(p.Dir(), "hand.yaml"), "{for: [any], username: u, password: 0123}", 0o600)
	if l, err := p.Login("hand"); err != nil || l.Password.Reveal() != "0123" {
		t.Errorf("written by hand: %q %v", l.Password.Reveal(), err)
	}
}

func TestModesThatOthersCouldUseAreRefused(t *testing.T) {
	p := newProfiles(t)
	set(t, p, "campus", Profile{For: mirror.Bindings{"any"}, Username: "u", Password: "env:NM_PW"})
	path := filepath.Join(p.Dir(), "campus.yaml")
	for mode, want := range map[fs.FileMode]string{
		0o600: "", 0o400: "", 0o640: "", 0o440: "",
		0o620: "may write", 0o602: "may write", 0o666: "may write", 0o644: "may read", 0o604: "may read",
	} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if _, err := p.Login("campus"); err != nil {
				t.Errorf("%04o: %v", mode, err)
			}
			continue
		}
		why, text := reason(t, p, "campus")
		if why != "CredentialsUnreadable" || !strings.Contains(text, want) || !strings.Contains(text, fmt.Sprintf("%04o", mode)) || !strings.Contains(text, "chmod") {
			t.Errorf("%04o: %s %s", mode, why, text)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(p.Dir(), 0o770); err != nil {
		t.Fatal(err)
	}
	if _, text := reason(t, p, "campus"); !strings.Contains(text, "folder") {
		t.Error(text)
	}
	if err := p.Set("other", Profile{For: mirror.Bindings{"any"}, Username: "u", Password: "p"}); err == nil || !strings.Contains(err.Error(), "may write the folder") {
		t.Errorf("set in it: %v", err)
	}
	secret := filepath.Join(t.TempDir(), "pw")
	write(t, secret, "s", 0o606)
	if err := os.Chmod(p.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	set(t, p, "ref", Profile{For: mirror.Bindings{"any"}, Username: "u", Password: "file:" + secret})
	if _, text := reason(t, p, "ref"); !strings.Contains(text, "password") || !strings.Contains(text, "may write") || strings.Contains(text, secret) {
		t.Error(text)
	}
}

// Kubernetes mounts a secret in a folder of mode 1777, through two links, and
// replaces it by turning one of them.
func TestASecretAsKubernetesMountsIt(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	mount := func(version, password string) {
		t.Helper()
		if err := os.Mkdir(filepath.Join(dir, version), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, version, "campus.yaml"), "for: [any]\nusername: u\npassword: "+password+"\n", 0o440)
		if err := os.Symlink(version, filepath.Join(dir, "..data_tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	mount("..1", "one")
	if err := os.Symlink("..data/campus.yaml", filepath.Join(dir, "campus.yaml")); err != nil {
		t.Fatal(err)
	}
	p := Open(dir, env)
	before, err := p.Login("campus")
	if err != nil || before.Password.Reveal() != "one" {
		t.Fatalf("%q %v", before.Password.Reveal(), err)
	}
	mount("..2", "two")
	after, err := p.Login("campus")
	if err != nil || after.Password.Reveal() != "two" || after.Stamp == before.Stamp {
		t.Errorf("%q %v, stamps %s and %s", after.Password.Reveal(), err, before.Stamp, after.Stamp)
	}
	list, err := p.List()
	if err != nil || len(list) != 1 || list[0].Name != "campus" {
		t.Errorf("%+v %v", list, err)
	}
}

func TestWhatIsNoFileOfOursIsRefused(t *testing.T) {
	p := newProfiles(t)
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "empty"), "\n", 0o600)
	write(t, filepath.Join(dir, "huge"), strings.Repeat("x", maxSecret+1), 0o600)
	write(t, filepath.Join(dir, "lines"), "root:x:0\ndaemon:x:1\n", 0o600)
	for name, c := range map[string]struct{ user, password, want string }{
		"pipe":    {"u", "file:" + pipe, "no regular file"},
		"folder":  {"u", "file:" + dir, "no regular file"},
		"gone":    {"u", "file:" + dir + "/gone", "no such file"},
		"empty":   {"u", "file:" + dir + "/empty", "empty"},
		"huge":    {"u", "file:" + dir + "/huge", "more than"},
		"unset":   {"u", "env:NOPE", "not set"},
		"nothing": {"u", "env:EMPTY", "not set"},
		"lines":   {"file:" + dir + "/lines", "p", "line break"},
	} {
		set(t, p, name, Profile{For: mirror.Bindings{"any"}, Username: c.user, Password: c.password})
		why, text := reason(t, p, name)
		if why != "CredentialsUnreadable" || !strings.Contains(text, c.want) || strings.Contains(text, dir) || strings.Contains(text, "root:") || strings.Contains(text, "NOPE") {
			t.Errorf("%s: %s: %s", name, why, text)
		}
	}
	if why, text := reason(t, p, "nobody"); why != "CredentialsUnknown" || !strings.Contains(text, "netmirror credentials set nobody") {
		t.Error(text)
	}
	for _, name := range []string{"../credentials/pipe", "a/b", "", ".hidden", "UP"} {
		if _, err := p.Login(name); !errors.Is(err, mirror.ErrCredentials) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A faulty file is told by its line; what stands there is never quoted.
func TestFaultyProfilesAreToldWithoutTheirContent(t *testing.T) {
	p := newProfiles(t)
	set(t, p, "good", Profile{For: mirror.Bindings{"any"}, Username: "u", Password: "p"})
	for text, want := range map[string]string{
		"": "empty",
		"for: [any]\nusername: u\npasswort: hunter2\n":      "line 3",
		"for: [any]\nusername: [hunter2]\npassword: x\n":    "line 2",
		"for: any-hunter2: x\n":                             "not understood",
		"hunter2":                                           "line 1",
		"for: []\nusername: u\npassword: hunter2\n":         "to which addresses",
		"for: [10.1.2.3/8]\nusername: u\npassword: p\n":     "did you mean 10.0.0.0/8",
		"for: [any]\npassword: hunter2\n":                   "user name is needed",
		"for: [any]\nusername: u\n":                         "a password or a private key",
		"for: [any]\nusername: u\npassword: 'env:hunter 2'": "a reference is env:NAME",
	} {
		write(t, filepath.Join(p.Dir(), "bad.yaml"), text, 0o600)
		_, told := reason(t, p, "bad")
		if !strings.Contains(told, want) || strings.Contains(told, "hunter") {
			t.Errorf("%q: %s; want %q", text, told, want)
		}
	}
	list, err := p.List()
	if err != nil || len(list) != 2 || list[0].Problem == "" || list[1].Problem != "" || list[1].Name != "good" {
		t.Errorf("%+v %v", list, err)
	}
}

func TestTheStampFollowsEveryChange(t *testing.T) {
	p := newProfiles(t)
	secret := filepath.Join(t.TempDir(), "pw")
	write(t, secret, "one", 0o600)
	set(t, p, "campus", Profile{For: mirror.Bindings{"any"}, Username: "u", Password: "file:" + secret})
	stamp := func() string {
		t.Helper()
		l, err := p.Login("campus")
		list, err2 := p.List()
		if err != nil || err2 != nil || len(list) != 1 || list[0].Stamp != l.Stamp || l.Stamp == "" {
			t.Fatalf("%v %v: %s %+v", err, err2, l.Stamp, list)
		}
		return l.Stamp
	}
	first := stamp()
	if stamp() != first {
		t.Error("it changes by itself")
	}
	if err := os.Remove(secret); err != nil {
		t.Fatal(err)
	}
	write(t, secret, "other", 0o600)
	second := stamp()
	set(t, p, "campus", Profile{For: mirror.Bindings{"any"}, Username: "u", Password: "file:" + secret})
	if third := stamp(); second == first || third == second {
		t.Errorf("%s %s %s", first, second, third)
	}
}

func TestRemoveAndFaultsOfSet(t *testing.T) {
	p := newProfiles(t)
	if list, err := p.List(); err != nil || len(list) != 0 {
		t.Errorf("without a folder: %v %v", list, err)
	}
	set(t, p, "campus", Profile{For: mirror.Bindings{"any"}, Username: "u", Password: "p"})
	if err := p.Remove("campus"); err != nil || p.Known("campus") {
		t.Errorf("removed: %v", err)
	}
	for _, name := range []string{"campus", "../x"} {
		if err := p.Remove(name); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("remove %s: %v", name, err)
		}
	}
	err := p.Set("Bad/Name", Profile{For: mirror.Bindings{"a b"}})
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || len(refusal.Reasons) != 4 {
		t.Errorf("every fault at once: %v", err)
	}
}

func TestTheInventorysOwnProfilesAreInMemoryAlone(t *testing.T) {
	p := newProfiles(t)
	p.Hold(map[string]Profile{"inventory/nm-pw-123456": {For: mirror.Bindings{"192.0.2.1"}, Username: "u", Password: "env:NM_PW"}})
	l, err := p.Login("inventory/nm-pw-123456")
	if err != nil || l.Password.Reveal() != "from-env" || !l.For.Permit("192.0.2.1", netip.MustParseAddr("192.0.2.1")) {
		t.Errorf("%v %v", l, err)
	}
	if _, err := os.Stat(p.Dir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
	p.Hold(nil)
	if why, text := reason(t, p, "inventory/nm-pw-123456"); why != "CredentialsUnknown" || !strings.Contains(text, "inventory file") {
		t.Error(text)
	}
}

// The secrets of a container are mounted for it alone, with whatever mode they have on the
// host; nobody else may write them all the same.
func TestSecretsOfAContainerMayBeReadByAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for mode, want := range map[fs.FileMode][2]string{
		0o444: {"may read", ""}, 0o644: {"may read", ""}, 0o440: {"", ""}, 0o666: {"may write", "may write"},
	} {
		write(t, path, "x", mode)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, mounted := range []bool{false, true} {
			if got := judge(info, mounted); (got == "") != (want[i] == "") || !strings.Contains(got, want[i]) {
				t.Errorf("%04o, mounted %v: %q, want %q", mode, mounted, got, want[i])
			}
		}
	}
}
