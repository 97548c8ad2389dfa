package gnmi

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"github.com/openconfig/gnmi/proto/gnmi_ext"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestTheServerTellsWhatItCan(t *testing.T) {
	c := newSite(t, &server{}).dial(t)
	want := Capabilities{Version: "0.10.0", Encodings: []Encoding{EncodingJSONIETF, EncodingASCII, "44"},
		Models: []Model{{"urn:example:mirroring", "Example", "2024-03-31"}}}
	if got := c.Capabilities(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if !c.Capabilities().Has(EncodingASCII) || c.Capabilities().Has(EncodingProto) {
		t.Error("encodings are misread")
	}
}

func TestGetTellsTypedValues(t *testing.T) {
	s := newSite(t, &server{})
	var asked *gpb.GetRequest
	s.get = func(_ context.Context, r *gpb.GetRequest) (*gpb.GetResponse, error) {
		asked = r
		prefix := MustPath("a:/top").wire()
		leaf := func(name string, v *gpb.TypedValue) *gpb.Update {
			return &gpb.Update{Path: &gpb.Path{Elem: []*gpb.PathElem{{Name: name}}}, Val: v}
		}
		return &gpb.GetResponse{Notification: []*gpb.Notification{{Timestamp: 1e9, Prefix: prefix, Update: []*gpb.Update{
			leaf("ietf", &gpb.TypedValue{Value: &gpb.TypedValue_JsonIetfVal{JsonIetfVal: []byte(`{"a:x":"1"}`)}}),
			leaf("ascii", &gpb.TypedValue{Value: &gpb.TypedValue_AsciiVal{AsciiVal: "text"}}),
			leaf("uint", &gpb.TypedValue{Value: &gpb.TypedValue_UintVal{UintVal: 1 << 63}}),
			leaf("list", &gpb.TypedValue{Value: &gpb.TypedValue_LeaflistVal{LeaflistVal: &gpb.ScalarArray{Element: []*gpb.TypedValue{{Value: &gpb.TypedValue_StringVal{StringVal: "x"}}}}}}),
			{Path: &gpb.Path{Element: []string{"old[k=v/w]"}}, Value: &gpb.Value{Value: []byte("7"), Type: gpb.Encoding_JSON}},
		}, Delete: []*gpb.Path{{Elem: []*gpb.PathElem{{Name: "gone"}}}}}}}, nil
	}
	got, err := s.dial(t).Get(t.Context(), GetRequest{Paths: []Path{MustPath("cli:/show version"), MustPath("/i[name=e/1]")}, Type: State, Encoding: EncodingASCII})
	if err != nil {
		t.Fatal(err)
	}
	want := []Notification{{At: time.Unix(1, 0).UTC(), Deletes: []Path{MustPath("a:/top/gone")}, Updates: []Update{
		{MustPath("a:/top/ietf"), JSONIETF(`{"a:x":"1"}`)}, {MustPath("a:/top/ascii"), ASCII("text")}, {MustPath("a:/top/uint"), uint64(1 << 63)},
		{MustPath("a:/top/list"), []Value{"x"}}, {MustPath("a:/top/old[k=v/w]"), JSON("7")}}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if asked.GetType() != gpb.GetRequest_STATE || asked.GetEncoding() != gpb.Encoding_ASCII || asked.GetPath()[0].GetOrigin() != "cli" ||
		asked.GetPath()[0].GetElem()[0].GetName() != "show version" || asked.GetPath()[1].GetElem()[0].GetKey()["name"] != "e/1" {
		t.Errorf("asked %v", asked)
	}
}

func TestASetIsSentAsGiven(t *testing.T) {
	s := newSite(t, &server{})
	var sent *gpb.SetRequest
	s.set = func(_ context.Context, r *gpb.SetRequest) (*gpb.SetResponse, error) {
		sent = r
		return &gpb.SetResponse{Timestamp: 2e9}, nil
	}
	c := s.dial(t)
	got, err := c.Set(t.Context(), SetRequest{Deletes: []Path{MustPath("/b"), MustPath("/a")},
		Replaces: []Update{{MustPath("/r"), JSONIETF(`{}`)}},
		Updates:  []Update{{MustPath("cli:"), ASCII("interface Ethernet1")}, {MustPath("cli:"), ASCII("shutdown")}, {MustPath("/n"), uint64(3)}},
		Commit:   &Commit{ID: "x1", Action: CommitBegin, Window: time.Minute}})
	if err != nil || !got.At.Equal(time.Unix(2, 0)) {
		t.Fatalf("%v, %v", got, err)
	}
	if d := sent.GetDelete(); len(d) != 2 || d[0].GetElem()[0].GetName() != "b" || d[1].GetElem()[0].GetName() != "a" {
		t.Errorf("deletes %v", d)
	}
	if u := sent.GetUpdate(); len(u) != 3 || u[0].GetVal().GetAsciiVal() != "interface Ethernet1" || u[1].GetVal().GetAsciiVal() != "shutdown" ||
		u[1].GetPath().GetOrigin() != "cli" || len(u[1].GetPath().GetElem()) != 0 || u[2].GetVal().GetUintVal() != 3 {
		t.Errorf("updates %v", u)
	}
	if x := sent.GetExtension()[0].GetCommit(); x.GetId() != "x1" || x.GetCommit().GetRollbackDuration().AsDuration() != time.Minute {
		t.Errorf("extension %v", x)
	}
	for action, is := range map[CommitAction]func(*gnmi_ext.Commit) bool{
		CommitConfirm: func(x *gnmi_ext.Commit) bool { return x.GetConfirm() != nil },
		CommitCancel:  func(x *gnmi_ext.Commit) bool { return x.GetCancel() != nil },
		CommitExtend: func(x *gnmi_ext.Commit) bool {
			return x.GetSetRollbackDuration().GetRollbackDuration().AsDuration() == time.Second
		},
	} {
		window := time.Duration(0)
		if action == CommitExtend {
			window = time.Second
		}
		if _, err := c.Set(t.Context(), SetRequest{Commit: &Commit{ID: "x1", Action: action, Window: window}}); err != nil || !is(sent.GetExtension()[0].GetCommit()) {
			t.Errorf("action %d: %v, sent %v", action, err, sent)
		}
	}
}

func TestRequestsThatCannotBeSent(t *testing.T) {
	s := newSite(t, &server{})
	c := s.dial(t)
	begin := &Commit{ID: "x", Action: CommitBegin}
	for name, r := range map[string]SetRequest{
		"nothing":              {},
		"no JSON":              {Updates: []Update{{MustPath("/a"), JSONIETF(`{`)}}},
		"no value":             {Updates: []Update{{MustPath("/a"), nil}}},
		"a type without form":  {Updates: []Update{{MustPath("/a"), 3}}},
		"no UTF-8":             {Updates: []Update{{MustPath("/a"), ASCII("\xff")}}},
		"an empty name":        {Deletes: []Path{{Elems: []Elem{{}}}}},
		"a commit of nothing":  {Commit: begin},
		"a commit without id":  {Deletes: []Path{{}}, Commit: &Commit{Action: CommitBegin}},
		"confirm with changes": {Deletes: []Path{{}}, Commit: &Commit{ID: "x", Action: CommitConfirm}},
		"extend by nothing":    {Commit: &Commit{ID: "x", Action: CommitExtend}},
	} {
		if _, err := c.Set(t.Context(), r); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Get(t.Context(), GetRequest{Encoding: "XML"}); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("an encoding that is none: %v", err)
	}
	if n := len(s.passwords()); n != 1 {
		t.Errorf("%d requests were sent, want that for the capabilities alone", n)
	}
}

// Every refusal has the kind that its status means, and the device's words.
func TestRefusals(t *testing.T) {
	s := newSite(t, &server{})
	var code codes.Code
	refuse := func() error {
		return status.Errorf(code, "mirror 3: no room (%s, %s)", user, password)
	}
	s.get = func(context.Context, *gpb.GetRequest) (*gpb.GetResponse, error) { return nil, refuse() }
	s.set = func(context.Context, *gpb.SetRequest) (*gpb.SetResponse, error) { return nil, refuse() }
	c := s.dial(t)
	for _, x := range []struct {
		code     codes.Code
		set, get error
	}{
		{codes.InvalidArgument, mirror.ErrRejected, mirror.ErrRejected},
		{codes.FailedPrecondition, mirror.ErrRejected, mirror.ErrRejected},
		{codes.Aborted, mirror.ErrRejected, mirror.ErrRejected},
		{codes.AlreadyExists, mirror.ErrRejected, mirror.ErrRejected},
		{codes.OutOfRange, mirror.ErrRejected, mirror.ErrRejected},
		{codes.ResourceExhausted, mirror.ErrRejected, mirror.ErrRejected},
		{codes.Internal, mirror.ErrRejected, mirror.ErrRejected},
		{codes.Unknown, mirror.ErrRejected, mirror.ErrRejected},
		{codes.NotFound, mirror.ErrRejected, mirror.ErrNotFound},
		{codes.Unauthenticated, mirror.ErrLoginRefused, mirror.ErrLoginRefused},
		{codes.PermissionDenied, mirror.ErrAuth, mirror.ErrAuth},
		{codes.Unimplemented, mirror.ErrUnsupported, mirror.ErrUnsupported},
		{codes.Unavailable, mirror.ErrUnreachable, mirror.ErrUnreachable},
		{codes.DeadlineExceeded, mirror.ErrTimeout, mirror.ErrTimeout},
	} {
		code = x.code
		_, err := c.Set(t.Context(), SetRequest{Deletes: []Path{MustPath("/mirror[id=3]")}})
		checkRefusal(t, "Set", x.code, err, x.set)
		_, err = c.Get(t.Context(), GetRequest{Paths: []Path{MustPath("/mirror[id=3]")}})
		checkRefusal(t, "Get", x.code, err, x.get)
	}
	if c.broken() != nil {
		t.Errorf("the connection is lost: %v", c.broken())
	}
}

func checkRefusal(t *testing.T, verb string, code codes.Code, err, kind error) {
	t.Helper()
	var device *mirror.DeviceError
	if !errors.Is(err, kind) || !errors.As(err, &device) || !strings.Contains(device.Answer, "mirror 3: no room") || !strings.Contains(device.Sent, "/mirror[id=3]") {
		t.Errorf("%s refused with %s: %v, want %v", verb, code, err, kind)
	}
	if errors.Is(err, mirror.ErrLoginRefused) != (code == codes.Unauthenticated) || errors.Is(err, mirror.ErrNotSent) {
		t.Errorf("%s refused with %s is of another kind, too: %v", verb, code, err)
	}
	if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), user) {
		t.Errorf("the login is told: %v", err)
	}
}

// Servers of the first versions refuse in an answer.
func TestRefusalsInsideOfAnAnswer(t *testing.T) {
	s := newSite(t, &server{})
	s.set = func(_ context.Context, r *gpb.SetRequest) (*gpb.SetResponse, error) {
		refused := &gpb.Error{Code: uint32(codes.InvalidArgument), Message: "no such port"}
		if len(r.GetDelete()) > 0 {
			return &gpb.SetResponse{Message: refused}, nil
		}
		return &gpb.SetResponse{Response: []*gpb.UpdateResult{{Op: gpb.UpdateResult_UPDATE}, {Message: refused}}}, nil
	}
	c := s.dial(t)
	for _, r := range []SetRequest{{Deletes: []Path{MustPath("/a")}}, {Updates: []Update{{MustPath("/a"), "x"}}}} {
		var device *mirror.DeviceError
		if _, err := c.Set(t.Context(), r); !errors.As(err, &device) || device.Answer != "no such port" || !errors.Is(err, mirror.ErrRejected) {
			t.Errorf("%v", err)
		}
	}
}

func TestAReplyMayBeTooLong(t *testing.T) {
	s := newSite(t, &server{})
	s.get = func(context.Context, *gpb.GetRequest) (*gpb.GetResponse, error) {
		text := strings.Repeat("x", mirror.MinReplyBytes)
		return &gpb.GetResponse{Notification: []*gpb.Notification{{Update: []*gpb.Update{{Val: &gpb.TypedValue{Value: &gpb.TypedValue_AsciiVal{AsciiVal: text}}}}}}}, nil
	}
	c := s.dial(t, func(t *mirror.Target) { t.Transport.MaxReplyBytes = mirror.MinReplyBytes })
	if _, err := c.Get(t.Context(), GetRequest{}); !errors.Is(err, mirror.ErrParse) || !strings.Contains(err.Error(), "maxReplyBytes") {
		t.Errorf("%v", err)
	}
	if _, err := s.dial(t).Get(t.Context(), GetRequest{}); err != nil {
		t.Errorf("with the usual limit: %v", err)
	}
}

func TestAnAnswerThatCannotBeRead(t *testing.T) {
	s := newSite(t, &server{})
	s.get = func(context.Context, *gpb.GetRequest) (*gpb.GetResponse, error) {
		return &gpb.GetResponse{Notification: []*gpb.Notification{{Update: []*gpb.Update{{Path: MustPath("/a").wire(),
			Val: &gpb.TypedValue{Value: &gpb.TypedValue_JsonIetfVal{JsonIetfVal: []byte(`{"a"`)}}}}}}}, nil
	}
	if _, err := s.dial(t).Get(t.Context(), GetRequest{}); !errors.Is(err, mirror.ErrParse) || !strings.Contains(err.Error(), "value of /a") {
		t.Errorf("%v", err)
	}
}

// Requests end with their time, and with their caller.
func TestRequestsEnd(t *testing.T) {
	s := newSite(t, &server{})
	var waiting sync.WaitGroup
	reached := make(chan struct{}, 4)
	hang := func(ctx context.Context) error {
		waiting.Add(1)
		defer waiting.Done()
		reached <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	s.get = func(ctx context.Context, _ *gpb.GetRequest) (*gpb.GetResponse, error) { return nil, hang(ctx) }
	s.set = func(ctx context.Context, _ *gpb.SetRequest) (*gpb.SetResponse, error) { return nil, hang(ctx) }
	c := s.dial(t, limits(30*time.Millisecond, time.Hour))
	if _, err := c.Get(t.Context(), GetRequest{}); !errors.Is(err, mirror.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("timeouts.read: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.Set(ctx, SetRequest{Deletes: []Path{{}}}); !errors.Is(err, mirror.ErrTimeout) || errors.Is(err, mirror.ErrNotSent) {
		t.Errorf("the caller's deadline: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	<-reached
	<-reached
	go func() { <-reached; cancel() }()
	if _, err := c.Set(ctx, SetRequest{Deletes: []Path{{}}}); !errors.Is(err, context.Canceled) || errors.Is(err, mirror.ErrTimeout) || errors.Is(err, mirror.ErrNotSent) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := c.Get(ctx, GetRequest{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	waiting.Wait() // the server was told
}

// A server that goes away in the middle of a Set leaves it unknown what was done; what
// is asked afterwards was not sent.
func TestAServerRestartedInMidSet(t *testing.T) {
	s := &server{}
	ours := testkit.NewAuthority(t, "ours")
	end := s.serve(t, serverTLS(t, ours, "127.0.0.1"))
	st := &site{server: s, ours: ours}
	st.files.CA = ours.CA
	in := make(chan struct{})
	s.set = func(ctx context.Context, _ *gpb.SetRequest) (*gpb.SetResponse, error) {
		close(in)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c := st.dial(t)
	go func() { <-in; end() }()
	_, err := c.Set(t.Context(), SetRequest{Deletes: []Path{MustPath("/a")}})
	if !errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrNotSent) || errors.Is(err, mirror.ErrRejected) {
		t.Errorf("in the middle: %v", err)
	}
	<-c.Done()
	_, err = c.Set(t.Context(), SetRequest{Deletes: []Path{MustPath("/a")}})
	if !errors.Is(err, mirror.ErrUnreachable) || !errors.Is(err, mirror.ErrNotSent) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestRoundTripsAndSteps(t *testing.T) {
	s := newSite(t, &server{})
	s.get = func(context.Context, *gpb.GetRequest) (*gpb.GetResponse, error) { return &gpb.GetResponse{}, nil }
	var mu sync.Mutex
	var steps []string
	trips := 0
	ctx := mirror.WithSteps(mirror.WithRoundTrips(t.Context(), func() { mu.Lock(); trips++; mu.Unlock() }), func(step string) { mu.Lock(); steps = append(steps, step); mu.Unlock() })
	c, err := Dial(ctx, target(t, s.addr), Options{TLS: s.files})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	before := trips
	if _, err := c.Get(ctx, GetRequest{Paths: []Path{MustPath("/a")}}); err != nil || trips-before != 1 {
		t.Errorf("a Get is %d round trips, %v", trips-before, err)
	}
	want := []string{"connect to " + s.addr, "TLS handshake with " + s.addr, "gNMI Capabilities", "gNMI Get /a"}
	if !reflect.DeepEqual(steps, want) {
		t.Errorf("steps %q", steps)
	}
}

func TestAClosedConnection(t *testing.T) {
	c := newSite(t, &server{}).dial(t)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(t.Context(), GetRequest{}); !errors.Is(err, mirror.ErrUnreachable) || !errors.Is(err, mirror.ErrNotSent) {
		t.Errorf("%v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// A server is told our deadline, and may see it pass a moment before us: the end is that
// of our time all the same, and comes with it.
func TestADeadlineThatAServerSeesFirstIsOurs(t *testing.T) {
	s := newSite(t, &server{})
	s.get = func(context.Context, *gpb.GetRequest) (*gpb.GetResponse, error) {
		return nil, status.Error(codes.DeadlineExceeded, "context deadline exceeded")
	}
	c := s.dial(t)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := c.Get(ctx, GetRequest{}); ctx.Err() == nil || !errors.Is(err, mirror.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("context %v, error %v", ctx.Err(), err)
	}
}
