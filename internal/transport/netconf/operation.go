package netconf

import (
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Datastore is the name of one: Running, Candidate or Startup.
type Datastore string

// The datastores of RFC 6241.
const (
	Running   Datastore = "running"
	Candidate Datastore = "candidate"
	Startup   Datastore = "startup"
)

// An Operation is one RPC. The functions of this package make those of the standard;
// RPC makes a vendor's own.
type Operation struct {
	Name string // for people: "edit-config candidate". It holds no value of a configuration
	Body string // the element inside <rpc>
}

// RPC is a vendor's own operation. name is what errors call it.
func RPC(name, body string) Operation { return Operation{name, body} }

// Get reads configuration and state below subtree filters (RFC 6241 section 6), each an
// XML element; none reads everything.
func Get(filters ...string) Operation {
	return Operation{"get", "<get>" + subtree(filters) + "</get>"}
}

// GetConfig reads a configuration below subtree filters, as Get does.
func GetConfig(from Datastore, filters ...string) Operation {
	return Operation{"get-config " + string(from), fmt.Sprintf("<get-config><source><%s/></source>%s</get-config>", from, subtree(filters))}
}

func subtree(filters []string) string {
	if len(filters) == 0 {
		return ""
	}
	return `<filter type="subtree">` + strings.Join(filters, "") + `</filter>`
}

// An Edit is an edit-config. What is "" is not sent, and is as RFC 6241 section 7.2 says.
type Edit struct {
	Target           Datastore
	DefaultOperation string // merge, replace or none
	TestOption       string // test-then-set, set or test-only; wants :validate
	ErrorOption      string // stop-on-error, continue-on-error or rollback-on-error; the last wants a capability
	Config           string // the elements inside <config>
}

// EditConfig changes a configuration.
func EditConfig(e Edit) Operation {
	var b strings.Builder
	fmt.Fprintf(&b, "<edit-config><target><%s/></target>", e.Target)
	for _, o := range [][2]string{{"default-operation", e.DefaultOperation}, {"test-option", e.TestOption}, {"error-option", e.ErrorOption}} {
		if o[1] != "" {
			fmt.Fprintf(&b, "<%s>%s</%s>", o[0], Escape(o[1]), o[0])
		}
	}
	fmt.Fprintf(&b, `<config>%s</config></edit-config>`, e.Config)
	return Operation{"edit-config " + string(e.Target), b.String()}
}

// Lock locks a datastore for this session. A lock that is held is mirror.ErrBusy, see
// LockOwner and Conn.AcquireLock.
func Lock(target Datastore) Operation {
	return Operation{"lock " + string(target), fmt.Sprintf("<lock><target><%s/></target></lock>", target)}
}

// Unlock gives a lock back.
func Unlock(target Datastore) Operation {
	return Operation{"unlock " + string(target), fmt.Sprintf("<unlock><target><%s/></target></unlock>", target)}
}

// Validate checks a datastore.
func Validate(source Datastore) Operation {
	return Operation{"validate " + string(source), fmt.Sprintf("<validate><source><%s/></source></validate>", source)}
}

// Commit makes the candidate the running configuration. It also confirms a confirmed
// commit that is bound to this session.
func Commit() Operation { return Operation{"commit", "<commit/>"} }

// CommitConfirmed commits for a time, in whole seconds, rounded up; the device takes it
// back unless it is confirmed. With persist it outlives the session (ConfirmedCommit11)
// and is confirmed, or cancelled, by that name from any. persistID is the name of one that
// waits, which this one continues.
func CommitConfirmed(within time.Duration, persist, persistID string) Operation {
	seconds := (within + time.Second - 1) / time.Second
	body := fmt.Sprintf("<commit><confirmed/><confirm-timeout>%d</confirm-timeout>", seconds)
	if persist != "" {
		body += "<persist>" + Escape(persist) + "</persist>"
	}
	if persistID != "" {
		body += "<persist-id>" + Escape(persistID) + "</persist-id>"
	}
	return Operation{"commit confirmed", body + "</commit>"}
}

// Confirm makes a confirmed commit stay. persistID is its name, "" for one that is bound
// to this session.
func Confirm(persistID string) Operation {
	if persistID == "" {
		return Operation{"confirm the commit", "<commit/>"}
	}
	return Operation{"confirm the commit", "<commit><persist-id>" + Escape(persistID) + "</persist-id></commit>"}
}

// CancelCommit takes a confirmed commit back (ConfirmedCommit11). persistID is as for Confirm.
func CancelCommit(persistID string) Operation {
	if persistID == "" {
		return Operation{"cancel-commit", "<cancel-commit/>"}
	}
	return Operation{"cancel-commit", "<cancel-commit><persist-id>" + Escape(persistID) + "</persist-id></cancel-commit>"}
}

// DiscardChanges makes the candidate what is running. It drops everybody's changes: only
// for the holder of its lock.
func DiscardChanges() Operation { return Operation{"discard-changes", "<discard-changes/>"} }

// CreateSubscription asks for notifications of a stream, "" for the device's default
// (RFC 5277); filters are as for Get. They go to Options.OnNotification.
func CreateSubscription(stream string, filters ...string) Operation {
	body := `<create-subscription xmlns="` + notificationNamespace + `">`
	if stream != "" {
		body += "<stream>" + Escape(stream) + "</stream>"
	}
	return Operation{"create-subscription", body + subtree(filters) + "</create-subscription>"}
}

// check refuses what would end in something else than one RPC.
func (o Operation) check() error {
	if strings.Contains(o.Body, string(endOfMessage)) {
		return fmt.Errorf("%s: it holds what ends a message, %q: %w", o.Name, endOfMessage, mirror.ErrInvalid)
	}
	if err := checkElement(o.Body); err != nil {
		return fmt.Errorf("%s: not well-formed: %w: %w", o.Name, mirror.ErrInvalid, err)
	}
	return nil
}

// message is the RPC.
func (o Operation) message(id string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?><rpc xmlns="%s" message-id="%s">%s</rpc>`, BaseNamespace, id, o.Body)
}
