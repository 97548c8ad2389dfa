package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/netmirror/netmirror/api"
	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/notify"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// newNotifier makes what tells events to webhooks and to the syslog servers of the
// settings.
func newNotifier(cfg Config, profiles *credentials.Profiles, log *slog.Logger) (*notify.Notifier, error) {
	servers, err := cfg.syslogServers()
	if err != nil {
		return nil, err
	}
	facility, err := notify.ParseFacility(cfg.SyslogToFacility)
	if err != nil {
		return nil, err
	}
	for _, s := range servers {
		log.Info("events are told to syslog", "to", s)
	}
	return notify.New(notify.Config{Login: profiles.Login, Encode: api.EncodeEvent, Version: version, Log: log, Syslog: servers, Facility: facility,
		TLS: func(host string) (*tls.Config, error) { return cfg.syslogFiles().Config(host, "") }}), nil
}

// maxSyslogServers bounds them: each is told everything on its own.
const maxSyslogServers = 8

// syslogServers are those that the settings name. Every fault of the settings is told.
func (c Config) syslogServers() (list []notify.SyslogTarget, err error) {
	var faults []error
	for _, text := range c.SyslogTo {
		t, err := notify.ParseSyslogTarget(text)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("syslog-to: %w", err))
		case slices.Contains(list, t):
			faults = append(faults, fmt.Errorf("syslog-to: %s is given twice", t))
		default:
			list = append(list, t)
		}
	}
	if len(list) > maxSyslogServers {
		faults = append(faults, fmt.Errorf("syslog-to: %d servers; at most %d", len(list), maxSyslogServers))
	}
	if _, err := notify.ParseFacility(c.SyslogToFacility); err != nil {
		faults = append(faults, fmt.Errorf("syslog-to-facility: %w", err))
	}
	files := c.syslogFiles()
	overTLS := slices.ContainsFunc(list, func(t notify.SyslogTarget) bool { return t.Network == "tls" })
	switch {
	case (files.Cert == "") != (files.Key == ""):
		faults = append(faults, errors.New("syslog-to-cert and syslog-to-key belong together"))
	case files != (certs.Files{}) && !overTLS:
		faults = append(faults, errors.New("syslog-to-ca and syslog-to-cert are about tls://, and no syslog-to is"))
	case overTLS:
		if _, err := files.Config("localhost", ""); err != nil {
			faults = append(faults, fmt.Errorf("syslog-to: %w", err))
		}
	}
	return list, errors.Join(faults...)
}

// syslogFiles are for syslog servers that are spoken to over TLS.
func (c Config) syslogFiles() certs.Files {
	return certs.Files{CA: c.SyslogToCA, Cert: c.SyslogToCert, Key: c.SyslogToKey}
}

// tell tells events to those outside until ctx ends; then over is closed.
func tell(ctx context.Context, n *notify.Notifier, eng *engine.Engine) (over <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Run(ctx, notify.Source{Store: eng.Recorded(), Added: eng.EventAdded})
	}()
	return done
}
