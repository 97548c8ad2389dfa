package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// newAgent answers requests of version 2c as told; an answer of nil is none.
func newAgent(t *testing.T, answer func(request *gosnmp.SnmpPacket) []byte) int {
	t.Helper()
	l, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 65535)
		for {
			n, from, err := l.ReadFromUDP(buf)
			if err != nil {
				return
			}
			request, err := (&gosnmp.GoSNMP{Version: gosnmp.Version2c}).SnmpDecodePacket(append([]byte(nil), buf[:n]...))
			if err != nil {
				t.Error(err)
				return
			}
			if raw := answer(request); raw != nil {
				_, _ = l.WriteToUDP(raw, from)
			}
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.LocalAddr().(*net.UDPAddr).Port
}

// reply is a response to a request.
func reply(request *gosnmp.SnmpPacket, change func(*gosnmp.SnmpPacket)) []byte {
	out := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: request.Community, PDUType: gosnmp.GetResponse, RequestID: request.RequestID}
	for _, v := range request.Variables {
		out.Variables = append(out.Variables, gosnmp.SnmpPDU{Name: v.Name, Type: gosnmp.TimeTicks, Value: uint32(100)})
	}
	if change != nil {
		change(out)
	}
	raw, err := out.MarshalMsg()
	if err != nil {
		panic(err)
	}
	return raw
}

// opened answers the first question as an agent does, and everything after it as told.
func opened(t *testing.T, answer func(n int, request *gosnmp.SnmpPacket) []byte) *Conn {
	t.Helper()
	n := 0
	port := newAgent(t, func(request *gosnmp.SnmpPacket) []byte {
		n++
		if n == 1 {
			return reply(request, nil)
		}
		return answer(n-1, request)
	})
	return mustOpen(t, target(port, v2c(community), patient))
}

const column = OID("1.3.6.1.2.1.31.1.1.1.6")

// TestNoErrorOfAnAgentIsTakenForAnAnswer: gosnmp gives each of these without an error.
func TestNoErrorOfAnAgentIsTakenForAnAnswer(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		change func(*gosnmp.SnmpPacket)
		kind   error
		says   string
	}{
		"genErr":              {func(p *gosnmp.SnmpPacket) { p.Error, p.ErrorIndex = gosnmp.GenErr, 2 }, mirror.ErrRejected, "genErr at " + string(column.Row(2))},
		"noAccess":            {func(p *gosnmp.SnmpPacket) { p.Error = gosnmp.NoAccess }, mirror.ErrRejected, "noAccess"},
		"authorizationError":  {func(p *gosnmp.SnmpPacket) { p.Error, p.ErrorIndex = gosnmp.AuthorizationError, 99 }, mirror.ErrRejected, "view"},
		"tooBig":              {func(p *gosnmp.SnmpPacket) { p.Error = gosnmp.TooBig }, ErrTooBig, "fit"},
		"another object":      {func(p *gosnmp.SnmpPacket) { p.Variables[1].Name = "." + string(column.Row(3)) }, mirror.ErrParse, "1.6.3 to a question for"},
		"fewer objects":       {func(p *gosnmp.SnmpPacket) { p.Variables = p.Variables[:1] }, mirror.ErrParse, "1 objects to a question for 2"},
		"a request":           {func(p *gosnmp.SnmpPacket) { p.PDUType = gosnmp.SetRequest }, mirror.ErrParse, "SetRequest"},
		"a Report":            {func(p *gosnmp.SnmpPacket) { p.PDUType = gosnmp.Report }, mirror.ErrRejected, "Report"},
		"walk of genErr":      {nil, mirror.ErrRejected, "genErr"},
		"walk without an end": {nil, mirror.ErrParse, "no end"},
	} {
		t.Run(name, func(t *testing.T) {
			conn := opened(t, func(n int, request *gosnmp.SnmpPacket) []byte {
				if c.change != nil {
					return reply(request, c.change)
				}
				return reply(request, func(p *gosnmp.SnmpPacket) {
					p.Variables[0].Name = "." + string(column.Row(1))
					if name == "walk of genErr" && n == 2 {
						p.Error = gosnmp.GenErr
					}
				})
			})
			var err error
			if c.change != nil {
				var got []Variable
				if got, err = conn.Get(ctx, column.Row(1), column.Row(2)); got != nil {
					t.Errorf("%v beside the error", got)
				}
			} else {
				var rows [][]Row
				if rows, err = conn.Walk(ctx, column); rows != nil {
					t.Errorf("a part of the table beside the error: %v", rows)
				}
			}
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v; want %v, %q", err, c.kind, c.says)
			}
			if c.kind != ErrTooBig && errors.Is(err, ErrTooBig) {
				t.Error(err)
			}
		})
	}
}

