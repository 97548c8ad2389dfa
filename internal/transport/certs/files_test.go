package certs

import (
	"crypto/tls"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestFaultsOfTheTLSFiles(t *testing.T) {
	a := testkit.NewAuthority(t, "a")
	cert, key := a.Issue(t, "c")
	_, otherKey := a.Issue(t, "c")
	for what, c := range map[string]struct {
		files Files
		words string
	}{
		"missing CA":      {Files{CA: "/nowhere/secret-path"}, "no such file"},
		"no certificate":  {Files{CA: key}, "no certificate in PEM"},
		"a folder":        {Files{CA: "/"}, "no small regular file"},
		"another key":     {Files{CA: a.CA, Cert: cert, Key: otherKey}, "private key does not match"},
		"missing key":     {Files{CA: a.CA, Cert: cert}, "private key"},
		"key is cert too": {Files{CA: a.CA, Cert: key, Key: key}, "certificate"},
	} {
		_, err := c.files.Config("h", "")
		if !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), c.words) || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A renewed file is taken up by the next connection.
	config := func() *tls.Config {
		t.Helper()
		c, err := Files{CA: a.CA, Cert: cert, Key: key}.Config("h", "")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	before := config().Certificates[0].Certificate[0]
	renewed, renewedKey := a.Issue(t, "renewed")
	for from, to := range map[string]string{renewed: cert, renewedKey: key} {
		raw, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Equal(before, config().Certificates[0].Certificate[0]) {
		t.Error("the old certificate is still used")
	}
}
