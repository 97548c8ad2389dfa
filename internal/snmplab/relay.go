package snmplab

import (
	"net"
	"net/netip"
	"sync"
	"testing"
)

// A relay takes datagrams between a UDP port of the test's namespace and the agent's in
// another: no address of the machine is needed for it.
type relay struct {
	port      int
	namespace string
	conn      *net.UDPConn

	mu      sync.Mutex
	closed  bool
	clients map[netip.AddrPort]*net.UDPConn
	wg      sync.WaitGroup
}

func openRelay(t testing.TB, namespace string) *relay {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{port: conn.LocalAddr().(*net.UDPAddr).Port, namespace: namespace, conn: conn, clients: map[netip.AddrPort]*net.UDPConn{}}
	r.wg.Go(r.serve)
	t.Cleanup(r.close)
	return r
}

func (r *relay) serve() {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if inside := r.client(from); inside != nil {
			_, _ = inside.Write(buf[:n]) // what is lost is asked for again
		}
	}
}

// client is the socket inside for one who asks.
func (r *relay) client(from netip.AddrPort) *net.UDPConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.clients[from]
	if c != nil || r.closed {
		return c
	}
	if inNamespace(r.namespace, func() (err error) {
		c, err = net.DialUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 161})
		return err
	}) != nil {
		return nil
	}
	r.clients[from] = c
	r.wg.Go(func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			_, _ = r.conn.WriteToUDPAddrPort(buf[:n], from)
		}
	})
	return c
}

func (r *relay) close() {
	_ = r.conn.Close()
	r.mu.Lock()
	r.closed = true
	for _, c := range r.clients {
		_ = c.Close()
	}
	r.mu.Unlock()
	r.wg.Wait()
}
