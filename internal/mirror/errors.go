package mirror

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The kinds of errors. Test with errors.Is; wrap with what was tried and on
// whom. Two places translate them: the API (to a status) and the engine's
// retry table.
var (
	ErrInvalid        = errors.New("invalid")
	ErrNotFound       = errors.New("not found")
	ErrConflict       = errors.New("conflict")
	ErrPrecondition   = errors.New("precondition failed")
	ErrUnsupported    = errors.New("unsupported")
	ErrOversubscribed = errors.New("oversubscribed")
	ErrUnreachable    = errors.New("unreachable")
	ErrAuth           = errors.New("authentication failed")
	ErrTimeout        = errors.New("timed out")
	ErrRejected       = errors.New("rejected by the device")
	ErrParse          = errors.New("cannot be parsed")
	ErrStorage        = errors.New("the store cannot be written")
	ErrDamaged        = errors.New("the store is damaged")
	ErrChanged        = errors.New("changed on the device meanwhile") // observe again, then retry
	ErrCredentials    = errors.New("credentials cannot be used")      // ours, before anything of them was shown
	ErrHostKey        = errors.New("the host key is not trusted")     // nothing was shown to the server
	ErrHostKeyChanged = fmt.Errorf("host key changed: %w", ErrHostKey)
	ErrLoginRefused   = fmt.Errorf("login refused: %w", ErrAuth) // by the server that saw them
	// ErrInputLost: a command line lost some of what was typed ahead. Typed line
	// by line it may come through.
	ErrInputLost = errors.New("input typed ahead was lost")
	// ErrProbed: the connection ended while a keepalive was out that the device
	// may not bear. Without keepalives it may last.
	ErrProbed = errors.New("the connection ended at a keepalive")
	// ErrNotSent: the connection was gone before any octet of this was sent, or before a
	// candidate that goes with it was committed, so it is known not to have happened. With it stands ErrUnreachable; of a block of a push,
	// ErrChanged: the block is to be pushed again.
	ErrNotSent = errors.New("nothing was sent")
	// ErrPlanStale: what a plan rests on is not as it was when the plan was made.
	ErrPlanStale = errors.New("plan-stale")
	// ErrBusy: the device asks to be asked again later.
	ErrBusy = errors.New("the device is busy")
)

// A Reason is one fault of a request: where, a stable code, a sentence, and
// for a platform's limit the source of it.
type Reason struct {
	Pointer string `json:"pointer,omitempty"` // JSON pointer into the request, RFC 6901
	Code    string `json:"code"`
	Message string `json:"message"`
	Source  string `json:"source,omitempty"`
}

// A Refusal is an error with every reason at once. Kind is one of the Err
// values above.
type Refusal struct {
	Kind    error
	Reasons []Reason
}

// MaxReasons is how many reasons one answer or one line lists; the rest is
// counted. A range of ports alone can be refused for thousands.
const MaxReasons = 100

// CutReasons gives at most MaxReasons of the reasons, and one more that counts
// those left out.
func CutReasons(in []Reason) []Reason {
	n := len(in) - MaxReasons
	if n <= 0 {
		return in
	}
	return append(in[:MaxReasons:MaxReasons], Reason{Code: "more", Message: "and " + grouped(n) + " more"})
}

// grouped writes a count with commas between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Error joins the reasons in one line, at most MaxReasons of them.
func (r *Refusal) Error() string {
	reasons := CutReasons(r.Reasons)
	texts := make([]string, len(reasons))
	for i, x := range reasons {
		texts[i] = x.Message
		if x.Pointer != "" {
			texts[i] = x.Pointer + ": " + x.Message
		}
	}
	return fmt.Sprintf("%v: %s", r.Kind, strings.Join(texts, "; "))
}

// Unwrap gives the kind to errors.Is.
func (r *Refusal) Unwrap() error { return r.Kind }

// Refuse is nil when there are no reasons.
func Refuse(kind error, reasons []Reason) error {
	if len(reasons) == 0 {
		return nil
	}
	return &Refusal{Kind: kind, Reasons: reasons}
}

// A DeviceError quotes a device: what was sent and what it answered, in its
// own words.
type DeviceError struct {
	Device string
	Sent   string // the line or operation that was refused, redacted
	Answer string // the device's words
	Kind   error  // ErrRejected unless said otherwise
}

// Error quotes both sides.
func (e *DeviceError) Error() string {
	who := e.Device
	if who == "" {
		who = "device"
	}
	if e.Sent == "" {
		return fmt.Sprintf("%s answered %q", who, e.Answer)
	}
	return fmt.Sprintf("%s answered %q to %q", who, e.Answer, e.Sent)
}

// Unwrap gives the kind to errors.Is.
func (e *DeviceError) Unwrap() error {
	if e.Kind == nil {
		return ErrRejected
	}
	return e.Kind
}

// Unsupported is a Refusal of the kind ErrUnsupported for one reason.
func Unsupported(format string, args ...any) error {
	return Refuse(ErrUnsupported, []Reason{{Code: "unsupported", Message: fmt.Sprintf(format, args...)}})
}