// TestAWalkAsksForLessWhereItIsTooMuch, and takes answers that are cut anywhere.
func TestAWalkAsksForLessWhereItIsTooMuch(t *testing.T) {
	const rows, cut = 50, 5
	second := OID("1.3.6.1.2.1.31.1.1.1.7")
	var sizes sync.Map
	conn := opened(t, func(_ int, request *gosnmp.SnmpPacket) []byte {
		sizes.Store(request.MaxRepetitions, true)
		if request.MaxRepetitions > 3 {
			return reply(request, func(p *gosnmp.SnmpPacket) { p.Error = gosnmp.TooBig })
		}
		return reply(request, func(p *gosnmp.SnmpPacket) {
			p.Variables = nil
			for r := range int(request.MaxRepetitions) {
				for _, v := range request.Variables {
					name := OID(strings.TrimPrefix(v.Name, "."))
					root := column
					if _, below := second.Below(name); below || name == second {
						root = second
					}
					index := uint32(0)
					if rest, below := root.Below(name); below {
						index, _ = rest.Index()
					}
					if index += uint32(r) + 1; index > rows {
						p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: v.Name, Type: gosnmp.EndOfMibView})
						continue
					}
					p.Variables = append(p.Variables, gosnmp.SnmpPDU{Name: "." + string(root.Row(index)), Type: gosnmp.Counter64, Value: uint64(index)})
				}
			}
			p.Variables = p.Variables[:min(cut, len(p.Variables))]
		})
	})
	got, err := conn.Walk(context.Background(), column, second)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if len(got[i]) != rows {
			t.Fatalf("column %d has %d rows", i, len(got[i]))
		}
		for n, r := range got[i] {
			if r.Index != OID(fmt.Sprint(n+1)) || r.Number != uint64(n+1) || r.Kind != Counter64 {
				t.Errorf("column %d, row %d: %+v", i, n, r)
			}
		}
	}
	for _, repetitions := range []uint32{12, 3} {
		if _, asked := sizes.Load(repetitions); !asked {
			t.Errorf("nothing was asked with %d repetitions", repetitions)
		}
	}
}

// TestAWalkIsNoMoreThanCanBeHeld: a table whose every text fills a datagram is none.
func TestAWalkIsNoMoreThanCanBeHeld(t *testing.T) {
	filled := strings.Repeat("x", 60_000)
	conn := opened(t, func(n int, request *gosnmp.SnmpPacket) []byte {
		return reply(request, func(p *gosnmp.SnmpPacket) {
			p.Variables[0] = gosnmp.SnmpPDU{Name: "." + string(column.Row(uint32(n))), Type: gosnmp.OctetString, Value: filled}
			if n == 2*maxText/len(filled) { // it has an end
				p.Variables[0] = gosnmp.SnmpPDU{Name: "." + string(column), Type: gosnmp.EndOfMibView}
			}
		})
	})
	if rows, err := conn.Walk(context.Background(), column); !errors.Is(err, mirror.ErrParse) || rows != nil || !strings.Contains(err.Error(), "16 MiB") {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// TestACancelledRequestEndsAtOnce, long before its own time.
func TestACancelledRequestEndsAtOnce(t *testing.T) {
	asked := make(chan bool, 100)
	conn := opened(t, func(int, *gosnmp.SnmpPacket) []byte { asked <- true; return nil })
	conn.snmp.Timeout = time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-asked; cancel() }()
	if _, err := conn.Get(ctx, sysUpTime); !errors.Is(err, mirror.ErrUnreachable) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := conn.Get(ctx, sysUpTime); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	ctx, cancel = context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := conn.Get(ctx, sysUpTime); !errors.Is(err, mirror.ErrTimeout) {
		t.Errorf("out of time: %v", err)
	}
	go func() { <-asked; _ = conn.Close() }()
	if _, err := conn.Get(context.Background(), sysUpTime); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("closed: %v", err)
	}
}

