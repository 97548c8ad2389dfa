package snmp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const authPassword, privacyPassword, community = "auth-CANARY-1", "privacy-CANARY-2", "community-CANARY-3"

// target is an agent on loopback. wait is how long a request may take.
func target(port int, l mirror.SNMPLogin, wait time.Duration) mirror.Target {
	t := mirror.Target{Login: mirror.Login{Profile: "counters", For: mirror.Bindings{"any"}, SNMP: l}}
	t.Transport = mirror.Transport{Protocol: "snmp", Address: "127.0.0.1", Port: port}
	t.Transport.Timeouts.Read = mirror.Duration(wait)
	return t
}

func v2c(name string) mirror.SNMPLogin { return mirror.SNMPLogin{Community: mirror.NewSecret(name)} }

func v3(user, auth, privacy string) mirror.SNMPLogin {
	l := mirror.SNMPLogin{Username: mirror.NewSecret(user), Auth: auth, AuthPassword: mirror.NewSecret(authPassword), Privacy: privacy}
	if privacy != "" {
		l.PrivacyPassword = mirror.NewSecret(privacyPassword)
	}
	return l
}

func open(t *testing.T, to mirror.Target) (*Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	t.Cleanup(cancel)
	c, err := Open(ctx, to)
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	} else if strings.Contains(err.Error(), "CANARY") {
		t.Errorf("the error shows what the agent was shown: %v", err)
	}
	return c, err
}

func mustOpen(t *testing.T, to mirror.Target) *Conn {
	t.Helper()
	c, err := open(t, to)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// netSNMP are net-snmp's words for our protocols.
var netSNMP = map[string]string{"md5": "MD5", "sha": "SHA", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512",
	"des": "DES", "aes128": "AES", "aes192": "AES-192", "aes256": "AES-256", "aes192-c": "AES-192-C", "aes256-c": "AES-256-C"}

func user(name, auth, privacy string) string {
	return fmt.Sprintf("createUser %s %s %s %s %s\nrouser %s priv", name, netSNMP[auth], authPassword, netSNMP[privacy], privacyPassword, name)
}

// patient is more than any agent of a test needs.
const patient = time.Minute

// TestEveryProtocolAgainstNetSNMP: each digest with each cipher, both ways to make a
// key longer.
func TestEveryProtocolAgainstNetSNMP(t *testing.T) {
	var config []string
	for _, auth := range mirror.SNMPAuths {
		for _, privacy := range mirror.SNMPPrivacies {
			config = append(config, user("u-"+auth+"-"+privacy, auth, privacy))
		}
	}
	agent := testkit.StartSNMPD(t, config...)
	for _, auth := range mirror.SNMPAuths {
		for _, privacy := range mirror.SNMPPrivacies {
			c, err := open(t, target(agent.Port, v3("u-"+auth+"-"+privacy, auth, privacy), patient))
			if err != nil {
				t.Errorf("%s with %s: %v", auth, privacy, err)
				continue
			}
			if got, err := c.Get(context.Background(), sysUpTime, sysUpTime+".1"); err != nil || got[0].Kind != Ticks || got[1].Kind != Missing {
				t.Errorf("%s with %s: %+v %v", auth, privacy, got, err)
			}
			if boots, ok := c.Boots(); !ok || boots != 1 {
				t.Errorf("%s with %s: boots %d %v", auth, privacy, boots, ok)
			}
		}
	}
}

// TestWrongCredentialsAreToldFromSilence: what version 3 can tell is a refused login;
// a wrong community looks like an agent that is down, and the error says so.
func TestWrongCredentialsAreToldFromSilence(t *testing.T) {
	agent := testkit.StartSNMPD(t, "rocommunity "+community, user("CANARY-user", "sha256", "aes128"), user("other", "md5", "aes256"))
	good := v3("CANARY-user", "sha256", "aes128")
	change := func(f func(*mirror.SNMPLogin)) mirror.SNMPLogin {
		l := good
		f(&l)
		return l
	}
	wrong := mirror.NewSecret("wrong-CANARY-password")
	for name, c := range map[string]struct {
		login mirror.SNMPLogin
		wait  time.Duration
		kind  error
		says  string
	}{
		"good":              {good, patient, nil, ""},
		"good community":    {v2c(community), patient, nil, ""},
		"unknown user":      {v3("CANARY-nobody", "sha256", "aes128"), patient, mirror.ErrLoginRefused, "does not know the SNMP user"},
		"wrong password":    {change(func(l *mirror.SNMPLogin) { l.AuthPassword = wrong }), patient, mirror.ErrLoginRefused, "authentication password or protocol is wrong"},
		"wrong digest":      {change(func(l *mirror.SNMPLogin) { l.Auth = "sha" }), patient, mirror.ErrLoginRefused, "authentication password or protocol is wrong"},
		"wrong privacy":     {change(func(l *mirror.SNMPLogin) { l.PrivacyPassword = wrong }), time.Second, mirror.ErrLoginRefused, "privacy password or protocol is wrong"},
		"wrong cipher":      {change(func(l *mirror.SNMPLogin) { l.Privacy = "des" }), time.Second, mirror.ErrLoginRefused, "privacy password or protocol is wrong"},
		"wrong extension":   {v3("other", "md5", "aes256-c"), time.Second, mirror.ErrLoginRefused, "privacy password or protocol is wrong"},
		"without privacy":   {v3("CANARY-user", "sha256", ""), patient, mirror.ErrRejected, "wants another security level"},
		"unknown community": {v2c("CANARY-public"), time.Second, mirror.ErrTimeout, "neither a wrong community is answered"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var err error
			testkit.Eventually(t, testkit.Patience, "the agent answers in time where it answers at all", func() bool {
				_, err = open(t, target(agent.Port, c.login, c.wait))
				return !errors.Is(err, mirror.ErrTimeout) || errors.Is(c.kind, mirror.ErrTimeout)
			})
			if !errors.Is(err, c.kind) || c.kind != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; want %v, %q", err, c.kind, c.says)
			}
			if c.kind == mirror.ErrLoginRefused && errors.Is(err, mirror.ErrTimeout) {
				t.Errorf("%v is a timeout as well", err)
			}
		})
	}
}

