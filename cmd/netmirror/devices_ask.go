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

func (a *adding) askAddress(ctx context.Context) error {
	return a.need(ctx, &a.address, "Address, or address:port: ", func(text string) error {
		host, port := text, ""
		if strings.Count(text, ":") == 1 || strings.HasPrefix(text, "[") {
			var err error
			if host, port, err = net.SplitHostPort(text); err != nil {
				return fmt.Errorf("%q is no address, or address:port", plain(text))
			}
		}
		if host == "" || strings.ContainsAny(host, " @") {
			return fmt.Errorf("%q is no address", plain(text))
		}
		a.spec.Transports.Config.Address = host
		if port == "" {
			return nil
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return fmt.Errorf("%q is no port", plain(port))
		}
		a.spec.Transports.Config.Port = new(int64(n))
		return nil
	})
}

// askProfile asks for a profile that is there: secrets are given on the controller's host
// alone.
func (a *adding) askProfile(ctx context.Context) error {
	t := &a.spec.Transports.Config
	if a.protocol() == "ovsdb" { // which has no login
		return nil
	}
	how := fmt.Sprintf("on the controller's host: netmirror credentials set NAME --for %s --username USER", plain(t.Address))
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
		case t.Credentials != "" && slices.Contains(known, t.Credentials):
			return nil
		case t.Credentials != "":
			return fmt.Errorf("there is no credentials profile %q; %s", plain(t.Credentials), how)
		case !a.wizard:
			return usage("--credentials missing; profiles are: %s", strings.Join(told, ", "))
		case len(known) > 0:
			a.say("credentials profiles: %s\n  another one is made %s", strings.Join(told, ", "), how)
			return a.need(ctx, &t.Credentials, "Profile: ", func(text string) error {
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
