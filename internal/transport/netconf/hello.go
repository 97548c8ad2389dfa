package netconf

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Namespaces of the protocol.
const (
	BaseNamespace         = "urn:ietf:params:xml:ns:netconf:base:1.0"
	notificationNamespace = "urn:ietf:params:xml:ns:netconf:notification:1.0"
)

const (
	base10 = "urn:ietf:params:netconf:base:1.0"
	base11 = "urn:ietf:params:netconf:base:1.1"
)

// Names of capabilities for Capabilities.Has (RFC 6241 section 8, RFC 5277).
const (
	WritableRunning   = "writable-running:1.0"
	CandidateConfig   = "candidate:1.0"
	ConfirmedCommit10 = "confirmed-commit:1.0" // bound to the session
	ConfirmedCommit11 = "confirmed-commit:1.1" // with persist and persist-id
	RollbackOnError   = "rollback-on-error:1.0"
	Validate10        = "validate:1.0"
	Validate11        = "validate:1.1"
	StartupConfig     = "startup:1.0"
	Notifications     = "notification:1.0"
)

// A Capability is a URI of a server's hello, and the parameters behind it.
type Capability struct {
	URI    string     // without parameters; the namespace of a module
	Params url.Values // module, revision, features, deviations, basic-mode, ...; nil = none
}

// Capabilities are those of a server's hello, in its order.
type Capabilities []Capability

// Has reports whether a standard capability such as CandidateConfig was announced. Junos
// also writes them below the prefix of the protocol's XML namespace.
func (c Capabilities) Has(name string) bool {
	for _, x := range c {
		for _, prefix := range []string{"urn:ietf:params:netconf:capability:", "urn:ietf:params:xml:ns:netconf:capability:"} {
			if x.URI == prefix+name {
				return true
			}
		}
	}
	return false
}

func (c Capabilities) uri(uri string) bool {
	for _, x := range c {
		if x.URI == uri {
			return true
		}
	}
	return false
}

// ourHello announces what we speak.
func ourHello(only10 bool) []byte {
	text := `<?xml version="1.0" encoding="UTF-8"?><hello xmlns="` + BaseNamespace + `"><capabilities><capability>` + base10 + `</capability>`
	if !only10 {
		text += `<capability>` + base11 + `</capability>`
	}
	return []byte(text + `</capabilities></hello>`)
}

// A hello is a server's.
type hello struct {
	session      uint32
	capabilities Capabilities
}

// parseHello reads a server's hello. A session-id is due (RFC 6241 section 8.1).
func parseHello(message []byte) (hello, error) {
	bad := func(format string, args ...any) (hello, error) {
		return hello{}, badMessage{"hello: " + fmt.Sprintf(format, args...)}
	}
	var read struct {
		XMLName      xml.Name
		Capabilities []string `xml:"capabilities>capability"`
		Session      []string `xml:"session-id"`
	}
	root, err := unmarshal(message, &read)
	if err != nil {
		return bad("%v", err)
	}
	if root != (xml.Name{Space: BaseNamespace, Local: "hello"}) && root != (xml.Name{Local: "hello"}) {
		return bad("the device began with <%s>", root.Local)
	}
	if len(read.Session) != 1 {
		return bad("it has %d session-ids", len(read.Session))
	}
	id, err := strconv.ParseUint(strings.TrimSpace(read.Session[0]), 10, 32)
	if err != nil || id == 0 {
		return bad("%q is no session-id", read.Session[0])
	}
	h := hello{session: uint32(id)}
	for _, text := range read.Capabilities {
		uri, query, _ := strings.Cut(strings.TrimSpace(text), "?")
		x := Capability{URI: uri}
		if query != "" {
			// What is not a query is no reason to refuse a device: nothing is read of it.
			x.Params, _ = url.ParseQuery(query)
		}
		h.capabilities = append(h.capabilities, x)
	}
	return h, nil
}

// chunked reports whether chunks are spoken from the hellos on (RFC 6242 section 4.1).
func (h hello) chunked(only10 bool) (bool, error) {
	switch {
	case !only10 && h.capabilities.uri(base11):
		return true, nil
	case h.capabilities.uri(base10), h.capabilities.uri(BaseNamespace):
		return false, nil
	}
	return false, fmt.Errorf("the device announces no base version of NETCONF that we speak: %w", mirror.ErrUnsupported)
}
