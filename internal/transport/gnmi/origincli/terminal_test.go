package origincli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/cli"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A server is the other end, played by a test.
type server struct {
	gpb.UnimplementedGNMIServer
	show func(command string, e gpb.Encoding) (*gpb.TypedValue, error)
	set  func(lines []string) error

	mu     sync.Mutex
	asked  []string
	sets   int
	inside int // Gets under way
	most   int
	hold   chan struct{} // Gets wait for it; nil = they do not
}

func (s *server) Capabilities(context.Context, *gpb.CapabilityRequest) (*gpb.CapabilityResponse, error) {
	return &gpb.CapabilityResponse{GNMIVersion: "0.7.0", SupportedEncodings: []gpb.Encoding{gpb.Encoding_JSON, gpb.Encoding_JSON_IETF, gpb.Encoding_ASCII}}, nil
}

func (s *server) Get(ctx context.Context, r *gpb.GetRequest) (*gpb.GetResponse, error) {
	if len(r.Path) != 1 || r.Path[0].GetOrigin() != "cli" || len(r.Path[0].GetElem()) != 1 || len(r.Path[0].Elem[0].Key) > 0 {
		return nil, status.Errorf(codes.InvalidArgument, "%v is no command", r.Path)
	}
	command := r.Path[0].Elem[0].Name
	s.mu.Lock()
	s.asked = append(s.asked, command+" in "+r.Encoding.String())
	s.inside++
	s.most = max(s.most, s.inside)
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.inside--; s.mu.Unlock() }()
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	}
	v, err := s.show(command, r.Encoding)
	if err != nil {
		return nil, err
	}
	n := &gpb.Notification{}
	if v != nil {
		n.Update = append(n.Update, &gpb.Update{Path: r.Path[0], Val: v})
		if strings.HasPrefix(command, "twice") {
			n.Update = append(n.Update, n.Update[0])
		}
	}
	return &gpb.GetResponse{Notification: []*gpb.Notification{n}}, nil
}

func (s *server) Set(_ context.Context, r *gpb.SetRequest) (*gpb.SetResponse, error) {
	s.mu.Lock()
	s.sets++
	s.mu.Unlock()
	var lines []string
	for _, u := range r.Update {
		v, ascii := u.GetVal().GetValue().(*gpb.TypedValue_AsciiVal)
		if u.Path.GetOrigin() != "cli" || len(u.Path.GetElem()) > 0 || !ascii || strings.Contains(v.AsciiVal, "\n") {
			return nil, status.Errorf(codes.InvalidArgument, "%v is no line", u)
		}
		lines = append(lines, v.AsciiVal)
	}
	if len(r.Delete)+len(r.Replace) > 0 {
		return nil, status.Error(codes.InvalidArgument, "lines are updates")
	}
	return &gpb.SetResponse{}, s.set(lines)
}

// dial serves it in plaintext and connects.
func (s *server) dial(t *testing.T) (term *Terminal, end func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	gpb.RegisterGNMIServer(g, s)
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Serve(ln) }()
	end = func() { g.Stop(); <-done }
	t.Cleanup(end)
	host, port, _ := net.SplitHostPort(ln.Addr().String())
	n, _ := strconv.Atoi(port)
	term, err = Open(t.Context(), mirror.Target{Device: mirror.Device{Name: "sw1"},
		Login:     mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("oper-7"), Password: mirror.NewSecret("geheim-5417")},
		Transport: mirror.Transport{Protocol: "gnmi", Address: host, Port: n, Insecure: mirror.InsecurePlaintext}}, gnmi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = term.Close() })
	return term, end
}

func ascii(text string) *gpb.TypedValue {
	return &gpb.TypedValue{Value: &gpb.TypedValue_AsciiVal{AsciiVal: text}}
}

