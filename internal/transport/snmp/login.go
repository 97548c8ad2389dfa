package snmp

import (
	"fmt"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

var auths = map[string]gosnmp.SnmpV3AuthProtocol{
	"md5": gosnmp.MD5, "sha": gosnmp.SHA, "sha224": gosnmp.SHA224, "sha256": gosnmp.SHA256, "sha384": gosnmp.SHA384, "sha512": gosnmp.SHA512,
}

// The -C variants of gosnmp extend keys as Reeder's draft says.
var privacies = map[string]gosnmp.SnmpV3PrivProtocol{
	"des": gosnmp.DES, "aes128": gosnmp.AES, "aes192": gosnmp.AES192, "aes256": gosnmp.AES256, "aes192-c": gosnmp.AES192C, "aes256-c": gosnmp.AES256C,
}

// checkLogin is nil when a target's login is one of SNMP.
func checkLogin(l mirror.Login) error {
	unfit := func(why string) error {
		return &mirror.CredentialsError{Profile: l.Profile, Reason: "CredentialsUnfit", Why: why}
	}
	s := l.SNMP
	switch {
	case s.IsZero() && l.Profile == "":
		return fmt.Errorf("no credentials profile is named: %w", mirror.ErrInvalid)
	case s.IsZero():
		return unfit("it holds a login and no SNMP community or user; SNMP has a profile of its own")
	case !s.Community.IsZero():
		return nil
	case s.Username.IsZero() || s.AuthPassword.IsZero():
		return unfit("an SNMP user needs a name and an authentication password")
	}
	if _, ok := auths[s.Auth]; !ok {
		return unfit("its authentication protocol is not known")
	}
	if _, ok := privacies[s.Privacy]; !ok && s.Privacy != "" {
		return unfit("its privacy protocol is not known")
	}
	return nil
}

// session is a fresh one of gosnmp: engine data of an earlier agent is not in it.
func session(l mirror.SNMPLogin) *gosnmp.GoSNMP {
	if !l.Community.IsZero() {
		return &gosnmp.GoSNMP{Version: gosnmp.Version2c, Community: l.Community.Reveal()}
	}
	usm := UserOf(l)
	s := &gosnmp.GoSNMP{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.AuthNoPriv, SecurityParameters: usm}
	if l.Privacy != "" {
		s.MsgFlags = gosnmp.AuthPriv
	}
	return s
}

// UserOf is a user of version 3 as gosnmp has it, fresh: with keys for no engine.
func UserOf(l mirror.SNMPLogin) *gosnmp.UsmSecurityParameters {
	usm := &gosnmp.UsmSecurityParameters{UserName: l.Username.Reveal(), AuthenticationProtocol: auths[l.Auth], AuthenticationPassphrase: l.AuthPassword.Reveal()}
	if l.Privacy != "" {
		usm.PrivacyProtocol, usm.PrivacyPassphrase = privacies[l.Privacy], l.PrivacyPassword.Reveal()
	}
	return usm
}

// hide takes what an agent is shown out of a text.
func hide(l mirror.SNMPLogin, text string) string {
	return mirror.Redact(text, []mirror.Secret{l.PrivacyPassword, l.AuthPassword}, []mirror.Secret{l.Community, l.Username})
}
