package ovsdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A server is the other end of a connection, played by a test.
type server struct {
	t    *testing.T
	conn net.Conn
	dec  *json.Decoder
}

// request is what the client sent.
type request struct {
	ID     any               `json:"id"`
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
	Result json.RawMessage   `json:"result"`
}

// pair dials a listening test server.
func pair(t *testing.T, o Options) (*Client, *server) {
	t.Helper()
	path := filepath.Join(testkit.Dir(t), "s")
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	c, err := Dial(t.Context(), "unix", path, o)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = conn.Close() })
	return c, &server{t: t, conn: conn, dec: json.NewDecoder(conn)}
}

func (s *server) next() request {
	s.t.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(testkit.Patience))
	var r request
	if err := s.dec.Decode(&r); err != nil {
		s.t.Errorf("server: %v", err)
	}
	return r
}

func (s *server) say(format string, args ...any) {
	s.t.Helper()
	if _, err := fmt.Fprintf(s.conn, format, args...); err != nil {
		s.t.Errorf("server: %v", err)
	}
}

func (s *server) answer(r request, result string) {
	s.t.Helper()
	s.say(`{"id":%q,"result":%s,"error":null}`, r.ID, result)
}

func TestTransactSendsTheTextItIsGiven(t *testing.T) {
	c, s := pair(t, Options{})
	text := "[\"db\",\n {\"op\": \"comment\",  \"comment\":\"<x>\"}]\n"
	done := make(chan error, 1)
	go func() {
		_, _, err := c.TransactText(t.Context(), json.RawMessage(text))
		done <- err
	}()
	var raw []byte
	buf := make([]byte, 4096)
	for !strings.Contains(string(raw), "]\n}") {
		n, err := s.conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, buf[:n]...)
	}
	if want := `{"id":"1","method":"transact","params":` + text + `}`; string(raw) != want {
		t.Errorf("sent %q, want %q", raw, want)
	}
	s.say(`{"id":"1","result":[{}],"error":null}`)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestCallsAreAnsweredInAnyOrder(t *testing.T) {
	c, s := pair(t, Options{})
	const n = 20
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			results, err := c.Transact(t.Context(), "db", Op{Op: "select", Table: fmt.Sprint("T", i), Where: []Cond{}})
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := results[0].Rows[0].String("t"); err != nil || got != fmt.Sprint("T", i) {
				t.Errorf("call %d got the answer of %q (%v)", i, got, err)
			}
		})
	}
	var all []request
	for range n {
		all = append(all, s.next())
	}
	for i := range all {
		r := all[n-1-i]
		var op struct{ Table string }
		if err := json.Unmarshal(r.Params[1], &op); err != nil {
			t.Fatal(err)
		}
		s.answer(r, fmt.Sprintf(`[{"rows":[{"t":%q}]}]`, op.Table))
	}
	wg.Wait()
}

func TestParamsAreNeverNull(t *testing.T) {
	c, s := pair(t, Options{})
	go func() {
		for range 2 {
			r := s.next()
			if r.Params == nil {
				t.Errorf("params of %s are null", r.Method)
			}
			s.answer(r, `["a"]`)
		}
	}()
	if dbs, err := c.ListDbs(t.Context()); err != nil || len(dbs) != 1 {
		t.Errorf("got %v, %v", dbs, err)
	}
	if _, err := c.GetSchema(t.Context(), "db"); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("a list as schema gave %v, want ErrParse", err)
	}
}

func TestErrorsOfTheServer(t *testing.T) {
	c, s := pair(t, Options{})
	go func() {
		s.say(`{"id":%q,"result":null,"error":{"error":"unknown database","details":"no db"}}`, s.next().ID)
	}()
	_, err := c.Transact(t.Context(), "db")
	var refused *mirror.DeviceError
	if !errors.As(err, &refused) || !errors.Is(err, mirror.ErrRejected) || !strings.Contains(refused.Answer, "unknown database") || refused.Sent != "transact" {
		t.Errorf("got %v, want the server's words", err)
	}
	if _, _, err := c.TransactText(t.Context(), json.RawMessage(`{}`)); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("params that are no list: %v, want ErrInvalid", err)
	}
}

func TestEchoIsAnswered(t *testing.T) {
	_, s := pair(t, Options{})
	s.say(`{"id":"echo","method":"echo","params":["x",1]}`)
	if r := s.next(); r.ID != "echo" || string(r.Result) != `["x",1]` {
		t.Errorf("got %+v, want the parameters back", r)
	}
}