func TestCommandsAreGets(t *testing.T) {
	s := &server{show: func(command string, e gpb.Encoding) (*gpb.TypedValue, error) {
		switch {
		case command == "show nothing":
			return nil, nil
		case command == "show that":
			return nil, status.Error(codes.InvalidArgument, "command 'show that' failed: invalid command")
		case command == "show this":
			return nil, status.Error(codes.Unimplemented, "% Invalid input")
		case e == gpb.Encoding_JSON:
			return &gpb.TypedValue{Value: &gpb.TypedValue_JsonVal{JsonVal: []byte(`{"of":"` + command + `"}`)}}, nil
		}
		return ascii("text of " + command), nil
	}}
	term, _ := s.dial(t)
	trips := 0
	ctx := mirror.WithRoundTrips(t.Context(), func() { trips++ })
	got, err := term.Run(ctx, "show running-config section monitor session", "show version | json", "show interfaces Ethernet3/1/2 status | json", "show nothing", "show that", "show this")
	want := []cli.Reply{
		{Command: "show running-config section monitor session", Text: "text of show running-config section monitor session"},
		{Command: "show version | json", Text: `{"of":"show version"}`},
		{Command: "show interfaces Ethernet3/1/2 status | json", Text: `{"of":"show interfaces Ethernet3/1/2 status"}`},
		{Command: "show nothing"},
		{Command: "show that", Text: "% command 'show that' failed: invalid command"},
		{Command: "show this", Text: "% Invalid input"},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil || trips != 1 {
		t.Errorf("%d round trips, %v (-want +got):\n%s", trips, err, d)
	}
	slices.Sort(s.asked)
	if s.asked[1] != "show nothing in ASCII" || s.asked[5] != "show version in JSON" {
		t.Errorf("%q", s.asked)
	}
}

// TestCommandsAreAskedSeveralAtATime: so many Gets wait at once, and no more.
func TestCommandsAreAskedSeveralAtATime(t *testing.T) {
	s := &server{hold: make(chan struct{}), show: func(string, gpb.Encoding) (*gpb.TypedValue, error) { return ascii("x"), nil }}
	term, _ := s.dial(t)
	var commands []string
	for i := range 3 * atOnce {
		commands = append(commands, fmt.Sprintf("show %d", i))
	}
	done := make(chan error, 1)
	go func() { _, err := term.Run(t.Context(), commands...); done <- err }()
	testkit.Eventually(t, testkit.Patience, "as many Gets as may be under way", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.inside == atOnce })
	close(s.hold)
	if err := <-done; err != nil || s.most != atOnce || len(s.asked) != len(commands) {
		t.Errorf("%d at once, %d in all, %v", s.most, len(s.asked), err)
	}
}

// TestWhatEndsARead: one that cannot go on ends all.
func TestWhatEndsARead(t *testing.T) {
	for name, tc := range map[string]struct {
		answer *gpb.TypedValue
		err    error
		want   error
	}{
		"not let in":  {nil, status.Error(codes.Unauthenticated, "who are you"), mirror.ErrLoginRefused},
		"not allowed": {nil, status.Error(codes.PermissionDenied, "OpenConfig.Get denied"), mirror.ErrAuth},
		"away":        {nil, status.Error(codes.Unavailable, "restarting"), mirror.ErrUnreachable},
		"a number":    {&gpb.TypedValue{Value: &gpb.TypedValue_IntVal{IntVal: 7}}, nil, mirror.ErrParse},
		"twice":       {ascii("x"), nil, mirror.ErrParse},
	} {
		s := &server{show: func(string, gpb.Encoding) (*gpb.TypedValue, error) { return tc.answer, tc.err }}
		term, _ := s.dial(t)
		_, err := term.Run(t.Context(), "twice", "twice more")
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := &server{show: func(string, gpb.Encoding) (*gpb.TypedValue, error) { return ascii("x"), nil }}
	term, end := s.dial(t)
	end()
	if _, err := term.Run(t.Context(), "show version"); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("a server that ended: %v", err)
	}
	if _, err := term.Configure(t.Context(), []cli.Block{{Lines: cli.Lines("x y")}}); !errors.Is(err, mirror.ErrUnreachable) || !errors.Is(err, mirror.ErrNotSent) {
		t.Errorf("a Set to it: %v", err)
	}
}

