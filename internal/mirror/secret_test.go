package mirror_test

import (
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestRedact(t *testing.T) {
	s := mirror.NewSecret
	for _, tt := range []struct{ text, want string }{
		{"a hunter22 b", "a ******** b"},                     // not the beginning alone, which is another's
		{"hunter2 and xhunter2x", "******** and x********x"}, // a value, wherever it stands
		{"user alice alice refused; /alice/alice/", "user ******** ******** refused; /********/********/"},
		{"malice, alice's", "malice, ********'s"},
		{"error-status of ro", "error-status of ********"},
	} {
		got := mirror.Redact(tt.text, []mirror.Secret{s("hunter2"), s("hunter22"), {}}, []mirror.Secret{s("alice"), s("ro"), {}})
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}
