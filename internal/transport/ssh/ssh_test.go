package ssh

import (
	"errors"
	"net"
	"slices"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestParseJump(t *testing.T) {
	for text, want := range map[string]string{
		"bastion":              "bastion:22",
		"bastion:2222":         "bastion:2222",
		"192.0.2.1":            "192.0.2.1:22",
		"2001:db8::1":          "[2001:db8::1]:22",
		"[2001:db8::1]":        "[2001:db8::1]:22",
		"[2001:db8::1]:2222":   "[2001:db8::1]:2222",
		"[fe80::1%eth0]:2222":  "[fe80::1%eth0]:2222",
		"bastion:0":            "",
		"bastion:70000":        "",
		"bastion:ssh":          "",
		"joe@bastion":          "",
		"":                     "",
		"[2001:db8::1":         "",
		"[2001:db8::1]:22:222": "",
	} {
		got, err := parseJump(text)
		if want == "" {
			if !errors.Is(err, mirror.ErrInvalid) {
				t.Errorf("%q: got %+v, %v; want a refusal", text, got, err)
			}
			continue
		}
		if host, _, _ := net.SplitHostPort(want); err != nil || got.address != want || got.label != want || got.host != host {
			t.Errorf("%q: got %+v, %v; want %s", text, got, err, want)
		}
	}
}

func TestLegacyAlgorithmsAreTheLastResort(t *testing.T) {
	good, all := algorithms(false), algorithms(true)
	for _, pair := range [][2][]string{{good.KeyExchanges, all.KeyExchanges}, {good.Ciphers, all.Ciphers}, {good.MACs, all.MACs}} {
		if !slices.Equal(pair[0], pair[1][:len(pair[0])]) || len(pair[1]) <= len(pair[0]) && len(ssh.InsecureAlgorithms().MACs) > 0 {
			t.Errorf("%v does not continue %v", pair[1], pair[0])
		}
	}
}

// The peer's answer to our farewell can be read before Close is back from
// sending it; the one who waits must still hear who ended the connection.
func TestTheAnswerToOurFarewellIsNoHangUp(t *testing.T) {
	tr := &Stream{done: make(chan struct{}), closing: true}
	tr.Abort(nil)
	tr.Abort(ErrClosed)
	if err := tr.Reason(); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestAServerHasOneNameInAllSpellings(t *testing.T) {
	h := hop{label: "[2001:DB8::0:1]:22 via Jump.Example:22"}
	if got := h.server(); got != "[2001:db8::1]:22 via jump.example:22" {
		t.Error(got)
	}
}
