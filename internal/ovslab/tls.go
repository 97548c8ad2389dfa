package ovslab

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// ListenTLS makes the database listen for TLS, as an administrator does with
// ovs-vsctl set-ssl and set-manager, and returns the port on 127.0.0.1. The
// arguments are paths of PEM files; with ca "none" clients need no certificate.
func (l *Lab) ListenTLS(ctx context.Context, key, cert, ca string) (port int, err error) {
	if port, err = freePort(ctx); err != nil {
		return 0, err
	}
	if _, err := l.vsctl(ctx, "set-ssl", key, cert, ca, "--", "set-manager", "pssl:"+strconv.Itoa(port)+":127.0.0.1"); err != nil {
		return 0, err
	}
	l.mu.Lock()
	db := l.db
	l.mu.Unlock()
	return port, await(ctx, db, fmt.Sprintf("wait for TLS on port %d", port), func() bool {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
		if err != nil {
			return false
		}
		_ = conn.Close() // it was a question only
		return true
	})
}
