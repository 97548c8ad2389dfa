package gnmi

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	gpb "github.com/openconfig/gnmi/proto/gnmi"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An Encoding is how values are asked for. Its text is that of the specification.
type Encoding string

// Encodings. Servers have numbers of their own as well, which are told as such.
const (
	EncodingJSON     Encoding = "JSON"
	EncodingBytes    Encoding = "BYTES"
	EncodingProto    Encoding = "PROTO"
	EncodingASCII    Encoding = "ASCII"
	EncodingJSONIETF Encoding = "JSON_IETF"
)

// wire is the number of an encoding; ErrInvalid where it has none.
func (e Encoding) wire() (gpb.Encoding, error) {
	n, ok := gpb.Encoding_value[string(e)]
	if !ok {
		return 0, fmt.Errorf("encoding %q is none of gNMI: %w", string(e), mirror.ErrInvalid)
	}
	return gpb.Encoding(n), nil
}

// A Value is a value of a node: JSON, JSONIETF, ASCII, string, int64, uint64, bool,
// float64, []byte (bytes), Proto, or []Value (a leaf-list). Nil is no value, as of an
// update that says only that a node is there.
type Value any

// What JSON stands for a whole sub-tree: in the device's own form, or as RFC 7951 says.
type (
	JSON     json.RawMessage
	JSONIETF json.RawMessage
)

// ASCII is text for people, such as the lines or the output of a command line.
type ASCII string

// Proto is a message of protobuf, of which only the model knows the type.
type Proto []byte

// valueOf is a value as a server tells it.
func valueOf(v *gpb.TypedValue) (Value, error) {
	switch x := v.GetValue().(type) {
	case nil:
		return nil, nil
	case *gpb.TypedValue_JsonVal:
		return JSON(x.JsonVal), valid(x.JsonVal)
	case *gpb.TypedValue_JsonIetfVal:
		return JSONIETF(x.JsonIetfVal), valid(x.JsonIetfVal)
	case *gpb.TypedValue_AsciiVal:
		return ASCII(x.AsciiVal), nil
	case *gpb.TypedValue_StringVal:
		return x.StringVal, nil
	case *gpb.TypedValue_IntVal:
		return x.IntVal, nil
	case *gpb.TypedValue_UintVal:
		return x.UintVal, nil
	case *gpb.TypedValue_BoolVal:
		return x.BoolVal, nil
	case *gpb.TypedValue_BytesVal:
		return x.BytesVal, nil
	case *gpb.TypedValue_DoubleVal:
		return x.DoubleVal, nil
	case *gpb.TypedValue_FloatVal: //nolint:staticcheck // old servers send it
		return float64(x.FloatVal), nil //nolint:staticcheck // as above
	case *gpb.TypedValue_DecimalVal: //nolint:staticcheck // as above
		return decimal(x.DecimalVal.GetDigits(), x.DecimalVal.GetPrecision()), nil //nolint:staticcheck // as above
	case *gpb.TypedValue_ProtoBytes:
		return Proto(x.ProtoBytes), nil
	case *gpb.TypedValue_AnyVal:
		return Proto(x.AnyVal.GetValue()), nil
	case *gpb.TypedValue_LeaflistVal:
		list := make([]Value, len(x.LeaflistVal.GetElement()))
		for i, e := range x.LeaflistVal.GetElement() {
			var err error
			if list[i], err = valueOf(e); err != nil {
				return nil, err
			}
		}
		return list, nil
	default:
		return nil, fmt.Errorf("a value of the type %T is not known: %w", x, mirror.ErrParse)
	}
}

func valid(raw []byte) error {
	if !json.Valid(raw) {
		return fmt.Errorf("%q is no JSON: %w", cut(string(raw)), mirror.ErrParse)
	}
	return nil
}

func decimal(digits int64, precision uint32) float64 {
	f := float64(digits)
	for range min(precision, 400) {
		f /= 10
	}
	return f
}

