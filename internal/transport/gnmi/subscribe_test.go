package gnmi

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/mirror"
)

func told(text string) *gpb.SubscribeResponse {
	return &gpb.SubscribeResponse{Response: &gpb.SubscribeResponse_Update{Update: &gpb.Notification{Update: []*gpb.Update{
		{Path: MustPath("/a").wire(), Val: &gpb.TypedValue{Value: &gpb.TypedValue_StringVal{StringVal: text}}}}}}}
}

var synced = &gpb.SubscribeResponse{Response: &gpb.SubscribeResponse_SyncResponse{SyncResponse: true}}

// sends answers a subscription with messages and then does what end does.
func sends(end func(gpb.GNMI_SubscribeServer) error, messages ...*gpb.SubscribeResponse) func(*gpb.SubscribeRequest, gpb.GNMI_SubscribeServer) error {
	return func(_ *gpb.SubscribeRequest, stream gpb.GNMI_SubscribeServer) error {
		for _, m := range messages {
			if err := stream.Send(m); err != nil {
				return err
			}
		}
		return end(stream)
	}
}

func over0(gpb.GNMI_SubscribeServer) error { return nil }

func waits(s gpb.GNMI_SubscribeServer) error {
	<-s.Context().Done()
	return s.Context().Err()
}

func onChange(paths ...string) SubscribeRequest {
	var s SubscribeRequest
	for _, p := range paths {
		s.Subscriptions = append(s.Subscriptions, Subscription{Path: MustPath(p), Mode: OnChange})
	}
	return s
}

func TestASubscriptionTellsInOrder(t *testing.T) {
	s := newSite(t, &server{})
	var asked *gpb.SubscriptionList
	s.subscribe = func(r *gpb.SubscribeRequest, stream gpb.GNMI_SubscribeServer) error {
		asked = r.GetSubscribe()
		return sends(waits, told("1"), synced, told("2"), told("3"))(r, stream)
	}
	request := SubscribeRequest{Encoding: EncodingJSON, ChangesOnly: true, Subscriptions: []Subscription{
		{Path: MustPath("openconfig:/a[k=v]"), Mode: OnChange, Heartbeat: time.Minute}, {Path: MustPath("/b"), Mode: Sample, Interval: 10 * time.Second, OnlyChanges: true}}}
	var got []string
	for m, err := range s.dial(t).Subscribe(t.Context(), request) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Synced {
			got = append(got, "synced")
			continue
		}
		if got = append(got, m.Updates[0].Value.(string)); len(got) == 4 {
			break // which ends it
		}
	}
	if want := []string{"1", "synced", "2", "3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	one, two := asked.GetSubscription()[0], asked.GetSubscription()[1]
	if asked.GetMode() != gpb.SubscriptionList_STREAM || asked.GetEncoding() != gpb.Encoding_JSON || !asked.GetUpdatesOnly() ||
		one.GetMode() != gpb.SubscriptionMode_ON_CHANGE || one.GetHeartbeatInterval() != uint64(time.Minute) || one.GetPath().GetOrigin() != "openconfig" ||
		two.GetMode() != gpb.SubscriptionMode_SAMPLE || two.GetSampleInterval() != uint64(10*time.Second) || !two.GetSuppressRedundant() {
		t.Errorf("asked %v", asked)
	}
}

