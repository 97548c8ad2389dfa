package credentials

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// SNMP is the part of a profile that an SNMP agent is shown: the community of version
// 2c, or a user of version 3. The protocols are words, see mirror.SNMPAuths and
// mirror.SNMPPrivacies; the other fields are values or references.
type SNMP struct {
	Community       string `yaml:"community,omitempty" json:"community"`
	Username        string `yaml:"username,omitempty" json:"username"`
	Auth            string `yaml:"auth,omitempty" json:"auth"`
	AuthPassword    string `yaml:"authPassword,omitempty" json:"authPassword"`
	Privacy         string `yaml:"privacy,omitempty" json:"privacy"`
	PrivacyPassword string `yaml:"privacyPassword,omitempty" json:"privacyPassword"`
}

func (s SNMP) fields() []field {
	return []field{{"SNMP community", s.Community}, {"SNMP user name", s.Username},
		{"SNMP authentication password", s.AuthPassword}, {"SNMP privacy password", s.PrivacyPassword}}
}

// validate lists what is wrong with it, without any value but the protocols'.
func (s SNMP) validate() []mirror.Reason {
	var out []mirror.Reason
	add := func(at, code, format string, args ...any) {
		out = append(out, mirror.Reason{Pointer: "/snmp" + at, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if s.Community != "" {
		if (s != SNMP{Community: s.Community}) {
			add("/community", "contradiction", "a community is of SNMP version 2c, a user of version 3: give one of them")
		}
		return out
	}
	if s.Username == "" {
		add("", "missing", "a community (SNMP version 2c) or a user name (version 3) is needed")
		return out
	}
	// A user without authentication proves nothing to either side.
	if !slices.Contains(mirror.SNMPAuths, s.Auth) {
		add("/auth", "bad-value", "the authentication protocol must be one of %s", strings.Join(mirror.SNMPAuths, ", "))
	}
	if s.AuthPassword == "" {
		add("/authPassword", "missing", "an authentication password is needed")
	}
	if s.Privacy != "" && !slices.Contains(mirror.SNMPPrivacies, s.Privacy) {
		add("/privacy", "bad-value", "the privacy protocol must be one of %s, or left out", strings.Join(mirror.SNMPPrivacies, ", "))
	}
	if (s.Privacy == "") != (s.PrivacyPassword == "") {
		add("/privacy", "contradiction", "a privacy protocol and a privacy password go together")
	}
	return out
}

// Bounds of what agents take: RFC 3414 sections 5 (a user name has at most 32 octets)
// and 11.2 (a password has at least 8). A community of more than 127 octets is none
// that any device can be given.
const (
	maxCommunity = 127
	maxUser      = 32
	minPassword  = 8
)

// checkSNMP tells what of resolved values no agent can be shown.
func checkSNMP(l mirror.SNMPLogin) (faults []error) {
	if len(l.Community.Reveal()) > maxCommunity {
		faults = append(faults, problem(fmt.Sprintf("SNMP community: it has more than %d octets", maxCommunity)))
	}
	if len(l.Username.Reveal()) > maxUser {
		faults = append(faults, problem(fmt.Sprintf("SNMP user name: it has more than %d octets", maxUser)))
	}
	for _, p := range []struct {
		name  string
		value mirror.Secret
	}{{"authentication", l.AuthPassword}, {"privacy", l.PrivacyPassword}} {
		if n := len(p.value.Reveal()); n > 0 && n < minPassword {
			faults = append(faults, problem(fmt.Sprintf("SNMP %s password: it has fewer than %d characters", p.name, minPassword)))
		}
	}
	return faults
}
