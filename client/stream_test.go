package client_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/client"
)

func TestStreams(t *testing.T) {
	t.Parallel()
	read := func(r io.Reader) (all []client.StreamEvent, last error) {
		for e, err := range client.ReadStream(r) {
			if err != nil {
				return all, err
			}
			all = append(all, e)
		}
		return all, nil
	}
	text := ": hello\n\nid: 7\nevent: Drift\ndata: {\"a\":\ndata: 1}\n\ndata:x\r\nretry: 5\r\n\r\nid: 8\n\ndata: y: z\n\ndata: cut off"
	want := []client.StreamEvent{{ID: "7", Type: "Drift", Data: []byte("{\"a\":\n1}")}, {ID: "7", Type: "message", Data: []byte("x")}, {ID: "8", Type: "message", Data: []byte("y: z")}}
	for name, r := range map[string]io.Reader{"at once": strings.NewReader(text), "octet by octet": iotest.OneByteReader(strings.NewReader(text))} {
		got, err := read(r)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
	broken := io.MultiReader(strings.NewReader("data: x\n\n"), iotest.ErrReader(errors.New("reset")))
	if got, err := read(broken); len(got) != 1 || err == nil || !strings.Contains(err.Error(), "broke off: reset") {
		t.Errorf("%v %v", got, err)
	}
	if _, err := read(strings.NewReader("data: " + strings.Repeat("x", 2<<20))); err == nil {
		t.Error("a line without end was taken")
	}
	for range client.ReadStream(strings.NewReader(text)) {
		break // whoever has seen enough may leave
	}
}
