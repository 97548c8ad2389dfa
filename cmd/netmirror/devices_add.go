package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/mirror"
)

// adding is a device that is being added, as far as it is known.
type adding struct {
	flags       *clientFlags
	client      *client.Client
	asks        bool // there is a terminal at which somebody can be asked
	wizard      bool // what no flag says is asked for
	name        string
	spec        client.DeviceSpec
	address     string // as it was typed, HOST or HOST:PORT
	jump        string // address of the jump host, HOST or HOST:PORT
	hostKey     string // fingerprint that the device must show
	jumpKey     string // and that of the jump host
	jumpProfile string
	yes         bool      // whichever keys they show are right
	shown       [2]string // fingerprints that were accepted, of the device and of the jump host
}

func devicesAddCommand(f *clientFlags) *cobra.Command {
	a := adding{flags: f}
	cmd := &cobra.Command{
		Use:   "add {--wizard | NAME --platform PLATFORM --address HOST[:PORT] [--credentials PROFILE]}",
		Short: "Add a device step by step: reach it, see its host key, log in, check it",
		Long: "Add a device: the controller reaches it, shows the host key that it offers before anything is said to\n" +
			"it, logs in once that is accepted, and checks it. It is stored in mode observe: it is read, and\n" +
			"nothing is pushed to it. What fails says what to do, and leaves nothing behind.\n\n" +
			"With --wizard everything that no flag says is asked for. Without, and where there is no terminal,\n" +
			"flags say all of it: --host-key what key the device must have, or --yes that any is right. A device behind\n" +
			"a jump host has two keys to be looked at, the jump host's first (--jump-host, --jump-host-key).",
		Example: "  netmirror devices add --wizard\n" +
			"  netmirror devices add acc-3f-1 --platform cisco_iosxe --address 192.0.2.10 --credentials campus --host-key SHA256:...",
		Args: cobra.MaximumNArgs(1),
	}
	flags := cmd.Flags()
	flags.BoolVar(&a.wizard, "wizard", false, "ask for what no flag says")
	flags.StringVar(&a.spec.Platform, "platform", "", "platform, such as openvswitch")
	flags.StringVar(&a.spec.Transports.Config.Protocol, "protocol", "", "protocol it is configured over (default: the platform's first)")
	flags.StringVar(&a.address, "address", "", "host, or host:port")
	flags.StringVar(&a.spec.Transports.Config.Credentials, "credentials", "", "name of a credentials profile")
	flags.StringVar(&a.hostKey, "host-key", "", "fingerprint (SHA256:...) of the host key that the device must show")
	flags.StringVar(&a.jump, "jump-host", "", "SSH server on the way to the device: host, or host:port")
	flags.StringVar(&a.jumpProfile, "jump-credentials", "", "name of the jump host's credentials profile")
	flags.StringVar(&a.jumpKey, "jump-host-key", "", "fingerprint (SHA256:...) of the host key that the jump host must show")
	flags.BoolVarP(&a.yes, "yes", "y", false, "accept whichever host keys they show")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			a.name = args[0]
		}
		if a.asks = terminalOf(f.console.in) != nil; a.wizard && !a.asks {
			return usage("--wizard asks, and there is no terminal to ask on: see netmirror devices add --help for the flags")
		}
		for flag, key := range map[string]string{"--host-key": a.hostKey, "--jump-host-key": a.jumpKey} {
			if key != "" && !strings.HasPrefix(key, "SHA256:") {
				return usage("%s takes a fingerprint, SHA256:...", flag)
			}
		}
		if a.jump == "" && (a.jumpProfile != "" || a.jumpKey != "") && !a.wizard {
			return usage("--jump-credentials and --jump-host-key are of a --jump-host")
		}
		if missing := a.missing(); len(missing) > 0 && !a.wizard {
			return usage("%s missing; --wizard asks", strings.Join(missing, ", "))
		}
		var err error
		if a.client, err = f.open(); err != nil {
			return err
		}
		return a.run(cmd.Context())
	}
	return cmd
}

func (a *adding) missing() (list []string) {
	for flag, value := range map[string]string{"NAME": a.name, "--platform": a.spec.Platform, "--address": a.address} {
		if value == "" {
			list = append(list, flag)
		}
	}
	if !a.asks && a.hostKey == "" && !a.yes && slices.Contains(overSSH, a.protocol()) {
		list = append(list, "--host-key or --yes")
	}
	if !a.asks && a.jump != "" && a.jumpKey == "" && !a.yes {
		list = append(list, "--jump-host-key or --yes")
	}
	slices.Sort(list)
	return list
}

// overSSH are the protocols whose servers show a host key.
var overSSH = []string{"cli", "netconf"}

// protocols are those of a platform, its command line first.
func protocols(platform string) (list []string) {
	for _, d := range drivers.All() {
		if d.Platform == platform && d.Connect != nil {
			list = append(list, d.Protocol)
		}
	}
	slices.SortStableFunc(list, func(a, b string) int {
		return map[bool]int{true: -1}[a == "cli"] + map[bool]int{true: 1}[b == "cli"]
	})
	return list
}

// protocol is what was said, or the platform's first.
func (a *adding) protocol() string {
	p := a.spec.Transports.Config.Protocol
	if all := protocols(a.spec.Platform); p == "" && len(all) > 0 {
		p = all[0]
	}
	return p
}

