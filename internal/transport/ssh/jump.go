package ssh

import (
	"fmt"
	"net"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"
)

// forward asks an SSH server to connect to an address (RFC 4254 section 7.2).
// ssh.Client.Dial would do, but needs a Client, whose goroutines outlive ours.
func forward(conn ssh.Conn, address string) (net.Conn, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port of %s: %w", address, err)
	}
	open := struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}{host, uint32(port), "127.0.0.1", 0}
	ch, reqs, err := conn.OpenChannel("direct-tcpip", ssh.Marshal(open))
	if err != nil {
		return nil, err
	}
	go ssh.DiscardRequests(reqs) // ends with the channel
	return &forwarded{Channel: ch, local: conn.LocalAddr(), remote: conn.RemoteAddr()}, nil
}

// forwarded is a forwarded stream as a net.Conn. It has no deadlines of its
// own: what bounds it is the end of the socket that carries it.
type forwarded struct {
	ssh.Channel
	local, remote net.Addr
}

func (f *forwarded) LocalAddr() net.Addr              { return f.local }
func (f *forwarded) RemoteAddr() net.Addr             { return f.remote }
func (f *forwarded) SetDeadline(time.Time) error      { return nil }
func (f *forwarded) SetReadDeadline(time.Time) error  { return nil }
func (f *forwarded) SetWriteDeadline(time.Time) error { return nil }