func TestASubscriptionOnce(t *testing.T) {
	s := newSite(t, &server{})
	s.subscribe = sends(over0, told("1"), synced)
	request := onChange("/a")
	request.Once = true
	n := 0
	for _, err := range s.dial(t).Subscribe(t.Context(), request) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestHowSubscriptionsEnd(t *testing.T) {
	sampled := SubscribeRequest{Subscriptions: []Subscription{{Path: MustPath("/a"), Mode: Sample, Interval: time.Millisecond}}}
	for name, c := range map[string]struct {
		request SubscribeRequest
		does    func(*gpb.SubscribeRequest, gpb.GNMI_SubscribeServer) error
		kind    error
		words   string
		n       int // messages before
	}{
		"refused": {onChange("/a"), sends(func(gpb.GNMI_SubscribeServer) error { return status.Error(codes.InvalidArgument, "no such path") }), mirror.ErrRejected, "no such path", 0},
		"not served": {onChange("/a"), sends(func(gpb.GNMI_SubscribeServer) error { return status.Error(codes.Unimplemented, "no ON_CHANGE") }),
			mirror.ErrUnsupported, "no ON_CHANGE", 0},
		"refused later":          {onChange("/a"), sends(func(gpb.GNMI_SubscribeServer) error { return status.Error(codes.Aborted, "going down") }, told("1"), synced), mirror.ErrRejected, "going down", 2},
		"ended":                  {onChange("/a"), sends(over0, told("1")), mirror.ErrUnreachable, "ended the subscription", 1},
		"silent from the start":  {onChange("/a"), sends(waits), mirror.ErrTimeout, "fallen silent", 0},
		"samples stay away":      {sampled, sends(waits, told("1")), mirror.ErrTimeout, "fallen silent", 1},
		"an error as an answer":  {onChange("/a"), sends(waits, &gpb.SubscribeResponse{Response: &gpb.SubscribeResponse_Error{Error: &gpb.Error{Code: uint32(codes.InvalidArgument), Message: "old words"}}}), mirror.ErrRejected, "old words", 0},
		"a message that is none": {onChange("/a"), sends(waits, &gpb.SubscribeResponse{}), mirror.ErrParse, "not known", 0},
		"nothing asked":          {SubscribeRequest{}, nil, mirror.ErrInvalid, "nothing to subscribe to", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, &server{subscribe: c.does})
			conn := s.dial(t, limits(100*time.Millisecond, time.Minute))
			n := 0
			var last error
			for _, err := range conn.Subscribe(t.Context(), c.request) {
				if last != nil {
					t.Errorf("more after %v", last)
				}
				if last = err; err == nil {
					n++
				}
			}
			if !errors.Is(last, c.kind) || !strings.Contains(last.Error(), c.words) || n != c.n {
				t.Errorf("%d messages, then %v", n, last)
			}
		})
	}
}

// Between changes a server may be silent for longer than a reply may take.
func TestChangesMayStayAway(t *testing.T) {
	s := newSite(t, &server{})
	quiet := make(chan struct{})
	s.subscribe = sends(func(stream gpb.GNMI_SubscribeServer) error {
		<-quiet
		return stream.Send(told("2"))
	}, told("1"))
	conn := s.dial(t, limits(50*time.Millisecond, time.Minute))
	var got []string
	for m, err := range conn.Subscribe(t.Context(), onChange("/a")) {
		if err != nil {
			if !errors.Is(err, mirror.ErrUnreachable) {
				t.Error(err)
			}
			break
		}
		if got = append(got, m.Updates[0].Value.(string)); len(got) == 1 {
			// Longer than the limit of a reading: the timer is stopped with the first message.
			time.AfterFunc(150*time.Millisecond, func() { close(quiet) })
		}
	}
	if !reflect.DeepEqual(got, []string{"1", "2"}) {
		t.Errorf("got %q", got)
	}
}

func TestASubscriptionEndsWithItsCaller(t *testing.T) {
	s := newSite(t, &server{subscribe: sends(waits, told("1"))})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range s.dial(t).Subscribe(ctx, onChange("/a")) {
		last = err
		cancel()
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("%v", last)
	}
}

// Messages that nobody takes stay at the server.
func TestNothingIsReadAhead(t *testing.T) {
	const octets = 64 << 10
	sent := make(chan int, 1)
	s := newSite(t, &server{})
	stuck := make(chan struct{})
	s.subscribe = func(_ *gpb.SubscribeRequest, stream gpb.GNMI_SubscribeServer) error {
		big := told(strings.Repeat("x", octets))
		for n := 0; ; n++ {
			done := make(chan error, 1)
			go func() { done <- stream.Send(big) }()
			select {
			case err := <-done:
				if err != nil {
					return err
				}
			case <-time.After(300 * time.Millisecond): // nothing moves any more
				sent <- n
				close(stuck)
				return <-done
			}
			if n == 10_000 {
				sent <- n
				close(stuck)
				return nil
			}
		}
	}
	first := true
	for _, err := range s.dial(t).Subscribe(t.Context(), onChange("/a")) {
		if err != nil {
			t.Fatal(err)
		}
		if !first {
			break
		}
		first = false
		<-stuck
	}
	if n := <-sent; n*octets > 64<<20 {
		t.Errorf("the server could send %d messages of %d octets ahead", n, octets)
	}
}

// A connection that breaks ends what is under way over it.
func TestABrokenStream(t *testing.T) {
	s := newSite(t, &server{subscribe: sends(waits, told("1"))})
	conn := s.dial(t)
	var last error
	for _, err := range conn.Subscribe(t.Context(), onChange("/a")) {
		if last = err; err == nil {
			s.grpc.Stop()
		}
	}
	if !errors.Is(last, mirror.ErrUnreachable) || errors.Is(last, mirror.ErrNotSent) {
		t.Errorf("%v", last)
	}
	for _, err := range conn.Subscribe(t.Context(), onChange("/a")) {
		if !errors.Is(err, mirror.ErrNotSent) {
			t.Errorf("afterwards: %v", err)
		}
	}
}
