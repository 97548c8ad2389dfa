package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// An offeredKey is one that nobody has accepted yet, as the check of a device tells it.
type offeredKey struct {
	print  string // fingerprint, "" where there is none
	jumps  bool   // it is the jump host's
	copied bool   // the device shows what its jump host has shown
}

var offeredPattern = regexp.MustCompile(`host key of (\S+( via \S+)?) is not known and (.*): offered (SHA256:[A-Za-z0-9+/]+)`)

// offered is the key in a check that failed for it.
func offered(c client.DeviceCheck, through bool) offeredKey {
	for _, i := range c.Items {
		if m := offeredPattern.FindStringSubmatch(i.Message); i.Name == "host-key" && i.State == "False" && m != nil {
			return offeredKey{print: m[4], jumps: through && m[2] == "", copied: m[3] == "that of its jump host"}
		}
	}
	return offeredKey{}
}

// accept has the key that the device or its jump host shows pinned, and no other, if it is
// the right one.
func (a *adding) accept(ctx context.Context, key offeredKey) error {
	who, where, want, flag, at := "the device", a.address, a.hostKey, "--host-key", 0
	if key.jumps {
		who, where, want, flag, at = "the jump host", a.jump, a.jumpKey, "--jump-host-key", 1
	}
	if key.copied {
		return fmt.Errorf("what answers as %s shows the key of its jump host, %s: the jump host answers in its place; nothing was said to it", plain(a.address), key.print)
	}
	a.say("%s shows the host key %s", who, key.print)
	switch {
	case want != "" && want != key.print:
		return fmt.Errorf("that is not %s: another machine answers at %s, or its key was replaced; nothing was said to it", plain(want), plain(where))
	case want == "" && !a.yes:
		if !a.asks {
			return fmt.Errorf("nobody can be asked whether that is its key: give %s, or --yes", flag)
		}
		a.say("  compare it with what %s itself shows, on its console or in its inventory", who)
		yes, err := a.flags.console.confirmed(ctx, "Is that its key? [y/N] ")
		if err == nil && !yes {
			err = fmt.Errorf("the host key was not accepted; nothing was said to %s", who)
		}
		if err != nil {
			return err
		}
	}
	a.shown[at] = key.print
	return a.expect(ctx, key.print)
}

// expect writes which unknown host key may be pinned: that of a fingerprint, or nil for the
// first that is seen.
func (a *adding) expect(ctx context.Context, hostKey any) error {
	_, err := a.client.PatchDevice(ctx, a.name, map[string]any{"transports": map[string]any{"config": map[string]any{"hostKey": hostKey}}}, client.PatchDeviceOptions{})
	if err != nil {
		return fmt.Errorf("have the host key pinned: %w", err)
	}
	return nil
}

// ofJumpHost is how a check tells the key of a jump host.
const ofJumpHost = "the jump host on its way"

// pinned refuses a device of which, or of whose jump host, another key was pinned than was
// accepted.
func (a *adding) pinned(c client.DeviceCheck) error {
	for _, i := range c.Items {
		want, where := a.shown[0], a.address
		if want == "" {
			want = a.hostKey
		}
		if strings.HasSuffix(i.Message, ofJumpHost) {
			if want, where = a.shown[1], a.jump; want == "" {
				want = a.jumpKey
			}
		}
		if i.Name == "host-key" && i.State == "True" && want != "" && !strings.HasPrefix(i.Message, want+" ") {
			return fmt.Errorf("another key than %s is pinned (%s): if the right one is known, on the controller's host: netmirror hostkey forget %s", plain(want), plain(i.Message), plain(where))
		}
	}
	return nil
}

// hostOf is the host of host[:port].
func hostOf(address string) string {
	host, _, err := splitAddress(address)
	if err != nil {
		return address
	}
	return host
}
