package cli

import (
	"context"
	"errors"

	"github.com/scrapli/scrapligo/transport"
	gossh "golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/transport/ssh"
)

// Modes of checking host keys (mirror.Transport.HostKey).
const (
	HostKeyPin      = ssh.HostKeyPin
	HostKeyStrict   = ssh.HostKeyStrict
	HostKeyInsecure = ssh.HostKeyInsecure
)

// readSize is how much one Read asks for.
const readSize = 32 << 10

// A Transport is a shell on a device over SSH. It satisfies scrapligo's
// transport.Implementation. Read and Write may run at the same time as each
// other and as Close; neither may run twice at once.
type Transport struct {
	*ssh.Stream
	ctx context.Context // bounds Open: the interface has no place for it
	cfg Config
}

var _ transport.Implementation = (*Transport)(nil)

// NewTransport prepares a transport; Open connects it. ctx bounds Open and
// nothing later.
func NewTransport(ctx context.Context, cfg Config) *Transport {
	cfg = cfg.withDefaults()
	return &Transport{Stream: ssh.New(cfg.ssh()), ctx: ctx, cfg: cfg}
}

// Open dials, authenticates and starts the shell, within Timeouts.Open. Its
// argument is ignored: scrapligo's arguments know no host key policy, jump host
// or context. Errors are those of ssh.Stream.Open.
func (t *Transport) Open(*transport.Args) error {
	if err := t.cfg.check(); err != nil {
		return err
	}
	return t.Stream.Open(t.ctx)
}

// ssh is the part of the configuration that is about the connection. RFC 4254
// section 6 allows both requests without a reply, which saves two round trips.
func (c Config) ssh() ssh.Config {
	pty := struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}{Term: "vt100", Columns: terminalColumns, Rows: terminalRows,
		Modes: "\x35\x00\x00\x00\x01\x00"} // ECHO on, end of list (RFC 4254 section 8)
	want := c.Target.Transport.WantReply
	return ssh.Config{Target: c.Target, HostKeys: c.HostKeys, Dial: c.Dial,
		Program: ssh.Program{Name: "open a shell", Requests: []ssh.Request{
			{Type: "pty-req", Payload: gossh.Marshal(pty), WantReply: want}, {Type: "shell", WantReply: want}}},
		Timeouts: ssh.Timeouts{Open: c.Timeouts.Open, Keepalive: c.Timeouts.Keepalive, Reply: c.Timeouts.Reply}}
}

// Read returns what the device sent, at most n bytes, blocking until there is
// something. The end, whatever its reason, is io.EOF, on which scrapligo's own
// channel ends cleanly; Err tells the reason.
func (t *Transport) Read(n int) ([]byte, error) {
	b := make([]byte, n)
	n, err := t.Stream.Read(b)
	return b[:n], err
}

// Write sends b. It can block on a peer that does not read, until Close.
func (t *Transport) Write(b []byte) error {
	_, err := t.Stream.Write(b)
	return err
}

// Err is why the connection ended; nil while it is alive and after Close.
func (t *Transport) Err() error {
	if err := t.Reason(); t.IsAlive() || errors.Is(err, ssh.ErrClosed) {
		return nil
	} else {
		return err
	}
}
