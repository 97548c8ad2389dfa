package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/netmirror/netmirror/internal/lab/door"
	"github.com/netmirror/netmirror/internal/ovslab"
)

// printOVSDB writes the rows of a real Open vSwitch, which wants root.
func printOVSDB(ctx context.Context, w *tabwriter.Writer, r time.Duration) error {
	if os.Getuid() != 0 {
		fmt.Fprintln(w, "  openvswitch\tovsdb\tnot measured: it wants root")
		return nil
	}
	y := way{kind: kind{platform: "openvswitch", protocol: "ovsdb", named: map[int]string{}}}
	return y.print(ctx, w, r, y.onOVS)
}

// onOVS measures a real Open vSwitch behind a line of a latency.
func (y way) onOVS(ctx context.Context, r time.Duration) (_ map[string]figure, err error) {
	l, err := ovslab.Start(ctx, "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if y.bridge, err = l.AddBridge(ctx); err != nil {
		return nil, err
	}
	for i, port := range []int{1, 2, 3, 4, 23} {
		h, err := l.AddHost(ctx, y.bridge, "p"+strconv.Itoa(port), fmt.Sprintf("10.20.0.%d/24", i+1))
		if err != nil {
			return nil, err
		}
		y.named[port] = h.Port
	}
	far, err := newLine(ctx, net.JoinHostPort("127.0.0.1", strconv.Itoa(l.TCPPort())), r)
	if err != nil {
		return nil, err
	}
	defer far.close()
	return measureOurs(ctx, y.kind, place{far.ln.Addr().String(), far.meter.WireRoundTrips.Load}, byTransport)
}

// A line leads to a TCP server with a latency and counts round trips.
type line struct {
	ln    net.Listener
	meter door.Meter
	wait  sync.WaitGroup
	stop  context.CancelFunc
}

func newLine(ctx context.Context, to string, r time.Duration) (l *line, err error) {
	l = &line{}
	if l.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	ctx, l.stop = context.WithCancel(ctx)
	l.wait.Go(func() {
		for {
			near, err := l.ln.Accept()
			if err != nil {
				return // closed
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close() // it is seen as lost
				continue
			}
			wire := door.NewWire(near, func() time.Duration { return r }, &l.meter, &l.wait)
			done := context.AfterFunc(ctx, func() { wire.Kill(); _ = far.Close() })
			l.wait.Go(func() { _, _ = io.Copy(far, wire); _ = far.Close() })
			l.wait.Go(func() { _, _ = io.Copy(wire, far); _ = wire.Close(); done() })
		}
	})
	return l, nil
}

func (l *line) close() {
	_ = l.ln.Close()
	l.stop()
	l.wait.Wait()
}
