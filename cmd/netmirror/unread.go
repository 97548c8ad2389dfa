package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// ofADevice are the kinds that are told by one device, as it was last read.
var ofADevice = []string{"interfaces", "observed-sessions"}

// askedDevice is the device that a path of the API asks, "" where it asks none.
func askedDevice(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) != 3 || parts[0] != "devices" || !slices.Contains(ofADevice, parts[2]) {
		return ""
	}
	name, err := url.PathUnescape(parts[1])
	if err != nil {
		return ""
	}
	return name
}

// readOnce is an error where a device was never read: an empty list of its ports would be
// taken for the truth about them. Of one that is away note says how old is what is told.
func readOnce(ctx context.Context, cl *client.Client, name string) (note string, err error) {
	d, err := cl.GetDevice(ctx, name)
	if err != nil {
		return "", err
	}
	at, why := d.Value.Status.ObservedAt, d.Value.Status.Reachable
	switch {
	case at == nil:
		return "", fmt.Errorf("%s has not been read yet%s\n  netmirror devices check %[1]s reads it now, netmirror devices wait %[1]s waits for it", plain(name), whyUnread(why))
	case why.Status == "False":
		return fmt.Sprintf("%s is not reached: this is as it was read at %s%s", plain(name), at.UTC().Format(time.RFC3339), whyUnread(why)), nil
	}
	return "", nil
}

// whyUnread says why a device is not reached; nothing where nobody has tried.
func whyUnread(c client.Condition) string {
	if c.Status != "False" {
		return ""
	}
	return ": " + plain(c.Reason) + ": " + plain(c.Message)
}