// TestALateAnswerIsNotTakenForTheNext.
func TestALateAnswerIsNotTakenForTheNext(t *testing.T) {
	var late []byte
	ctx, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	conn := opened(t, func(n int, request *gosnmp.SnmpPacket) []byte {
		value := func(v uint32) []byte {
			return reply(request, func(p *gosnmp.SnmpPacket) { p.Variables[0].Value = v })
		}
		switch n {
		case 1:
			late = value(111)
			giveUp()
			return nil
		case 2:
			return late // of the request before, which was given up
		}
		return value(333)
	})
	if _, err := conn.Get(ctx, sysUpTime); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	conn.snmp.Timeout = 100 * time.Millisecond // so that it is sent again soon
	conn.snmp.Retries = 1000
	if got, err := conn.Get(context.Background(), sysUpTime); err != nil || got[0].Number != 333 {
		t.Errorf("%+v %v", got, err)
	}
}

// gate notes what is entered and how it ended.
type gate struct {
	server  string
	outcome error
	left    bool
	shut    error
}

func (g *gate) Enter(_ context.Context, _ mirror.Login, server string) (func(error), error) {
	if g.shut != nil {
		return nil, g.shut
	}
	g.server = server
	return func(err error) { g.outcome, g.left = err, true }, nil
}

func TestALoginIsShownWhereItMayBe(t *testing.T) {
	var asked atomic.Bool
	port := newAgent(t, func(request *gosnmp.SnmpPacket) []byte { asked.Store(true); return reply(request, nil) })
	to := func(change func(*mirror.Target)) mirror.Target {
		out := target(port, v2c(community), patient)
		change(&out)
		return out
	}
	paused := &mirror.CredentialsError{Profile: "counters", Reason: "CredentialsPaused", Why: "paused"}
	for name, c := range map[string]struct {
		target mirror.Target
		kind   error
		says   string
	}{
		"bound elsewhere": {to(func(t *mirror.Target) { t.For = mirror.Bindings{"192.0.2.0/24"} }), mirror.ErrCredentials, "may not be shown to 127.0.0.1"},
		"paused":          {to(func(t *mirror.Target) { t.Gate = &gate{shut: paused} }), mirror.ErrCredentials, "paused"},
		"no profile":      {to(func(t *mirror.Target) { t.Login = mirror.Login{} }), mirror.ErrInvalid, "no credentials profile"},
		"a login":         {to(func(t *mirror.Target) { t.SNMP = mirror.SNMPLogin{} }), mirror.ErrCredentials, "holds a login"},
		"unknown digest":  {to(func(t *mirror.Target) { t.SNMP = v3("u", "rot13", "") }), mirror.ErrCredentials, "authentication protocol"},
		"unknown cipher":  {to(func(t *mirror.Target) { t.SNMP = v3("u", "sha", "rot13") }), mirror.ErrCredentials, "privacy protocol"},
		"jump host": {to(func(t *mirror.Target) {
			t.Transport.JumpHost.Address, t.Transport.TypeAhead, t.Transport.TLS = "bastion", "off", true
		}), mirror.ErrInvalid, "/jumpHost: a jump host is not served over SNMP; /tls: SNMP over TLS is not served; /typeAhead"},
	} {
		if _, err := open(t, c.target); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %v, %q", name, err, c.kind, c.says)
		}
	}
	if asked.Load() {
		t.Error("something was sent")
	}
	g := &gate{}
	c := mustOpen(t, to(func(t *mirror.Target) { t.Gate, t.For = g, mirror.Bindings{"127.0.0.0/8"} }))
	if g.outcome != nil || !g.left || g.server != fmt.Sprintf("127.0.0.1:%d", port) {
		t.Errorf("the gate was told %+v", g)
	}
	if s := c.Stats(); s.Sent != 1 || s.Received != 1 || s.Octets == 0 {
		t.Errorf("%+v", s)
	}
}

