package ovs_test

import (
	"context"
	"encoding/json"
	"net"
	"strings"
	"sync"
	"testing"
)

// A proxy stands between a driver and a database server, and counts, cuts and
// holds back transactions that change something.
type proxy struct {
	t        *testing.T
	server   string // path of the socket
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	conns   map[net.Conn]bool
	writes  int
	cutAt   int // the write from now at which the connection is cut, 0 = never
	after   bool
	stalled chan struct{} // closed when the stall ends; nil = not stalled
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, server: server, listener: ln, conns: map[net.Conn]bool{}}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		_ = ln.Close()
		p.drop()
		p.running.Wait()
	})
	return p
}

func (p *proxy) port() int { return p.listener.Addr().(*net.TCPAddr).Port }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // the test has ended
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), "unix", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		replied := make(chan struct{}, 1) // the answer to a cut write has come
		swallow := make(chan json.RawMessage, 1)
		end := func() {
			_, _ = client.Close(), server.Close() // whoever comes second finds them closed
			p.mu.Lock()
			delete(p.conns, client)
			delete(p.conns, server)
			p.mu.Unlock()
		}
		p.running.Go(func() { defer end(); p.requests(client, server, swallow, replied) })
		p.running.Go(func() { defer end(); p.replies(server, client, swallow, replied) })
	}
}

// requests passes on what the client sends, message by message.
func (p *proxy) requests(client, server net.Conn, swallow chan<- json.RawMessage, replied <-chan struct{}) {
	dec := json.NewDecoder(client)
	for {
		var raw json.RawMessage
		if dec.Decode(&raw) != nil || !p.wait() {
			return
		}
		var head struct {
			ID     json.RawMessage
			Method string
		}
		_ = json.Unmarshal(raw, &head) // what is no request is passed on as it is
		cut, after := false, false
		if head.Method == "transact" && strings.Contains(string(raw), `"mutate"`) {
			cut, after = p.write()
		}
		if cut && !after {
			return
		}
		if cut {
			swallow <- head.ID
		}
		if _, err := server.Write(raw); err != nil {
			return
		}
		if cut {
			<-replied
			return
		}
	}
}

// replies passes on what the server sends, but for the answer to a cut write.
func (p *proxy) replies(server, client net.Conn, swallow <-chan json.RawMessage, replied chan<- struct{}) {
	defer func() { replied <- struct{}{} }()
	dec := json.NewDecoder(server)
	var unwanted json.RawMessage
	for {
		var raw json.RawMessage
		if dec.Decode(&raw) != nil || !p.wait() {
			return
		}
		select {
		case unwanted = <-swallow:
		default:
		}
		var head struct{ ID json.RawMessage }
		_ = json.Unmarshal(raw, &head) // as above
		if unwanted != nil && string(head.ID) == string(unwanted) {
			return
		}
		if _, err := client.Write(raw); err != nil {
			return
		}
	}
}

// write counts a transaction and tells whether it is the one to be cut.
func (p *proxy) write() (cut, after bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	if p.cutAt == 0 {
		return false, false
	}
	p.cutAt--
	return p.cutAt == 0, p.after
}

func (p *proxy) written() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes
}

func (p *proxy) cut(n int, after bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt, p.after = n, after
}

// stall holds every message back; releasing loses those that were held, with
// their connections, so that none comes late.
func (p *proxy) stall() (release func()) {
	p.mu.Lock()
	p.stalled = make(chan struct{})
	p.mu.Unlock()
	return func() {
		p.drop()
		p.mu.Lock()
		close(p.stalled)
		p.stalled = nil
		p.mu.Unlock()
	}
}

// wait reports whether the message may be passed on.
func (p *proxy) wait() bool {
	p.mu.Lock()
	stalled := p.stalled
	p.mu.Unlock()
	if stalled == nil {
		return true
	}
	<-stalled
	return false
}

func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close() // it is to be lost
	}
}
