package netconf

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// endOfMessage ends a message of base 1.0, and every hello (RFC 6242 section 4.3).
var endOfMessage = []byte("]]>]]>")

// maxChunk is the largest chunk-size (RFC 6242 section 4.2).
const maxChunk = 1<<32 - 1

// frames cuts what arrives into messages.
type frames struct {
	from    io.Reader
	limit   int  // octets of one message
	chunked bool // base 1.1; set between two messages

	buf  []byte // arrived, not yet taken
	room [32 << 10]byte
}

// fill waits for more. io.EOF is io.ErrUnexpectedEOF in the middle of a message.
func (f *frames) fill() error {
	n, err := f.from.Read(f.room[:])
	f.buf = append(f.buf, f.room[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

// next is the next message, without its framing. mirror.ErrParse is a peer that does
// not keep to the framing, or a message above the limit; anything else is the end.
func (f *frames) next() ([]byte, error) {
	if f.chunked {
		return f.nextChunked()
	}
	for from := 0; ; {
		if i := bytes.Index(f.buf[from:], endOfMessage); i >= 0 && from+i <= f.limit {
			message := bytes.Clone(f.buf[:from+i])
			f.take(from + i + len(endOfMessage))
			return message, nil
		}
		if len(f.buf) >= f.limit+len(endOfMessage) {
			return nil, f.tooLong()
		}
		from = max(0, len(f.buf)-len(endOfMessage)+1)
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
}

// take drops what was read, and gives the memory of a long message back.
func (f *frames) take(n int) {
	f.buf = f.buf[n:]
	if len(f.buf) == 0 {
		f.buf = nil
	}
}

func (f *frames) tooLong() error {
	return fmt.Errorf("the message has more than %d octets (maxReplyBytes): %w", f.limit, mirror.ErrParse)
}

// nextChunked reads chunks up to "\n##\n". Line ends before the first one are passed
// over: some servers print one behind their hello.
func (f *frames) nextChunked() ([]byte, error) {
	for {
		b, err := f.peek(2)
		if err != nil {
			return nil, err
		}
		if b[0] != '\r' && (b[0] != '\n' || b[1] == '#') {
			break
		}
		f.take(1)
	}
	message := []byte{}
	for {
		size, err := f.chunkSize()
		if err != nil || size == 0 {
			return message, err
		}
		if size > f.limit-len(message) {
			return nil, f.tooLong()
		}
		for size > 0 {
			if len(f.buf) == 0 {
				if err := f.fill(); err != nil {
					return nil, err
				}
			}
			n := min(size, len(f.buf))
			message = append(message, f.buf[:n]...)
			f.take(n)
			size -= n
		}
	}
}

// peek waits for n octets and leaves them.
func (f *frames) peek(n int) ([]byte, error) {
	for len(f.buf) < n {
		if err := f.fill(); err != nil {
			return nil, err
		}
	}
	return f.buf[:n], nil
}

// chunkSize reads the head of a chunk; 0 is the end of the message.
func (f *frames) chunkSize() (int, error) {
	const longest = len("\n#4294967295\n")
	for n := 3; n <= longest; n++ {
		b, err := f.peek(n)
		switch {
		case err != nil:
			return 0, err
		case b[0] != '\n' || b[1] != '#':
			return 0, badChunk(b)
		case b[2] == '#' && n == 4:
			if b[3] != '\n' {
				return 0, badChunk(b)
			}
			f.take(n)
			return 0, nil
		case b[2] == '#' && n == 3:
			continue
		case b[n-1] == '\n' && n > 3:
			size, err := strconv.ParseUint(string(b[2:n-1]), 10, 64)
			if err != nil || size > maxChunk {
				return 0, badChunk(b)
			}
			f.take(n)
			return int(size), nil
		case b[n-1] < '0' || b[n-1] > '9' || b[2] == '0':
			return 0, badChunk(b)
		}
	}
	return 0, badChunk(f.buf[:longest])
}

func badChunk(b []byte) error {
	return fmt.Errorf("%q is no head of a chunk (RFC 6242 section 4.2): %w", b, mirror.ErrParse)
}

// frame makes one message ready to be written.
func frame(chunked bool, message []byte) []byte {
	if chunked {
		return fmt.Appendf(nil, "\n#%d\n%s\n##\n", len(message), message)
	}
	return append(bytes.Clone(message), endOfMessage...)
}
