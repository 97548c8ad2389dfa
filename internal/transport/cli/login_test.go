package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestOpenLearnsThePromptAndPreparesTheTerminal(t *testing.T) {
	f := newFake(t)
	f.userExec, f.enable = true, testEnable
	c := open(t, f, nil)
	if c.Prompt() != "sw1#" {
		t.Errorf("prompt %q", c.Prompt())
	}
	got := slices.DeleteFunc(f.lines(), isMarker)
	want := []string{"enable", "terminal width 512", "terminal length 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines typed at login (-want +got):\n%s", diff)
	}
	if s := c.Stats(); s.RoundTrips != 4 { // first prompt, enable, secret, terminal
		t.Errorf("%d round trips on the command line, want 4", s.RoundTrips)
	}
}

func TestOpenWithoutEnableTakesTwoRoundTrips(t *testing.T) {
	c := open(t, newFake(t), nil)
	if s := c.Stats(); s.RoundTrips != 2 {
		t.Errorf("%d round trips on the command line, want 2", s.RoundTrips)
	}
}

func TestOpenWhereEnableAsksForNothing(t *testing.T) {
	f := newFake(t)
	f.userExec = true
	c := open(t, f, func(c *Config) { c.Target.Enable = mirror.Secret{} })
	if c.Prompt() != "sw1#" {
		t.Errorf("prompt %q", c.Prompt())
	}
}

func TestBannerThatLooksLikeAPromptDoesNotMislead(t *testing.T) {
	for _, banner := range []string{
		"\nrack 12#\nno entry>\nsw9#",      // looks like a privileged prompt until more comes
		"\nsw9>",                           // looks like user exec
		"\nsw9(config)#",                   // looks like configuration
		"\nUnauthorised use of sw1#\n\n\n", //
	} {
		t.Run(fmt.Sprintf("%q", banner), func(t *testing.T) {
			f := newFake(t)
			f.banner, f.userExec, f.enable = banner, true, testEnable
			c := open(t, f, nil)
			if c.Prompt() != "sw1#" {
				t.Errorf("prompt %q", c.Prompt())
			}
		})
	}
}

func TestEnableRefused(t *testing.T) {
	cases := map[string]struct {
		secret string
		hook   func(*shell, string) bool
		answer string
	}{
		"wrong secret": {"wrong", nil, "Password:"},
		"denied at once": {"wrong", func(sh *shell, line string) bool {
			if line != "enable" {
				return false
			}
			sh.print("Password: ")
			sh.readLine(false)
			sh.say("% Access denied\n")
			sh.print("\r\n")
			return true
		}, "% Access denied"},
		"no secret given": {"", nil, "Password:"},
		"not even asked": {testEnable, func(sh *shell, line string) bool {
			if line == "enable" {
				sh.say("% No password set")
			}
			return line == "enable"
		}, "% No password set"},
		"hung up after the secret": {"wrong", func(sh *shell, line string) bool {
			if line == "enable" {
				sh.print("Password: ")
				sh.readLine(false)
				sh.say("% Authentication failed")
				sh.done = true
			}
			return line == "enable"
		}, "% Authentication failed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.userExec, f.enable, f.hook = true, testEnable, tc.hook
			cfg := configFor(t, f.listen(t))
			cfg.Target.Enable = mirror.NewSecret(tc.secret)
			_, err := Open(t.Context(), cfg)
			wantKind(t, err, mirror.ErrAuth, "dev1")
			var d *mirror.DeviceError
			if !errors.As(err, &d) || d.Answer != tc.answer || d.Sent != "enable" {
				t.Errorf("got %v, want the answer %q to enable", err, tc.answer)
			}
			if given := !strings.Contains(err.Error(), "no enable secret is given"); given != (tc.secret != "") {
				t.Errorf("%v misleads about the secret", err)
			}
			if slices.Contains(f.lines(), "wrong") {
				t.Error("the secret was typed as a command")
			}
		})
	}
}
