package credentials

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestAProfileOfSNMPIsReadBackAndResolved(t *testing.T) {
	p := newProfiles(t)
	secret := filepath.Join(t.TempDir(), "priv")
	write(t, secret, "privacy-password\n", 0o600)
	set(t, p, "v2", Profile{For: mirror.Bindings{"any"}, SNMP: SNMP{Community: Literal("env:not-one")}})
	set(t, p, "v3", Profile{For: mirror.Bindings{"any"}, SNMP: SNMP{Username: "nm", Auth: "sha256", AuthPassword: "env:NM_PW", Privacy: "aes256-c", PrivacyPassword: "file:" + secret}})
	l, err := p.Login("v2")
	if err != nil || l.SNMP.Community.Reveal() != "env:not-one" || !l.Username.IsZero() {
		t.Errorf("%v %v", l, err)
	}
	if l, err = p.Login("v3"); err != nil {
		t.Fatal(err)
	}
	got := []string{l.SNMP.Username.Reveal(), l.SNMP.Auth, l.SNMP.AuthPassword.Reveal(), l.SNMP.Privacy, l.SNMP.PrivacyPassword.Reveal()}
	if diff := cmp.Diff([]string{"nm", "sha256", "from-env", "aes256-c", "privacy-password"}, got); diff != "" {
		t.Error(diff)
	}
	if shown := fmt.Sprintf("%v %+v %#v", l, l, l); strings.Contains(shown, "privacy-password") || strings.Contains(shown, "from-env") || strings.Contains(shown, `"nm"`) {
		t.Errorf("printed: %s", shown)
	}
	before := l.Stamp
	write(t, secret, "another-password\n", 0o600)
	if l, err = p.Login("v3"); err != nil || l.Stamp == before {
		t.Errorf("the stamp stays when a file that it refers to changes: %v", err)
	}
}

func TestFaultyProfilesOfSNMPAreToldWithoutTheirContent(t *testing.T) {
	p := newProfiles(t)
	set(t, p, "good", Profile{For: mirror.Bindings{"any"}, SNMP: SNMP{Community: "c"}}) // makes the folder
	long := strings.Repeat("hunter2", 20)
	for text, want := range map[string]string{
		"{}": "is needed",
		"{community: hunter2, username: hunter2}":                                                                      "give one of them",
		"{username: hunter2}":                                                                                          "authentication protocol must be one of md5, sha",
		"{username: nm, auth: sha, authPassword: 'env:hunter 2'}":                                                      "a reference is env:NAME",
		"{username: nm, auth: sha}":                                                                                    "an authentication password is needed",
		"{username: nm, auth: sha, authPassword: hunter22, privacy: aes}":                                              "privacy protocol must be one of des, aes128",
		"{username: nm, auth: sha, authPassword: hunter22, privacy: aes128}":                                           "go together",
		"{username: nm, auth: sha, authPassword: hunter22, privacyPassword: hunter22}":                                 "go together",
		"{username: nm, auth: sha, authPassword: hunter2, privacy: des, privacyPassword: hunt}":                        "SNMP authentication password: it has fewer than 8 characters; SNMP privacy password: it has fewer than 8",
		"{username: " + long + ", auth: sha, authPassword: hunter22}":                                                  "user name: it has more than 32",
		"{community: " + long + "}":                                                                                    "more than 127",
		"{communty: hunter2}":                                                                                          "community, or username, auth",
		"{community: c}\nusername: u\npassword: hunter2":                                                               "make two",
		"{username: nm, auth: sha, authPassword: env:NOPE, privacy: des, privacyPassword: file:/nowhere/hunter2/gone}": "not set for the controller; SNMP privacy password: what it refers to",
	} {
		write(t, filepath.Join(p.Dir(), "bad.yaml"), "for: [any]\nsnmp: "+text+"\n", 0o600)
		if _, told := reason(t, p, "bad"); !strings.Contains(told, want) || strings.Contains(told, "hunt") {
			t.Errorf("%q: %s; want %q", text, told, want)
		}
	}
}
