package gnmi

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
)

// behind has a server be reached through a connection that holds back all that the client
// says from hold on.
func behind(t *testing.T, addr string) (through string, hold func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	held, ended := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	t.Cleanup(func() { _ = ln.Close(); all.Wait() })
	t.Cleanup(func() { close(ended) })
	all.Go(func() {
		client, err := ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", addr)
		if err != nil {
			_ = client.Close()
			return
		}
		all.Go(func() {
			_, _ = io.Copy(client, server)
			_ = client.Close()
		})
		all.Go(func() {
			defer server.Close()
			buf := make([]byte, 4096)
			for {
				n, err := client.Read(buf)
				select {
				case <-held:
					<-ended
					return
				default:
				}
				if _, wrong := server.Write(buf[:n]); err != nil || wrong != nil {
					return
				}
			}
		})
	})
	return ln.Addr().String(), func() { close(held) }
}

// What a switch has of its ports is more than HTTP/2 sends at first. It comes in one round
// trip: without a word of the client between the question and the end of the answer.
func TestALongAnswerWaitsForNobody(t *testing.T) {
	s := newSite(t, &server{})
	through, hold := behind(t, s.addr)
	text := strings.Repeat("x", 2<<20)
	s.get = func(context.Context, *gpb.GetRequest) (*gpb.GetResponse, error) {
		hold()
		return &gpb.GetResponse{Notification: []*gpb.Notification{{Update: []*gpb.Update{{Val: &gpb.TypedValue{Value: &gpb.TypedValue_AsciiVal{AsciiVal: text}}}}}}}, nil
	}
	s.addr = through
	c := s.dial(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	found, err := c.Get(ctx, GetRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := found[0].Updates[0].Value.(ASCII); string(got) != text {
		t.Errorf("it is %.100v", found[0].Updates[0].Value)
	}
}
