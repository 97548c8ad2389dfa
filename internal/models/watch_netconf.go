package models

import (
	"context"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// baseEvents is the namespace of the events of RFC 6470.
const baseEvents = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"

// Watch calls changed once when it has begun to listen, and whenever the device tells that
// its running configuration was changed (RFC 6470), until ctx ends (nil) or the connection is
// lost. It has a session of its own: not every server that tells anything lets a session go
// on with operations meanwhile (RFC 5277, 6). mirror.ErrUnsupported where the server announces
// no notifications.
func (n NETCONF) Watch(ctx context.Context, t mirror.Target, o netconf.Options, changed func()) error {
	o.Redact = n.Redact
	bad := make(chan error, 1)
	o.OnNotification = func(e netconf.Notification) {
		switch news, err := isChange(e.Body); {
		case err != nil:
			select {
			case bad <- err:
			default:
			}
		case news || e.Missed > 0:
			changed()
		}
	}
	conn, err := netconf.Dial(ctx, t, o)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer func() { _ = conn.Close() }() // nothing of ours is in flight
	if !conn.Capabilities().Has(netconf.Notifications) {
		return fmt.Errorf("watch: the device announces no notifications: %w", mirror.ErrUnsupported)
	}
	if _, err := conn.Do(ctx, netconf.CreateSubscription("")); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	changed()
	select {
	case <-ctx.Done():
		return nil
	case err = <-bad:
	case <-conn.Done():
		err = conn.Err()
	}
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("watch: %w", err)
}

// isChange reports whether a notification means that what runs may be another configuration:
// netconf-config-change of any datastore but startup, netconf-confirmed-commit, which may
// take back what was committed, or the event of the same meaning that servers had before there
// was the RFC.
func isChange(body []byte) (bool, error) {
	root, err := data.FromXML(slices.Concat([]byte("<notification>"), body, []byte("</notification>")))
	if err != nil {
		return false, fmt.Errorf("a notification: %w", err)
	}
	for _, e := range root.Children {
		switch {
		case e.Module == baseEvents && e.Name == "netconf-config-change":
			if e.Text("datastore") != string(netconf.Startup) {
				return true, nil
			}
		case e.Module == baseEvents && e.Name == "netconf-confirmed-commit", e.Name == "sysConfigChange":
			return true, nil
		}
	}
	return false, nil
}
