package console

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A counts is a command line that counts: "count p1", or "count" for all.
type counts struct {
	keeper
	refused map[string]string // replies that are refusals, by command
	sent    []string
}

func (k *counts) Run(ctx context.Context, commands ...string) (out []cli.Reply, err error) {
	for _, c := range commands {
		words, counting := strings.CutPrefix(c, "count")
		if !counting {
			r, err := k.keeper.Run(ctx, c)
			if err != nil {
				return nil, err
			}
			out = append(out, r...)
			continue
		}
		k.sent = append(k.sent, c)
		reply := k.refused[c]
		if reply == "" {
			reply = words
		}
		if words == "" {
			reply = "p1 p2 p3 p9"
		}
		out = append(out, cli.Reply{Command: c, Text: reply})
	}
	return out, nil
}

// A command a port is typed while few of them are asked for, else one for all, and what
// was not asked for is left out. That a port is not there is told of that port; that
// nothing may be seen is an error.
func TestFewCommandsCount(t *testing.T) {
	p := flatPlatform()
	p.Count = &Count{All: "count", One: func(p mirror.PortName) string { return "count " + string(p) },
		Read: func(reply string, now time.Time) (out []mirror.PortCounters, err error) {
			for _, name := range strings.Fields(reply) {
				out = append(out, mirror.PortCounters{Port: mirror.PortName(name), Up: mirror.True, Complete: true, Cleared: &mirror.Span{From: now, To: now}})
			}
			return out, nil
		}}
	d, err := New(p, fstest.MapFS{"cisco_iosxe/classic.tmpl": {Data: []byte(flatTemplate)}})
	if err != nil {
		t.Fatal(err)
	}
	k := &counts{refused: map[string]string{"count p3": "no: such port"}}
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c, err := d.Over(t.Context(), k, mirror.Target{Device: mirror.Device{Name: "sw1"}}, func() time.Time { at = at.Add(time.Second); return at })
	if err != nil {
		t.Fatal(err)
	}
	read := func(ask mirror.CounterAsk) (string, mirror.CounterRead) {
		t.Helper()
		k.sent = nil
		got, err := c.Counters(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(k.sent, ", "), got
	}
	sent, got := read(mirror.CounterAsk{Ports: []mirror.PortName{"p3", "p1", "p1"}})
	want := []mirror.PortCounters{{Port: "p1", Up: mirror.True, Complete: true, Cleared: &mirror.Span{From: got.At.Add(-time.Second), To: got.At}}}
	if diff := cmp.Diff(want, got.Ports); diff != "" || sent != "count p1, count p3" || got.Missing["p3"] != "no: such port" {
		t.Errorf("%s: %+v\n%s", sent, got, diff)
	}
	if sent, got := read(mirror.CounterAsk{All: true}); sent != "count" || len(got.Ports) != 4 {
		t.Errorf("all: %s: %+v", sent, got)
	}
	if sent, got := read(mirror.CounterAsk{Natives: true}); sent != "" || len(got.Ports) != 0 {
		t.Errorf("native sessions: %s: %+v", sent, got)
	}
	ports := func(n int) (out []mirror.Port) {
		for range n {
			out = append(out, mirror.Port{})
		}
		return out
	}
	for known, want := range map[int]string{8: "count", 9: "count p1, count p7"} {
		c.state = &state{observation: mirror.Observation{Ports: ports(known)}}
		if sent, got := read(mirror.CounterAsk{Ports: []mirror.PortName{"p1", "p7"}}); sent != want || known == 8 && (len(got.Ports) != 1 || got.Missing["p7"] == "") {
			t.Errorf("two of %d: %s: %+v", known, sent, got)
		}
	}
	k.refused["count p1"] = "no: authorization"
	var said *mirror.DeviceError
	if _, err := c.Counters(t.Context(), mirror.CounterAsk{Ports: []mirror.PortName{"p1"}}); !errors.Is(err, mirror.ErrRejected) || !errors.As(err, &said) || said.Answer != "no: authorization" {
		t.Errorf("%v", err)
	}
}