// FuzzAnswers: whatever a datagram holds, a request ends with the answer to it or an
// error of a kind, and a walk ends.
func FuzzAnswers(f *testing.F) {
	example := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: community, RequestID: 1, Variables: []gosnmp.SnmpPDU{{Name: "." + string(column.Row(1)), Type: gosnmp.Null}}}
	f.Add(reply(example, nil), false)
	f.Add(reply(example, func(p *gosnmp.SnmpPacket) { p.Error = gosnmp.GenErr }), true)
	f.Add(reply(example, func(p *gosnmp.SnmpPacket) {
		p.Variables[0] = gosnmp.SnmpPDU{Name: ".1.3", Type: gosnmp.OctetString, Value: []byte("x")}
	}), false)
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, true)
	f.Fuzz(func(t *testing.T, datagram []byte, three bool) {
		l := v2c(community)
		if three {
			l = v3("CANARY-user", "sha256", "aes128")
		}
		c := &Conn{target: target(161, l, time.Second), wait: time.Second, turn: make(chan struct{}, 1)}
		if err := c.dial(context.Background(), l); err != nil {
			t.Fatal(err)
		}
		_ = c.sock.Conn.Close()
		c.sock.Conn = &canned{datagram: datagram}
		c.snmp.SetRequestID(0) // the answers' is 1
		if got, err := c.Get(context.Background(), column.Row(1)); (err == nil) == (got == nil) || err != nil && !kind(err) {
			t.Errorf("%v %v", got, err)
		} else if err != nil && strings.Contains(err.Error(), "CANARY") {
			t.Error(err)
		}
		c.snmp.SetRequestID(0)
		if got, err := c.Walk(context.Background(), column); (err == nil) == (got == nil) || err != nil && !kind(err) {
			t.Errorf("%v %v", got, err)
		}
	})
}

func kind(err error) bool {
	for _, k := range []error{mirror.ErrUnreachable, mirror.ErrTimeout, mirror.ErrParse, mirror.ErrRejected, mirror.ErrAuth, mirror.ErrUnsupported} {
		if errors.Is(err, k) {
			return true
		}
	}
	return false
}

// canned answers everything with one datagram, and after some time nothing.
type canned struct {
	datagram []byte
	reads    int
}

func (c *canned) Read(b []byte) (int, error) {
	if c.reads++; c.reads > 200 {
		return 0, &net.OpError{Op: "read", Err: timedOut{}}
	}
	return copy(b, c.datagram), nil
}
func (c *canned) Write(b []byte) (int, error)      { return len(b), nil }
func (c *canned) Close() error                     { return nil }
func (c *canned) LocalAddr() net.Addr              { return nil }
func (c *canned) RemoteAddr() net.Addr             { return nil }
func (c *canned) SetDeadline(time.Time) error      { return nil }
func (c *canned) SetReadDeadline(time.Time) error  { return nil }
func (c *canned) SetWriteDeadline(time.Time) error { return nil }

type timedOut struct{}

func (timedOut) Error() string   { return "i/o timeout" }
func (timedOut) Timeout() bool   { return true }
func (timedOut) Temporary() bool { return true }
