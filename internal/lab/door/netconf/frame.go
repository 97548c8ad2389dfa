package netconf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// mostOctets is how long a message may be.
const mostOctets = 32 << 20

// ending ends a message of base 1.0, and a hello.
var ending = []byte("]]>]]>")

// errFraming: what arrives is no message.
var errFraming = errors.New("bad framing")

// A framer reads and writes messages (RFC 6242, 4).
type framer struct {
	r       *bufio.Reader
	w       io.Writer
	chunked bool
}

// read returns the next message.
func (f *framer) read() ([]byte, error) {
	if f.chunked {
		return f.chunks()
	}
	var b []byte
	for {
		part, err := f.r.ReadSlice('>')
		b = append(b, part...)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) && len(bytes.TrimSpace(b)) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if msg, ok := bytes.CutSuffix(b, ending); ok {
			return msg, nil
		}
		if len(b) > mostOctets {
			return nil, errFraming
		}
	}
}

// chunks reads "\n#N\n" and N octets as often as they come, then "\n##\n".
func (f *framer) chunks() (msg []byte, err error) {
	for {
		if err := f.expect("\n#"); err != nil {
			return nil, err
		}
		head, err := f.r.ReadString('\n')
		switch {
		case err != nil:
			return nil, err
		case head == "#\n" && len(msg) > 0:
			return msg, nil
		}
		n, err := strconv.ParseUint(head[:len(head)-1], 10, 32)
		if err != nil || n == 0 || head[0] == '0' || len(msg)+int(n) > mostOctets {
			return nil, errFraming
		}
		at := len(msg)
		msg = append(msg, make([]byte, n)...)
		if _, err := io.ReadFull(f.r, msg[at:]); err != nil {
			return nil, err
		}
	}
}

func (f *framer) expect(text string) error {
	for i := range text {
		switch b, err := f.r.ReadByte(); {
		case err != nil:
			return err
		case b != text[i]:
			return errFraming
		}
	}
	return nil
}

func (f *framer) write(msg string) error {
	if f.chunked {
		msg = fmt.Sprintf("\n#%d\n%s\n##\n", len(msg), msg)
	} else {
		msg += "\n" + string(ending)
	}
	_, err := io.WriteString(f.w, msg)
	return err
}