func TestMonitorGivesContentsThenChangesInOrder(t *testing.T) {
	c, s := pair(t, Options{})
	got := make(chan string, 10)
	go func() {
		r := s.next()
		if r.Method != "monitor" || string(r.Params[2]) != `{"T":{"columns":["n"]}}` {
			t.Errorf("asked %s %s", r.Method, r.Params)
		}
		// An update right behind the reply must not overtake it.
		s.say(`{"id":%q,"result":{"T":{"u1":{"new":{"n":1}}}},"error":null}`, r.ID)
		s.say(`{"id":null,"method":"update","params":[%s,{"T":{"u1":{"old":{"n":1},"new":{"n":2}}}}]}`, r.Params[1])
		s.say(`{"id":null,"method":"update","params":["another",{"T":{}}]}`)
		s.say(`{"id":null,"method":"locked","params":["x"]}`)
		s.say(`{"id":null,"method":"update","params":[%s,{"T":{"u1":{"old":{"n":2}}}}]}`, r.Params[1])
	}()
	err := c.Monitor(t.Context(), "db", map[string][]string{"T": {"n"}}, func(u Updates) {
		for id, row := range u["T"] {
			got <- fmt.Sprintf("%s %s %s", id, row.Old["n"], row.New["n"])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"u1  1", "u1 1 2", "u1 2 "} {
		if g := <-got; g != want {
			t.Errorf("got %q, want %q", g, want)
		}
	}
}

func TestMonitorThatIsRefused(t *testing.T) {
	c, s := pair(t, Options{})
	go func() {
		s.answer(s.next(), `[1]`)
		s.say(`{"id":%q,"result":null,"error":"unknown table"}`, s.next().ID)
	}()
	if err := c.Monitor(t.Context(), "db", nil, func(Updates) { t.Error("called") }); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("contents that are none: %v, want ErrParse", err)
	}
	if err := c.Monitor(t.Context(), "db", nil, func(Updates) { t.Error("called") }); !errors.Is(err, mirror.ErrRejected) {
		t.Errorf("a refusal: %v, want ErrRejected", err)
	}
}

// lost demands that a call fails as the connection ends, and so do later ones.
func lost(t *testing.T, c *Client, end func()) {
	t.Helper()
	failed := make(chan error, 1)
	go func() {
		_, err := c.ListDbs(t.Context())
		failed <- err
	}()
	end()
	if err := <-failed; !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("the call in flight gave %v, want ErrUnreachable", err)
	}
	<-c.Done()
	if _, err := c.ListDbs(t.Context()); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("a later call gave %v, want ErrUnreachable", err)
	}
	if err := c.Err(); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("Err gave %v, want ErrUnreachable", err)
	}
}

func TestTheEndOfAConnection(t *testing.T) {
	for name, end := range map[string]func(*Client, *server){
		"closed by the server": func(_ *Client, s *server) { _ = s.conn.Close() },
		"closed by us":         func(c *Client, _ *server) { _ = c.Close() },
		"no JSON":              func(_ *Client, s *server) { s.say(`]`) },
		"an update that is none": func(_ *Client, s *server) {
			s.say(`{"method":"update","params":[3],"id":null}`)
		},
		"a message too long": func(_ *Client, s *server) { s.say(`{"id":"%s"`, strings.Repeat("x", 2000)) },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := pair(t, Options{MaxMessage: 1000})
			lost(t, c, func() { s.next(); end(c, s) })
		})
	}
}

func TestManyMessagesMayExceedTheLimitOfOne(t *testing.T) {
	c, s := pair(t, Options{MaxMessage: 2000})
	for range 50 {
		go func() { s.answer(s.next(), `["`+strings.Repeat("x", 900)+`"]`) }()
		if _, err := c.ListDbs(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASilentServerIsProbedAndGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // on its clock no answer comes too late
		near, far := net.Pipe()
		c, s := newClient(near, "a pipe", Options{Probe: 20 * time.Millisecond, MaxMessage: 1000}), &server{t: t, conn: far, dec: json.NewDecoder(far)}
		// It answers the first two probes and then no more.
		for range 2 {
			r := s.next()
			if r.Method != "echo" || r.Params == nil {
				t.Fatalf("got %+v, want an echo", r)
			}
			s.say(`{"id":%q,"result":[],"error":null}`, r.ID)
		}
		_ = far.SetReadDeadline(time.Time{})
		go func() { _, _ = io.Copy(io.Discard, far) }()
		lost(t, c, func() {})
		if err := c.Err(); !strings.Contains(err.Error(), "no answer to an echo") {
			t.Errorf("got %v", err)
		}
		_ = c.Close()
		_ = far.Close()
	})
}

func TestContextsEndCalls(t *testing.T) {
	c, s := pair(t, Options{})
	ctx, expire := testkit.Expiring(t.Context())
	asked := make(chan request, 1)
	go func() { asked <- s.next(); expire() }()
	if _, err := c.ListDbs(ctx); !errors.Is(err, mirror.ErrTimeout) {
		t.Errorf("a deadline gave %v, want ErrTimeout", err)
	}
	late := <-asked
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.ListDbs(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, mirror.ErrTimeout) {
		t.Errorf("a cancelled call gave %v, want Canceled", err)
	}
	// The answer that comes too late is nobody's, and the connection goes on.
	s.answer(late, `["late"]`)
	go func() { s.answer(s.next(), `["now"]`) }()
	if dbs, err := c.ListDbs(t.Context()); err != nil || len(dbs) != 1 || dbs[0] != "now" {
		t.Errorf("got %v, %v", dbs, err)
	}
}

// A server that reads nothing: the write is given up, and with it the
// connection, on which half a message lies.
func TestAWriteThatBlocksIsGivenUp(t *testing.T) {
	c, s := pair(t, Options{Probe: -1})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = s.conn.Read(make([]byte, 1)) // the message has begun
		cancel()
	}()
	_, err := c.Transact(ctx, "db", Op{Op: "comment", Table: strings.Repeat("x", 2<<20)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	select {
	case <-c.Done():
	case <-time.After(testkit.Patience):
		t.Error("the connection lives on with half a message sent")
	}
}

func TestDial(t *testing.T) {
	if _, err := Dial(t.Context(), "unix", filepath.Join(testkit.Dir(t), "none"), Options{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("no socket: %v, want ErrUnreachable", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if _, err := Dial(ctx, "tcp", "127.0.0.1:1", Options{}); !errors.Is(err, mirror.ErrTimeout) {
		t.Errorf("no time: %v, want ErrTimeout", err)
	}
	if _, err := Dial(t.Context(), "tcp", "127.0.0.1:1", Options{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("nobody listens: %v, want ErrUnreachable", err)
	}
}