// TestBlocksAreOneSet: their lines, each as it stands.
func TestBlocksAreOneSet(t *testing.T) {
	var got []string
	s := &server{set: func(lines []string) error { got = lines; return nil }}
	term, _ := s.dial(t)
	blocks := []cli.Block{{Lines: cli.Lines("interface Ethernet47", "   no shutdown")}, {}, {Lines: cli.Lines("monitor session a source Ethernet1 rx")}}
	results, err := term.Configure(t.Context(), blocks)
	if d := cmp.Diff([]string{"interface Ethernet47", "   no shutdown", "monitor session a source Ethernet1 rx"}, got); d != "" || err != nil || s.sets != 1 || len(results) != 3 {
		t.Errorf("%d sets, %d results, %v:\n%s", s.sets, len(results), err, d)
	}
	if results, err := term.Configure(t.Context(), []cli.Block{{}}); err != nil || len(results) != 1 || s.sets != 1 {
		t.Errorf("nothing: %d sets, %v", s.sets, err)
	}
	for name, b := range map[string]cli.Block{"two lines in one": {Lines: cli.Lines("a b\nc d")}, "a way in": {Enter: []string{"configure"}, Lines: cli.Lines("a b")}, "a stay": {Stay: true, Lines: cli.Lines("a b")}} {
		if _, err := term.Configure(t.Context(), []cli.Block{b}); !errors.Is(err, mirror.ErrInvalid) || s.sets != 1 {
			t.Errorf("%s: %d sets, %v", name, s.sets, err)
		}
	}
}

// TestWhoseRefusalItIs: that of the block whose line the device names.
func TestWhoseRefusalItIs(t *testing.T) {
	blocks := []cli.Block{
		{Lines: cli.Lines("ip access-list nm-1", "   10 permit ip any any", "   exit")},
		{Lines: cli.Lines("monitor session nm-1 source Ethernet1 rx", "monitor session nm-1 destination Ethernet47", "no monitor session nm-1 truncate")},
		{Lines: cli.Lines("monitor session nm-1 destination Ethernet4", "monitor session nm-2 source Ethernet1 rx", "no monitor session nm-1 truncate")},
	}
	for words, want := range map[string]string{
		"CLI command 5 of 9 'monitor session nm-1 destination Ethernet47' failed: could not run command": "1 monitor session nm-1 destination Ethernet47",
		"% Invalid input: monitor session nm-1 destination Ethernet4":                                    "2 monitor session nm-1 destination Ethernet4",
		"refused: monitor session nm-1 destination Ethernet4.":                                           "2 monitor session nm-1 destination Ethernet4",
		"monitor session nm-1 destination Ethernet4/1 is none":                                           "",
		"'10 permit ip any any': not here":                                                               "0 10 permit ip any any",
		"'no monitor session nm-1 truncate' is not":                                                      "", // two blocks have it
		"on exit: the commit failed":                                                                     "",
		"% Invalid input":                                                                                "",
		"session nm-1: % Maximum number of sessions":                                                     "",
	} {
		s := &server{set: func([]string) error { return status.Error(codes.Aborted, words) }}
		term, _ := s.dial(t)
		results, err := term.Configure(t.Context(), blocks)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for i, r := range results {
			if r.Err != nil && (!errors.Is(r.Err, mirror.ErrRejected) || !strings.Contains(r.Err.Error(), "answered "+strconv.Quote(words))) {
				t.Errorf("%q: %v", words, r.Err)
			}
			for _, l := range r.Lines {
				if l.Refused {
					got += fmt.Sprintf("%d %s", i, strings.TrimSpace(l.Text))
				}
			}
			if (r.Err != nil) != (want == "" || strings.HasPrefix(want, strconv.Itoa(i))) {
				t.Errorf("%q: block %d: %v", words, i, r.Err)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}

// TestWhatASetIsNotRefusedFor: what is of the account is told of every block, and what is of
// the connection ends the push.
func TestWhatASetIsNotRefusedFor(t *testing.T) {
	for code, want := range map[codes.Code][2]error{
		codes.PermissionDenied: {mirror.ErrAuth, nil},
		codes.Unimplemented:    {mirror.ErrUnsupported, nil},
		codes.Unauthenticated:  {nil, mirror.ErrLoginRefused},
		codes.Unavailable:      {nil, mirror.ErrUnreachable},
	} {
		s := &server{set: func([]string) error { return status.Error(code, "geheim-5417 says no") }}
		term, _ := s.dial(t)
		results, err := term.Configure(t.Context(), []cli.Block{{Lines: cli.Lines("a b")}, {Lines: cli.Lines("c d")}})
		if !errors.Is(err, want[1]) || err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%v: %v", code, err)
		}
		for _, r := range results {
			if !errors.Is(r.Err, want[0]) || strings.Contains(fmt.Sprint(r.Err), "geheim") {
				t.Errorf("%v: %v", code, r.Err)
			}
		}
	}
	if _, err := (&Terminal{}).RunConfirmed(t.Context(), "copy running-config startup-config", nil); !errors.Is(err, mirror.ErrUnsupported) {
		t.Error(err)
	}
}
