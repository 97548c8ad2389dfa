package netconf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/netmirror/netmirror/internal/mirror"
)

// FuzzFrames: whatever arrives, in whatever pieces, gives the same messages, an end or a
// fault with a kind, and no message above the limit; what we frame comes out again.
func FuzzFrames(f *testing.F) {
	for _, s := range []string{"<a/>]]>]]><b/>]]>]]>", "]]>]]]>]]>", "\n#4\n<a/>\n##\n\n#1\na\n#2\nbc\n##\n", "\n#4294967295\na", "\n#0\n", "\n##\n", strings.Repeat("0", 60) + "]]>]]>", "\r\n\n#1\nx\n##\n", "\n#1\nx\n##x"} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	const limit = 64
	read := func(r io.Reader, chunked bool) (out []string, err error) {
		in := &frames{from: r, limit: limit, chunked: chunked}
		for {
			m, err := in.next()
			if err != nil {
				return out, err
			}
			out = append(out, string(m))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, chunked bool) {
		whole, err := read(bytes.NewReader(text), chunked)
		if !errors.Is(err, io.EOF) && !errors.Is(err, mirror.ErrParse) {
			t.Fatalf("%v", err)
		}
		pieces, err2 := read(iotest.OneByteReader(bytes.NewReader(text)), chunked)
		if strings.Join(whole, "\x00") != strings.Join(pieces, "\x00") || len(whole) != len(pieces) || err.Error() != err2.Error() {
			t.Fatalf("%q %v in one, %q %v in pieces", whole, err, pieces, err2)
		}
		for _, m := range whole {
			if len(m) > limit {
				t.Fatalf("%d octets", len(m))
			}
		}
		if n := len(text); n > 0 && n <= limit && (chunked || !bytes.Contains(append(bytes.Clone(text), endOfMessage[:5]...), endOfMessage)) {
			back, _ := read(bytes.NewReader(frame(chunked, text)), chunked)
			if len(back) != 1 || back[0] != string(text) {
				t.Fatalf("%q came back as %q", text, back)
			}
		}
	})
}

// FuzzMessages: whatever a device sends is a message or mirror.ErrParse; a body is
// well-formed by itself, with every namespace declared.
func FuzzMessages(f *testing.F) {
	for _, s := range []string{
		replyTo("1", "<ok/>"), replyTo("1", "<data><a xmlns='urn:a'/></data>"), replyTo("", rpcError("a", "lock-denied", "error", "m", "<session-id>1</session-id>")),
		"<nc:rpc-reply xmlns:nc='" + BaseNamespace + "' xmlns:v='urn:v' message-id='2'><nc:data><v:a v:b='c'/></nc:data></nc:rpc-reply>",
		"<notification xmlns='" + notificationNamespace + "'><eventTime>x</eventTime><a/></notification>", "<!DOCTYPE a><a/>", "<a>", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := parseHello(text); err != nil && !errors.Is(err, mirror.ErrParse) {
			t.Fatal(err)
		}
		m, err := parseMessage(text)
		if err != nil {
			if !errors.Is(err, mirror.ErrParse) {
				t.Fatal(err)
			}
			return
		}
		if len(m.errs) > 0 && refusal("a", "b", m.errs, nil).Error() == "" {
			t.Fatal("no words")
		}
		d := xml.NewDecoder(bytes.NewReader(m.reply.Body))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in the body %s of %s", err, m.reply.Body, text)
			}
		}
	})
}
