//go:build !linux

package notify

import "net"

// acknowledged cannot be asked here: what the system took counts as told.
func acknowledged(*net.TCPConn) (bool, error) { return true, nil }
