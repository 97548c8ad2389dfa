// Package netconf is a small NETCONF client over SSH (RFC 6241, 6242, and base 1.0 of
// RFC 4741): it exchanges hellos, writes RPCs, several in one write where the caller
// has several, and tells which reply belongs to which. It knows no platform and no data
// model, does not retry and does not log.
//
// # Replies
//
// A reply with an error is an *ErrorReply; it wraps a mirror.DeviceError with the
// device's words, and bears the kind that its error-tag stands for. Errors of the
// severity "warning" are no errors; they are kept with the reply. Junos puts errors one
// level deeper, in <commit-results> and <load-configuration-results>, with an <ok/>
// beside them: an error is one wherever it stands outside of <data>.
//
// # Broken connections
//
// After a reply that did not come in time, a cancelled context, or a message that is not
// what the protocol allows, nobody knows what the device will still say. The connection
// is then closed at once, which also gives back its locks (RFC 6241 section 7.5), and
// every later call fails with mirror.ErrUnreachable; the caller opens a new one.
package netconf
