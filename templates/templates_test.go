package templates

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/netmirror/netmirror/internal/mirror"
)

func render(t *testing.T, override fstest.MapFS, data any) (string, error) {
	t.Helper()
	set, err := Load("cisco_iosxe", override)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = set.ExecuteTemplate(&b, "classic.tmpl", data)
	return b.String(), err
}

func TestMissingKeyIsAnError(t *testing.T) {
	if text, err := render(t, nil, map[string]any{"Number": "1"}); err == nil {
		t.Errorf("no error, but %q", text)
	}
	if _, err := render(t, nil, struct{ Number string }{"1"}); err == nil {
		t.Error("no error for a struct without the field")
	}
}

func TestOverrideReplacesAFileByName(t *testing.T) {
	own := fstest.MapFS{"cisco_iosxe/classic.tmpl": {Data: []byte("session {{.Number}}\n")}}
	got, err := render(t, own, map[string]any{"Number": "7"})
	if err != nil || got != "session 7\n" {
		t.Errorf("%q, %v", got, err)
	}
	set, err := Load("cisco_iosxe", own)
	if err != nil || set.Lookup("erspan.tmpl") == nil {
		t.Errorf("the other file is gone: %v", err)
	}
}

func TestBadOverridesAndPlatforms(t *testing.T) {
	for name, c := range map[string]struct {
		platform string
		files    fstest.MapFS
		kind     error
	}{
		"misspelled": {"cisco_iosxe", fstest.MapFS{"cisco_iosxe/clasic.tmpl": {Data: []byte("x")}}, mirror.ErrInvalid},
		"broken":     {"cisco_iosxe", fstest.MapFS{"cisco_iosxe/classic.tmpl": {Data: []byte("{{range}")}}, mirror.ErrInvalid},
		"unknown":    {"no_such", nil, mirror.ErrNotFound},
		"a pattern":  {"*", nil, mirror.ErrNotFound},
	} {
		if _, err := Load(c.platform, c.files); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
}
