package iosxr

import (
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

// The parsers of what is read at every observation, for the contract.

// ParseSessions reads a configuration.
func ParseSessions(text []byte) error {
	at, err := parseInterfaces(string(text))
	if err == nil {
		_, err = parseSessions(string(text), at, true)
	}
	return err
}

// ParseStatus reads show monitor-session status.
func ParseStatus(text []byte) error { _, err := parseStatus(string(text)); return err }

// ParseCounters reads show interfaces.
func ParseCounters(text []byte) error { _, err := parseReceived(string(text)); return err }

// ParseWaits reads who configures.
func ParseWaits(text []byte) error {
	_, err := waits(ncs5500, console.Replies{showWho: string(text), showWhoShort: "% Invalid input"}, time.Time{})
	return err
}

// ParseWaitsShort reads it as older releases tell it.
func ParseWaitsShort(text []byte) error {
	_, err := waits(ncs5500, console.Replies{showWho: "% Invalid input", showWhoShort: string(text)}, time.Time{})
	return err
}

// ParseFailed reads why a commit failed.
func ParseFailed(text []byte) error { reasons(string(text)); return nil }

// ParseFacts reads show version.
func ParseFacts(text []byte) error { _, err := parseFacts(string(text), string(text)); return err }

// ParseAnswers reads what is told over NETCONF, the parts one after the other.
func ParseAnswers(raw []byte) error {
	n, err := data.FromXML(append(append([]byte("<answers>"), raw...), "</answers>"...))
	if err != nil {
		return err
	}
	a := models.Answers{Config: &data.Node{}, State: &data.Node{}}
	for _, c := range n.Children {
		to := a.Config
		if c.Attrs["state"] != "" {
			to = a.State
		}
		to.Children = append(to.Children, c)
	}
	if _, err = factsOf(models.Server{}, a); err != nil {
		return err
	}
	if _, err = observeTrees(mirror.Facts{}, a); err != nil {
		return err
	}
	_, err = count(mirror.Facts{}, mirror.CounterAsk{All: true}, a)
	return err
}
