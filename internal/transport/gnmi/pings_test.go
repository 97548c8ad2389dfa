package gnmi

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// frame is one of HTTP/2 (RFC 9113 section 4.1) of the connection as a whole.
func frame(kind byte, payload ...byte) []byte {
	out := []byte{0, byte(len(payload) >> 8), byte(len(payload)), kind, 0, 0, 0, 0, 0}
	return append(out, payload...)
}

// A server that does not bear our keepalives says so as grpc's servers do.
func TestAServerThatBearsNoKeepalives(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		const settings, goAway, calm = 4, 7, 11
		_, _ = conn.Write(frame(settings))
		_, _ = io.ReadFull(conn, make([]byte, 120)) // the preface and the beginning of a request
		why := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 1<<31-1), calm)
		_, _ = conn.Write(frame(goAway, append(why, "too_many_pings"...)...))
	}()
	defer func() { _ = ln.Close(); <-done }()
	err = tried(t, target(t, ln.Addr().String(), insecure(mirror.InsecurePlaintext)), certs.Files{})
	if !errors.Is(err, mirror.ErrProbed) || !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("%v", err)
	}
}

func TestHowLongASubscriptionMayBeSilent(t *testing.T) {
	sample := Subscription{Mode: Sample, Interval: 10}
	for name, c := range map[string]struct {
		request SubscribeRequest
		want    int
	}{
		"changes":                {SubscribeRequest{Subscriptions: []Subscription{{Mode: OnChange}}}, 0},
		"changes with heartbeat": {SubscribeRequest{Subscriptions: []Subscription{{Mode: OnChange, Heartbeat: 30}}}, 31},
		"samples":                {SubscribeRequest{Subscriptions: []Subscription{sample, {Mode: Sample, Interval: 20}}}, 11},
		"samples and changes":    {SubscribeRequest{Subscriptions: []Subscription{{Mode: OnChange}, sample}}, 11},
		"samples that differ":    {SubscribeRequest{Subscriptions: []Subscription{{Mode: Sample, Interval: 10, OnlyChanges: true}}}, 0},
		"once":                   {SubscribeRequest{Once: true, Subscriptions: []Subscription{{}}}, 1},
	} {
		if got := c.request.silence(1); int(got) != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
