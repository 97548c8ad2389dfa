package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/mirror"
)

// snmpFlags make a profile of an SNMP agent.
type snmpFlags struct {
	version, auth, privacy   string
	community, authPw, priPw secretFlags
}

func (s *snmpFlags) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.version, "snmp", "", "a profile of SNMP, of version 2c or 3")
	cmd.Flags().StringVar(&s.auth, "auth", "", "SNMP version 3: authentication protocol, "+strings.Join(mirror.SNMPAuths, ", "))
	cmd.Flags().StringVar(&s.privacy, "privacy", "", "SNMP version 3: privacy protocol, "+strings.Join(mirror.SNMPPrivacies, ", ")+"; without one nothing is encrypted")
	s.community = secretFlags{name: "community", what: "SNMP community"}
	s.authPw = secretFlags{name: "auth-password", what: "SNMP authentication password"}
	s.priPw = secretFlags{name: "privacy-password", what: "SNMP privacy password"}
	for _, f := range []*secretFlags{&s.community, &s.authPw, &s.priPw} {
		f.declare(cmd)
	}
}

// fill takes from the flags what they give, and asks for the rest. logins are the
// flags of a profile that logs in.
func (s *snmpFlags) fill(k *keeper) func(context.Context, *credentials.Profile, []*secretFlags) error {
	return func(ctx context.Context, p *credentials.Profile, logins []*secretFlags) error {
		user := p.Username
		p.Username = ""
		faults := append(s.faults(user), bindingFaults(p)...)
		for _, f := range logins {
			if f.given() {
				faults = append(faults, fmt.Errorf("--%s is of a login: SNMP has a profile of its own", f.name))
			}
		}
		p.SNMP = credentials.SNMP{Username: user, Auth: s.auth, Privacy: s.privacy}
		wanted := []struct {
			flags    *secretFlags
			into     *string
			prompt   string
			needed   bool
			excluded string
		}{
			{&s.community, &p.SNMP.Community, "Community: ", s.version == "2c", "is of version 2c"},
			{&s.authPw, &p.SNMP.AuthPassword, "Authentication password: ", s.version == "3", "is of version 3"},
			{&s.priPw, &p.SNMP.PrivacyPassword, "Privacy password: ", s.version == "3" && s.privacy != "", "needs version 3 and --privacy"},
		}
		for _, w := range wanted {
			if w.flags.given() && !w.needed {
				faults = append(faults, fmt.Errorf("--%s %s", w.flags.name, w.excluded))
			}
			v, err := w.flags.value()
			if err != nil {
				faults = append(faults, err)
			}
			*w.into = v
		}
		if err := errors.Join(faults...); err != nil {
			return err
		}
		ask := k.asker()
		for _, w := range wanted {
			if !w.needed || w.flags.given() {
				continue
			}
			v, err := ask(ctx, w.prompt)
			if err != nil {
				return err
			}
			if v == "" {
				return fmt.Errorf("no %s was given", w.flags.what)
			}
			*w.into = credentials.Literal(v)
		}
		return nil
	}
}

// faults are what is wrong with the flags that hold no secret.
func (s *snmpFlags) faults(user string) (out []error) {
	add := func(bad bool, format string, args ...any) {
		if bad {
			out = append(out, fmt.Errorf(format, args...))
		}
	}
	switch s.version {
	case "2c":
		add(user+s.auth+s.privacy != "", "--username, --auth and --privacy are of version 3")
	case "3":
		add(user == "", "--username is needed")
		add(!slices.Contains(mirror.SNMPAuths, s.auth), "--auth must be one of %s", strings.Join(mirror.SNMPAuths, ", "))
		add(s.privacy != "" && !slices.Contains(mirror.SNMPPrivacies, s.privacy), "--privacy must be one of %s", strings.Join(mirror.SNMPPrivacies, ", "))
	default:
		add(true, "--snmp must be 2c or 3")
	}
	return out
}