func (a *adding) say(format string, args ...any) {
	fmt.Fprintf(a.flags.console.out, format+"\n", args...)
}

// run asks for what is missing, stores the device so that it may be reached, and takes it
// away again unless it is checked and wanted.
func (a *adding) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{a.askName, a.askPlatform, a.askAddress, a.askJump, a.askProfile, a.askJumpProfile} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	t := &a.spec.Transports.Config
	if t.Protocol = a.protocol(); slices.Contains(overSSH, t.Protocol) {
		t.HostKey = "strict" // nothing is said to a server whose key nobody has seen
	}
	a.spec.Mode = "observe"
	if _, err := a.client.PutDevice(ctx, a.name, a.spec, client.PutDeviceOptions{IfNoneMatch: "*"}); err != nil {
		return fmt.Errorf("device %s is not stored: %w", plain(a.name), err)
	}
	keep, err := a.tryOut(ctx)
	if keep && a.shown != [2]string{} { // what was accepted is pinned; from now on that decides
		err = errors.Join(err, a.expect(ctx, nil))
	}
	if !keep {
		err = errors.Join(err, a.takeBack(ctx))
	}
	return err
}

func (a *adding) takeBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := a.client.DeleteDevice(ctx, a.name, client.DeleteDeviceOptions{}); err != nil {
		return fmt.Errorf("device %s stays stored, in mode observe: %w", plain(a.name), err)
	}
	a.say("device %s is not stored", plain(a.name))
	return nil
}

// tryOut checks the device until all is well, or nobody wants to try again.
func (a *adding) tryOut(ctx context.Context) (keep bool, err error) {
	for {
		through := ""
		if a.jump != "" {
			through = " through " + plain(a.jump)
		}
		a.say("the controller reaches %s over %s%s", plain(a.address), a.spec.Transports.Config.Protocol, through)
		c, err := a.client.CheckDevice(ctx, a.name)
		if err != nil {
			return false, fmt.Errorf("the check: %w", err)
		}
		if key := offered(c, a.jump != ""); key.print != "" {
			if err := a.accept(ctx, key); err != nil {
				return false, err
			}
			continue
		}
		if err := a.pinned(c); err != nil {
			return false, err
		}
		for _, i := range c.Items {
			a.say("  %-10s  %-6s  %s", plain(i.Name), checkWords[i.State], plain(i.Message))
		}
		if c.OK {
			a.say("device/%s added, in mode observe: it is read, and nothing is pushed\n"+
				"  netmirror get interfaces %[1]s shows its ports; netmirror devices set %[1]s --mode full\n"+
				"  lets sessions be put on it", plain(a.name))
			return true, nil
		}
		for _, i := range c.Items {
			if i.State == "False" {
				a.say("what to do about %s: %s", plain(i.Name), a.advice(i.Name))
			}
		}
		failed := fmt.Errorf("device %s fails the check", plain(a.name))
		if !a.asks {
			return false, failed
		}
		if again, err := a.flags.console.ask(ctx, "Try again? [Y/n] "); err != nil {
			return false, err
		} else if !strings.HasPrefix(strings.ToLower(again), "n") {
			continue
		}
		if keep, err = a.flags.console.confirmed(ctx, "Keep it as it is, in mode observe? [y/N] "); err == nil {
			err = failed
		}
		return keep, err
	}
}

// advice says what to do about a check that fails.
func (a *adding) advice(check string) string {
	t := a.spec.Transports.Config
	through := ""
	if t.JumpHost != nil {
		through = " --for " + plain(hostOf(t.JumpHost.Address))
	}
	set := fmt.Sprintf("on the controller's host: netmirror credentials set %s --for %s%s --username USER", plain(t.Credentials), plain(t.Address), through)
	switch check {
	case "reachable":
		return fmt.Sprintf("is the address right, is %s switched on there, and may the controller's host reach it (firewall, management VRF)?", t.Protocol)
	case "credentials":
		return "the profile is not shown to this address, or is paused; " + set
	case "login":
		return "user name or password are not those of the device; " + set
	case "privilege":
		return "the user may not see or change enough: give the profile its enable secret, or the user more privilege; " + set
	case "host-key":
		return "its key is not the one that is pinned; if the device was replaced, on the controller's host: netmirror hostkey forget " + net.JoinHostPort(t.Address, portOf(t))
	case "usable", "readable":
		return "is the platform right? netmirror devices check " + plain(a.name) + " asks again, and docs/troubleshooting.md has more"
	}
	return "the message says what is the matter; netmirror devices check " + plain(a.name) + " asks again"
}

func portOf(t client.Transport) string {
	if t.Port != nil && *t.Port != 0 {
		return strconv.FormatInt(*t.Port, 10)
	}
	return map[string]string{"netconf": "830"}[t.Protocol] + map[bool]string{true: "22"}[t.Protocol == "cli"]
}

// checkName says what is wrong with a name.
func (a *adding) checkName(ctx context.Context, name string) error {
	if !mirror.ValidName(name) {
		return fmt.Errorf("%q is no name: 1 to 63 of a-z, 0-9 and '-'", plain(name))
	}
	switch _, err := a.client.GetDevice(ctx, name); {
	case err == nil:
		return fmt.Errorf("device %s is there already; netmirror devices check %[1]s", name)
	case !client.IsNotFound(err):
		return err
	}
	return nil
}
