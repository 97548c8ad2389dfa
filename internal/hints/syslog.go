package hints

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// mostMessage is the longest message that is read, in octets: RFC 5424 section 6.1
	// has receivers take 2048.
	mostMessage = 8 << 10
	mostStreams = 256
	silent      = 15 * time.Minute // a stream that says nothing is closed
)

// priority begins every message, in both forms.
var priority = regexp.MustCompile(`^<(\d{1,3})>`)

// names are the words among which the sender's name is: a header has at most five
// before it (priority and version, or a sequence number, and the time).
func names(message string) []string {
	const header = 8
	words := strings.Fields(priority.ReplaceAllString(message, ""))
	words = words[:min(len(words), header)]
	for i := range words {
		words[i] = strings.Trim(words[i], ":[]*")
	}
	return words
}

// logged takes one message.
func (l *Listener) logged(from netip.Addr, raw []byte) {
	message := strings.ToValidUTF8(strings.TrimRight(string(raw[:min(len(raw), mostMessage)]), "\r\n\x00"), "?")
	p := priority.FindStringSubmatch(message)
	if p == nil {
		return
	}
	if n, err := strconv.Atoi(p[1]); err != nil || n > 191 { // 23 facilities of 8 severities
		return
	}
	for _, d := range l.set.Devices(from, names(message)) {
		if d.Logged != nil && d.Logged(message) {
			l.hint(d, "syslog", from)
		}
	}
}

// streams takes connections.
func (l *Listener) streams(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	room := make(chan struct{}, mostStreams)
	for ctx.Err() == nil {
		c, err := l.tcp.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			pause(ctx, time.Second)
			continue
		}
		select {
		case room <- struct{}{}:
		default: // as many as there may be
			_ = c.Close()
			continue
		}
		all.Go(func() {
			defer func() { <-room }()
			stop := context.AfterFunc(ctx, func() { _ = c.Close() })
			defer stop()
			defer func() { _ = c.Close() }()
			l.stream(c)
		})
	}
}

// stream reads the messages of a connection (RFC 6587): with their length in front, or
// each ended by a newline.
func (l *Listener) stream(c net.Conn) {
	from, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return
	}
	r := bufio.NewReaderSize(c, mostMessage)
	for {
		if c.SetReadDeadline(time.Now().Add(silent)) != nil {
			return
		}
		message, err := next(r)
		if len(message) > 0 {
			l.logged(from.Addr().Unmap(), message)
		}
		if err != nil {
			return
		}
	}
}

// next is one message; io.ErrShortBuffer for one that is too long.
func next(r *bufio.Reader) ([]byte, error) {
	first, err := r.Peek(1)
	if err != nil {
		return nil, err
	}
	if first[0] < '1' || first[0] > '9' {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, io.ErrShortBuffer
		}
		return line, err
	}
	length := 0
	for {
		b, err := r.ReadByte()
		switch {
		case err != nil:
			return nil, err
		case b == ' ':
			message := make([]byte, length)
			_, err := io.ReadFull(r, message)
			return message, err
		case b < '0' || b > '9':
			return nil, io.ErrUnexpectedEOF
		}
		if length = length*10 + int(b-'0'); length > mostMessage {
			return nil, io.ErrShortBuffer
		}
	}
}
