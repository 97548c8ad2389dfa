package gnmi

import (
	"context"
	"fmt"
	"strings"

	gpb "github.com/openconfig/gnmi/proto/gnmi"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A DataType is which data a Get is about.
type DataType int

// Data types.
const (
	All         DataType = iota
	Config               // what was configured
	State                // what is not configured
	Operational          // state that nothing configured has a part in
)

var dataTypes = map[DataType]gpb.GetRequest_DataType{
	All: gpb.GetRequest_ALL, Config: gpb.GetRequest_CONFIG, State: gpb.GetRequest_STATE, Operational: gpb.GetRequest_OPERATIONAL,
}

// A GetRequest asks for nodes with all that is below them.
type GetRequest struct {
	Paths    []Path
	Type     DataType
	Encoding Encoding // "" = JSON_IETF
}

// Get reads nodes. The notifications are as the server groups them: by path, or all in
// one. An error of the server is a mirror.DeviceError with its words, ErrRejected unless
// it is of another kind: ErrNotFound where it has no such node, ErrAuth where the
// account may not read it, ErrUnsupported. Timeouts.Read bounds it; what the connection
// breaks off is ErrUnreachable, with ErrNotSent where it was lost before. A reply that
// cannot be read, or is longer than MaxReplyBytes, is ErrParse.
func (c *Conn) Get(ctx context.Context, g GetRequest) ([]Notification, error) {
	r := &request{verb: "Get", sent: listed(g.Paths)}
	message, err := g.wire()
	if err != nil {
		return nil, fmt.Errorf("gNMI Get: %w", err)
	}
	var out []Notification
	err = c.ask(ctx, r, c.read, func(ctx context.Context) error {
		answer, err := c.client.Get(ctx, message)
		if err != nil {
			return err
		}
		if e := answer.GetError(); e.GetCode() != 0 { //nolint:staticcheck // old servers send it
			return oldError(e, r)
		}
		for _, n := range answer.GetNotification() {
			one, err := notificationOf(n)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (g GetRequest) wire() (*gpb.GetRequest, error) {
	encoding, err := encodingOr(g.Encoding)
	if err != nil {
		return nil, err
	}
	kind, ok := dataTypes[g.Type]
	if !ok {
		return nil, fmt.Errorf("data type %d is none: %w", g.Type, mirror.ErrInvalid)
	}
	out := &gpb.GetRequest{Type: kind, Encoding: encoding}
	out.Path, err = wirePaths(g.Paths)
	return out, err
}

// encodingOr is an encoding, JSON_IETF where none is named.
func encodingOr(e Encoding) (gpb.Encoding, error) {
	if e == "" {
		e = EncodingJSONIETF
	}
	return e.wire()
}

func wirePaths(paths []Path) ([]*gpb.Path, error) {
	out := make([]*gpb.Path, len(paths))
	for i, p := range paths {
		if err := p.check(); err != nil {
			return nil, err
		}
		out[i] = p.wire()
	}
	return out, nil
}

// listed names paths for people, the first few of many.
func listed(paths []Path) string {
	texts := make([]string, len(paths))
	for i, p := range paths {
		texts[i] = p.String()
	}
	return few(texts)
}

func few(texts []string) string {
	const most = 8
	if more := len(texts) - most; more > 0 {
		texts = append(texts[:most:most], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, ", ")
}
