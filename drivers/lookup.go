package drivers

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// find is the driver of a platform over a protocol; false: there is none.
func find(platform, protocol string) (worker.Driver, bool) {
	for _, d := range All() {
		if d.Platform == platform && d.Protocol == protocol && d.Connect != nil {
			return d, true
		}
	}
	return worker.Driver{}, false
}

// Serves reports whether a platform is configured over a protocol.
func Serves(platform, protocol string) bool {
	_, ok := find(platform, protocol)
	return ok
}

// Port is the canonical name of one port of a platform. ErrInvalid: name is not one.
func Port(platform, protocol, name string) (string, error) {
	d, ok := find(platform, protocol)
	if !ok {
		return "", fmt.Errorf("there is no driver for platform %s over %s: %w", platform, protocol, mirror.ErrUnsupported)
	}
	ports, err := d.Ports(name)
	if err != nil || len(ports) != 1 {
		return "", fmt.Errorf("%q is not one port of platform %s: %w", name, platform, mirror.ErrInvalid)
	}
	return string(ports[0]), nil
}
