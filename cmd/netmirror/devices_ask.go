package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/drivers"
)

// need takes what a flag said, or asks until an answer is right.
func (a *adding) need(ctx context.Context, value *string, question string, check func(string) error) error {
	if *value != "" {
		return check(*value)
	}
	for {
		text, err := a.flags.console.ask(ctx, question)
		if err != nil {
			return err
		}
		if err = check(text); err == nil {
			*value = text
			return nil
		}
		a.say("%v", err)
	}
}

func (a *adding) askName(ctx context.Context) error {
	return a.need(ctx, &a.name, "Name of the device, such as acc-3f-1: ", func(text string) error { return a.checkName(ctx, text) })
}

func (a *adding) askPlatform(ctx context.Context) error {
	var known []string
	for _, d := range drivers.All() {
		if d.Connect != nil && !slices.Contains(known, d.Platform) {
			known = append(known, d.Platform)
		}
	}
	slices.Sort(known)
	if a.spec.Platform == "" {
		a.say("platforms: %s", strings.Join(known, ", "))
	}
	err := a.need(ctx, &a.spec.Platform, "Platform: ", func(text string) error {
		if !slices.Contains(known, text) {
			return fmt.Errorf("platform %q is none of %s", plain(text), strings.Join(known, ", "))
		}
		return nil
	})
	of := protocols(a.spec.Platform)
	p := &a.spec.Transports.Config.Protocol
	if err != nil || *p == "" && (len(of) == 1 || !a.wizard) {
		return err
	}
	return a.need(ctx, p, fmt.Sprintf("Protocol (%s): ", strings.Join(of, ", ")), func(text string) error {
		if !slices.Contains(of, text) {
			return fmt.Errorf("%s is spoken to over %s", a.spec.Platform, strings.Join(of, ", "))
		}
		return nil
	})
}

// splitAddress is the host and the port of host[:port]; port 0 = none is said.
func splitAddress(text string) (host string, port int64, err error) {
	host, number := text, ""
	if strings.Count(text, ":") == 1 || strings.HasPrefix(text, "[") && !strings.HasSuffix(text, "]") {
		if host, number, err = net.SplitHostPort(text); err != nil {
			return "", 0, fmt.Errorf("%q is no address, or address:port", plain(text))
		}
	}
	if host == "" || strings.ContainsAny(host, " @") {
		return "", 0, fmt.Errorf("%q is no address", plain(text))
	}
	if number == "" {
		return host, 0, nil
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("%q is no port", plain(number))
	}
	return host, int64(n), nil
}

func (a *adding) askAddress(ctx context.Context) error {
	return a.need(ctx, &a.address, "Address, or address:port: ", func(text string) error {
		host, port, err := splitAddress(text)
		if err != nil {
			return err
		}
		a.spec.Transports.Config.Address = host
		if port != 0 {
			a.spec.Transports.Config.Port = &port
		}
		return nil
	})
}

// askJump asks for an SSH server on the way, which most devices have none of.
func (a *adding) askJump(ctx context.Context) error {
	if !slices.Contains(overSSH, a.protocol()) {
		if a.jump != "" {
			return usage("--jump-host: there is none over %s", a.protocol())
		}
		return nil
	}
	check := func(text string) error {
		if text == "" {
			return nil
		}
		_, _, err := splitAddress(text)
		return err
	}
	if a.jump != "" || !a.wizard {
		return check(a.jump)
	}
	for {
		text, err := a.flags.console.ask(ctx, "Jump host on the way, or address:port (Enter: none): ")
		if err != nil {
			return err
		}
		if err = check(text); err == nil {
			a.jump = text
			return nil
		}
		a.say("%v", err)
	}
}

// askJumpProfile asks for the profile of the jump host.
func (a *adding) askJumpProfile(ctx context.Context) error {
	if a.jump == "" {
		return nil
	}
	err := a.profileOf(ctx, &a.jumpProfile, "--jump-credentials", hostOf(a.jump), "Profile of the jump host: ")
	a.spec.Transports.Config.JumpHost = &client.JumpHost{Address: a.jump, Credentials: a.jumpProfile}
	return err
}

// askProfile asks for a profile that is there: secrets are given on the controller's host
// alone.
func (a *adding) askProfile(ctx context.Context) error {
	if a.protocol() == "ovsdb" { // which has no login
		return nil
	}
	t := &a.spec.Transports.Config
	host := t.Address
	if a.jump != "" { // which could answer in the place of the device
		host += " --for " + hostOf(a.jump)
	}
	return a.profileOf(ctx, &t.Credentials, "--credentials", host, "Profile: ")
}

// profileOf is askProfile for a host; chosen is what its flag said.
func (a *adding) profileOf(ctx context.Context, chosen *string, flag, host, question string) error {
	how := fmt.Sprintf("on the controller's host: netmirror credentials set NAME --for %s --username USER", plain(host))
	for {
		var known, told []string
		for p, err := range a.client.AllCredentials(ctx, client.ListCredentialsOptions{}) {
			if err != nil {
				return err
			}
			known = append(known, p.Name)
			told = append(told, fmt.Sprintf("%s (for %s)", plain(p.Name), plain(strings.Join(p.For, ", "))))
		}
		switch {
		case *chosen != "" && slices.Contains(known, *chosen):
			return nil
		case *chosen != "":
			return fmt.Errorf("there is no credentials profile %q; %s", plain(*chosen), how)
		case !a.wizard:
			return usage("%s missing; profiles are: %s", flag, strings.Join(told, ", "))
		case len(known) > 0:
			a.say("credentials profiles: %s\n  another one is made %s", strings.Join(told, ", "), how)
			return a.need(ctx, chosen, question, func(text string) error {
				if !slices.Contains(known, text) {
					return fmt.Errorf("there is no credentials profile %q", plain(text))
				}
				return nil
			})
		}
		a.say("there is no credentials profile yet; make one %s", how)
		if again, err := a.flags.console.ask(ctx, "Look again? [Y/n] "); err != nil || strings.HasPrefix(strings.ToLower(again), "n") {
			return errors.Join(err, errors.New("there is no credentials profile to log in with"))
		}
	}
}