// wireValue is a value as a server is told it.
func wireValue(v Value) (*gpb.TypedValue, error) {
	switch x := v.(type) {
	case JSON:
		return &gpb.TypedValue{Value: &gpb.TypedValue_JsonVal{JsonVal: x}}, invalid(valid(x))
	case JSONIETF:
		return &gpb.TypedValue{Value: &gpb.TypedValue_JsonIetfVal{JsonIetfVal: x}}, invalid(valid(x))
	case ASCII:
		return &gpb.TypedValue{Value: &gpb.TypedValue_AsciiVal{AsciiVal: string(x)}}, validText(string(x))
	case string:
		return &gpb.TypedValue{Value: &gpb.TypedValue_StringVal{StringVal: x}}, validText(x)
	case int64:
		return &gpb.TypedValue{Value: &gpb.TypedValue_IntVal{IntVal: x}}, nil
	case uint64:
		return &gpb.TypedValue{Value: &gpb.TypedValue_UintVal{UintVal: x}}, nil
	case bool:
		return &gpb.TypedValue{Value: &gpb.TypedValue_BoolVal{BoolVal: x}}, nil
	case []byte:
		return &gpb.TypedValue{Value: &gpb.TypedValue_BytesVal{BytesVal: x}}, nil
	case float64:
		return &gpb.TypedValue{Value: &gpb.TypedValue_DoubleVal{DoubleVal: x}}, nil
	case Proto:
		return &gpb.TypedValue{Value: &gpb.TypedValue_ProtoBytes{ProtoBytes: x}}, nil
	case []Value:
		list := make([]*gpb.TypedValue, len(x))
		for i, e := range x {
			var err error
			if list[i], err = wireValue(e); err != nil {
				return nil, err
			}
		}
		return &gpb.TypedValue{Value: &gpb.TypedValue_LeaflistVal{LeaflistVal: &gpb.ScalarArray{Element: list}}}, nil
	default:
		return nil, fmt.Errorf("a value of the type %T has no form in gNMI: %w", v, mirror.ErrInvalid)
	}
}

func validText(text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("%q is no UTF-8: %w", cut(text), mirror.ErrInvalid)
	}
	return nil
}

// invalid is a fault of what is to be sent rather than of what came.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: it cannot be sent: %w", mirror.ErrInvalid, err)
}

// An Update is a node with its value.
type Update struct {
	Path  Path
	Value Value
}

// A Notification is what a server told at one time. What is deleted was so before the
// updates.
type Notification struct {
	At      time.Time // the server's; zero = not told
	Deletes []Path
	Updates []Update
	Atomic  bool // the updates are all that there is below the notification's prefix
}

func notificationOf(n *gpb.Notification) (Notification, error) {
	out := Notification{Atomic: n.GetAtomic()}
	if n.GetTimestamp() != 0 {
		out.At = time.Unix(0, n.GetTimestamp()).UTC()
	}
	for _, d := range n.GetDelete() {
		p, err := pathOf(n.GetPrefix(), d)
		if err != nil {
			return out, err
		}
		out.Deletes = append(out.Deletes, p)
	}
	for _, u := range n.GetUpdate() {
		p, err := pathOf(n.GetPrefix(), u.GetPath())
		if err != nil {
			return out, err
		}
		v, err := updated(u)
		if err != nil {
			return out, fmt.Errorf("the value of %s: %w", p, err)
		}
		out.Updates = append(out.Updates, Update{Path: p, Value: v})
	}
	return out, nil
}

// updated is the value of an update; servers of the first versions have it in a field
// of its own (value, deprecated since gNMI 0.4.0).
func updated(u *gpb.Update) (Value, error) {
	old := u.GetValue() //nolint:staticcheck // old servers send it
	if u.GetVal() != nil || old == nil {
		return valueOf(u.GetVal())
	}
	switch old.GetType() { //nolint:staticcheck // as above
	case gpb.Encoding_JSON:
		return JSON(old.GetValue()), valid(old.GetValue()) //nolint:staticcheck // as above
	case gpb.Encoding_JSON_IETF:
		return JSONIETF(old.GetValue()), valid(old.GetValue()) //nolint:staticcheck // as above
	case gpb.Encoding_ASCII:
		return ASCII(old.GetValue()), nil //nolint:staticcheck // as above
	}
	return old.GetValue(), nil //nolint:staticcheck // as above
}
