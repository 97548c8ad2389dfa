package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"slices"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/hints"
	"github.com/netmirror/netmirror/internal/metrics"
	"github.com/netmirror/netmirror/internal/mirror"
)

// listenForMessages opens what listens to devices, where the settings say so, and says
// where on out.
func listenForMessages(ctx context.Context, cfg Config, db mirror.Store, eng *engine.Engine, figures *metrics.Metrics, log *slog.Logger, out io.Writer) (*hints.Listener, error) {
	instance := ""
	if err := db.View(ctx, func(tx mirror.Tx) (err error) {
		instance, err = tx.Instance()
		return err
	}); err != nil {
		return nil, err
	}
	l, err := hints.Listen(hints.Settings{SyslogUDP: cfg.SyslogUDP, SyslogTCP: cfg.SyslogTCP, Traps: cfg.SNMPTraps, Instance: instance, Log: log, Hint: eng.Hint,
		Refused: figures.Unbelieved,
		Devices: func(from netip.Addr, names []string) (list []hints.Device) {
			for _, s := range eng.Senders(from, names) {
				d := hints.Device{Name: s.Device, Notified: func(oid string) bool { return slices.Contains(s.Notices.Notified, oid) },
					Users: func() []mirror.Login { return eng.NotifyingUsers(ctx, s.Device) }}
				if s.Notices.Logged != nil {
					d.Logged = s.Notices.Logged.MatchString
				}
				list = append(list, d)
			}
			return list
		}})
	if err != nil {
		return nil, err
	}
	udp, tcp, traps := l.Addrs()
	for _, at := range []struct{ what, addr string }{{"syslog over UDP", udp}, {"syslog over TCP", tcp}, {"SNMP notifications", traps}} {
		if at.addr != "" {
			fmt.Fprintf(out, "listening for %s on %s\n", at.what, at.addr)
		}
	}
	return l, nil
}
