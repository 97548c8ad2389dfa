package gnmi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A SubscriptionMode is when a server tells a node.
type SubscriptionMode int

// Modes of subscriptions.
const (
	TargetDefined SubscriptionMode = iota // as the server thinks fit
	OnChange
	Sample // at every Interval
)

var modes = map[SubscriptionMode]gpb.SubscriptionMode{
	TargetDefined: gpb.SubscriptionMode_TARGET_DEFINED, OnChange: gpb.SubscriptionMode_ON_CHANGE, Sample: gpb.SubscriptionMode_SAMPLE,
}

// A Subscription is about a node with all that is below it.
type Subscription struct {
	Path Path
	Mode SubscriptionMode
	// Interval is that of samples; 0 = as often as the server can.
	Interval time.Duration
	// Unchanged samples are left out with OnlyChanges; Heartbeat tells the value all the
	// same at least as often, 0 = never.
	OnlyChanges bool
	Heartbeat   time.Duration
}

// A SubscribeRequest asks to be told of nodes, once all that there is and then what
// changes or is sampled.
type SubscribeRequest struct {
	Subscriptions []Subscription
	Encoding      Encoding // "" = JSON_IETF
	// Once ends it when everything was told once.
	Once bool
	// ChangesOnly leaves out what there is at the beginning.
	ChangesOnly bool
}

// A Message is one of a subscription: a notification, or the word that everything was
// told once.
type Message struct {
	Notification
	Synced bool
}

// Subscribe tells messages as they come, until ctx ends, the loop is left, or an error,
// which is the last that it gives; errors are as of Get. Nothing is read ahead: a server
// whose messages are not taken has to wait. Timeouts.Read bounds the silence before the
// first message, and, where all is sampled or has a heartbeat, that beyond the longest
// interval; between changes a server may be silent for as long as it lives.
func (c *Conn) Subscribe(ctx context.Context, s SubscribeRequest) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		message, err := s.wire()
		if err != nil {
			yield(Message{}, fmt.Errorf("gNMI Subscribe: %w", err))
			return
		}
		r := &request{verb: "Subscribe", sent: s.String()}
		if err := c.begin(ctx, r); err != nil {
			yield(Message{}, err)
			return
		}
		limit, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		f := &feed{conn: c, r: r, silence: s.silence(c.read), cancel: cancel}
		if err := f.run(watch(limit, r), message, yield); err != nil {
			if why := context.Cause(limit); errors.Is(why, errSilent) && ctx.Err() == nil {
				err = fmt.Errorf("gNMI Subscribe at %s: %w", c.server, why)
			} else {
				err = c.failure(ctx, ctx, r, err)
			}
			c.judge(r, err)
			yield(Message{}, err)
		}
	}
}

var errSilent = fmt.Errorf("%w: the server has fallen silent", mirror.ErrTimeout)

// A feed is a subscription under way.
type feed struct {
	conn    *Conn
	r       *request
	silence time.Duration // that is borne after the first message; 0 = any
	cancel  context.CancelCauseFunc
}

// run tells messages until there are no more; nil when nobody wants more, or all was
// told.
func (f *feed) run(ctx context.Context, message *gpb.SubscribeRequest, yield func(Message, error) bool) error {
	patience := time.AfterFunc(f.conn.read, func() { f.cancel(errSilent) })
	defer patience.Stop()
	stream, err := f.conn.client.Subscribe(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(message); err != nil && !errors.Is(err, io.EOF) { // then Recv tells why
		return err
	}
	_ = stream.CloseSend() // Recv tells what it would
	for first := true; ; first = false {
		answer, err := stream.Recv()
		patience.Stop() // nobody waits for the server while its message is dealt with
		if errors.Is(err, io.EOF) {
			return f.ended(message)
		}
		if err != nil {
			return err
		}
		if first {
			f.conn.judge(f.r, nil)
		}
		m, err := messageOf(answer, f.r)
		if err != nil {
			return err
		}
		if !yield(m, nil) {
			return nil
		}
		if f.silence > 0 {
			patience.Reset(f.silence)
		}
	}
}

// errOver is the end of a subscription that should have none.
var errOver = fmt.Errorf("%w: the server ended the subscription", mirror.ErrUnreachable)

func (f *feed) ended(message *gpb.SubscribeRequest) error {
	if message.GetSubscribe().GetMode() == gpb.SubscriptionList_ONCE {
		return nil
	}
	return errOver
}

func messageOf(answer *gpb.SubscribeResponse, r *request) (Message, error) {
	switch x := answer.GetResponse().(type) {
	case *gpb.SubscribeResponse_Update:
		n, err := notificationOf(x.Update)
		return Message{Notification: n}, err
	case *gpb.SubscribeResponse_SyncResponse:
		return Message{Synced: true}, nil
	case *gpb.SubscribeResponse_Error: //nolint:staticcheck // old servers send it
		return Message{}, oldError(x.Error, r) //nolint:staticcheck // as above
	default:
		return Message{}, fmt.Errorf("a message of the type %T is not known: %w", x, mirror.ErrParse)
	}
}

func (s SubscribeRequest) wire() (*gpb.SubscribeRequest, error) {
	encoding, err := encodingOr(s.Encoding)
	if err != nil {
		return nil, err
	}
	if len(s.Subscriptions) == 0 {
		return nil, fmt.Errorf("there is nothing to subscribe to: %w", mirror.ErrInvalid)
	}
	list := &gpb.SubscriptionList{Encoding: encoding, UpdatesOnly: s.ChangesOnly, Mode: gpb.SubscriptionList_STREAM}
	if s.Once {
		list.Mode = gpb.SubscriptionList_ONCE
	}
	for _, one := range s.Subscriptions {
		mode, ok := modes[one.Mode]
		if err := one.Path.check(); err != nil {
			return nil, err
		}
		if !ok || one.Interval < 0 || one.Heartbeat < 0 {
			return nil, fmt.Errorf("subscription to %s: mode, interval or heartbeat is none: %w", one.Path, mirror.ErrInvalid)
		}
		list.Subscription = append(list.Subscription, &gpb.Subscription{Path: one.Path.wire(), Mode: mode,
			SampleInterval: uint64(one.Interval), SuppressRedundant: one.OnlyChanges, HeartbeatInterval: uint64(one.Heartbeat)})
	}
	return &gpb.SubscribeRequest{Request: &gpb.SubscribeRequest_Subscribe{Subscribe: list}}, nil
}

// silence is the longest that a server may say nothing, 0 where there is no bound.
func (s SubscribeRequest) silence(read time.Duration) time.Duration {
	if s.Once {
		return read
	}
	var shortest time.Duration
	for _, one := range s.Subscriptions {
		wait := one.Heartbeat
		if one.Mode == Sample && !one.OnlyChanges {
			wait = one.Interval
		}
		if wait > 0 && (shortest == 0 || wait < shortest) {
			shortest = wait
		}
	}
	if shortest == 0 {
		return 0
	}
	return shortest + read
}

// String names what is subscribed to.
func (s SubscribeRequest) String() string {
	paths := make([]Path, len(s.Subscriptions))
	for i, one := range s.Subscriptions {
		paths[i] = one.Path
	}
	return listed(paths)
}
