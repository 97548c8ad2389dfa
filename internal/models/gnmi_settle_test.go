package models

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// A server refuses every Set where it is told to.
type server struct {
	gpb.UnimplementedGNMIServer
	refuses atomic.Uint32 // with this code, 0 = it does not
}

func (s *server) Capabilities(context.Context, *gpb.CapabilityRequest) (*gpb.CapabilityResponse, error) {
	return &gpb.CapabilityResponse{GNMIVersion: "0.10.0", SupportedEncodings: []gpb.Encoding{gpb.Encoding_JSON_IETF}}, nil
}

func (s *server) Set(context.Context, *gpb.SetRequest) (*gpb.SetResponse, error) {
	if code := s.refuses.Load(); code > 0 {
		return nil, status.Error(codes.Code(code), "not now")
	}
	return &gpb.SetResponse{}, nil
}

func dialServer(t *testing.T, s *server) *gnmiWire {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g, done := grpc.NewServer(), make(chan struct{})
	gpb.RegisterGNMIServer(g, s)
	go func() { defer close(done); _ = g.Serve(ln) }()
	t.Cleanup(func() { g.Stop(); <-done })
	at := ln.Addr().(*net.TCPAddr)
	target := mirror.Target{Device: mirror.Device{Name: "sw1"}, Transport: mirror.Transport{Protocol: ProtocolGNMI, Address: at.IP.String(), Port: at.Port, Insecure: mirror.InsecurePlaintext}}
	conn, err := gnmi.Dial(t.Context(), target, gnmi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &gnmiWire{conn: conn, encoding: gnmi.EncodingJSONIETF}
}

// A server's refusal means that nothing waits only where this connection does not know
// better.
func TestACommitThatWaitsIsNotForgottenForARefusal(t *testing.T) {
	s := &server{}
	w := dialServer(t, s)
	text := encodeOps([]data.Edit{data.Del(data.Names("m:a"))})
	before := time.Now()
	until, refused, err := w.Push(t.Context(), "nm-1", []string{text}, time.Minute)
	if err != nil || refused != nil || until.Before(before.Add(time.Minute)) || until.After(time.Now().Add(time.Minute)) {
		t.Fatalf("%v %v %v", until, refused, err)
	}
	s.refuses.Store(uint32(codes.Aborted))
	if err := w.Confirm(t.Context(), "nm-0"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
	if err := w.Confirm(t.Context(), "nm-1"); !errors.Is(err, mirror.ErrRejected) || errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("ours: %v", err)
	}
	if waits, err := w.Pending(t.Context()); err != nil || len(waits) != 1 {
		t.Errorf("it waits still: %v %v", waits, err)
	}
	s.refuses.Store(uint32(codes.FailedPrecondition)) // another connection has confirmed it
	if err := w.Abort(t.Context(), "nm-1"); !errors.Is(err, mirror.ErrNotFound) || w.waits != nil {
		t.Errorf("ours, of which the server says that it does not wait: %v", err)
	}
	w.waits = &mirror.Pending{Tx: "nm-1", Until: time.Now()}
	s.refuses.Store(uint32(codes.Aborted))
	if err := w.Abort(t.Context(), "nm-1"); !errors.Is(err, mirror.ErrNotFound) || w.waits != nil {
		t.Errorf("ours, whose time is over: %v", err)
	}
}
