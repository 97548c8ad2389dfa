package snmp

import "github.com/netmirror/netmirror/internal/lab/mib"

// The versions of messages, as they are on the wire.
const (
	version2c = 1
	version3  = 3
)

// The kinds of PDUs.
const (
	get      = 0xa0
	getNext  = 0xa1
	response = 0xa2
	set      = 0xa3
	getBulk  = 0xa5
	report   = 0xa8
)

// A message is one that came: of version 2c with a community, of version 3 with the
// header of RFC 3412 and the parameters of RFC 3414.
type message struct {
	version   int64
	community string
	pdu       pdu

	id, maxSize, model         int64
	flags                      byte
	engine                     string
	boots, time                int64
	user, digest, salt         string
	digestAt                   int // in the octets of the message
	scoped                     []byte
	contextEngine, contextName string
}

// The flags of a message of version 3.
const (
	authenticated = 1 << iota
	private
	reportable
)

// A pdu is a request or a response. Status and index are of a GETBULK the numbers of
// those that are not repeated, and of repetitions.
type pdu struct {
	kind          byte
	id            int64
	status, index int64
	bindings      []mib.Binding
}

// decode reads a message, of version 3 as far as it is not secret: scoped is left.
func decode(raw []byte) (m message, err error) {
	outer := &reader{left: raw}
	r := outer.within(sequence)
	switch m.version = r.number(); m.version {
	case version2c:
		m.community = r.text()
		m.pdu = r.pdu()
		return m, r.end()
	case version3:
		head := r.within(sequence)
		m.id, m.maxSize = head.number(), head.number()
		if flags := head.text(); len(flags) == 1 {
			m.flags = flags[0]
		}
		m.model = head.number()
		if err := head.end(); err != nil {
			return m, err
		}
		m.security(raw, r.take(byte(mib.Octets)), r)
		m.scoped = r.left
		return m, r.err
	}
	return m, errEncoding
}

// security reads the parameters of the user-based model.
func (m *message) security(raw, parameters []byte, outer *reader) {
	r := (&reader{left: parameters, err: outer.err}).within(sequence)
	m.engine, m.boots, m.time, m.user = r.text(), r.number(), r.number(), r.text()
	digest := r.take(byte(mib.Octets))
	m.digest, m.salt = string(digest), r.text()
	if m.digestAt = cap(raw) - cap(digest); r.end() != nil {
		outer.fail()
	}
}

// scope reads the scoped PDU of version 3 in clear. What is encrypted is padded: octets
// behind it are no error.
func (m *message) scope(clear []byte) error {
	outer := &reader{left: clear}
	r := outer.within(sequence)
	m.contextEngine, m.contextName = r.text(), r.text()
	m.pdu = r.pdu()
	return r.end()
}

func (r *reader) pdu() (p pdu) {
	kind, content := r.any()
	in := &reader{left: content, err: r.err}
	p.kind, p.id, p.status, p.index = kind, in.number(), in.number(), in.number()
	list := in.within(sequence)
	for list.err == nil && len(list.left) > 0 {
		one := list.within(sequence)
		name, ok := decodeOID(one.take(byte(mib.ObjectID)))
		tag, content := one.any()
		value, known := decodeValue(tag, content)
		if one.end() != nil || !ok || !known {
			list.fail()
		}
		p.bindings = append(p.bindings, mib.Binding{Name: name, Value: value})
	}
	if list.err != nil || in.end() != nil {
		r.fail()
	}
	return p
}

func (p pdu) encode() []byte {
	var list []byte
	for _, b := range p.bindings {
		list = append(list, enclose(sequence, encodeOID(b.Name), encodeValue(b.Value))...)
	}
	return enclose(p.kind, integer(p.id), integer(p.status), integer(p.index), enclose(sequence, list))
}