// TestAnotherEngineInTheSamePlace: a spare switch with the same address has another
// engine id; a connection that knew the old one goes on. So it does over a restart.
func TestAnotherEngineInTheSamePlace(t *testing.T) {
	agent := testkit.StartSNMPD(t, user("nm", "sha256", "aes128"), "engineID first")
	c := mustOpen(t, target(agent.Port, v3("nm", "sha256", "aes128"), patient))
	for _, swap := range []func(){func() {}, func() { agent.Configure(user("nm", "sha256", "aes128"), "engineID second") }} {
		agent.Stop()
		swap()
		agent.Start()
		if got, err := c.Get(context.Background(), sysUpTime); err != nil || got[0].Kind != Ticks {
			t.Errorf("%+v %v", got, err)
		}
	}
	agent.Stop()
	if _, err := c.Get(context.Background(), sysUpTime); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestATableOfNetSNMPIsReadWhole(t *testing.T) {
	agent := testkit.StartSNMPD(t, "rocommunity "+community)
	c := mustOpen(t, target(agent.Port, v2c(community), patient))
	const ifName, ifDescr, none = OID("1.3.6.1.2.1.31.1.1.1.1"), OID("1.3.6.1.2.1.2.2.1.2"), OID("1.3.6.1.2.1.31.1.1.1.77")
	rows, err := c.Walk(context.Background(), ifName, none, ifDescr)
	if err != nil || len(rows[0]) == 0 || len(rows[1]) != 0 || len(rows[2]) != len(rows[0]) || rows[0][0].Text != "lo" || rows[0][0].Index != "1" {
		t.Errorf("%+v %v", rows, err)
	}
}
