package snmp

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"slices"
	"sync"

	"github.com/netmirror/netmirror/internal/lab/mib"
)

// A User is one of version 3 (RFC 3414, RFC 7860, RFC 3826).
type User struct {
	Name     string
	Protocol string // of authentication: sha, sha224, sha256, sha384, sha512
	Password string
	// Privacy is the password of AES with 128 bits; empty = messages are not encrypted.
	Privacy string
	Write   bool

	keys map[string][2][]byte // by engine; under mu
	mu   sync.Mutex
}

type digester struct {
	new  func() hash.Hash
	sent int // octets of a digest that are sent
}

var digesters = map[string]digester{"sha": {sha1.New, 12}, "sha224": {sha256.New224, 16}, "sha256": {sha256.New, 24}, "sha384": {sha512.New384, 32}, "sha512": {sha512.New, 48}}

// Protocols are the names of what a User's Protocol may be.
func Protocols() []string {
	var out []string
	for name := range digesters {
		out = append(out, name)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return out
}

// localized are the keys for an engine: of digests and of privacy.
func (u *User) localized(engine, spoil string) (auth, privacy []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	k, known := u.keys[engine+spoil]
	if !known {
		d := digesters[u.Protocol]
		k = [2][]byte{d.key(u.Password+spoil, engine), d.key(u.Privacy+spoil, engine)[:16]}
		if u.keys == nil {
			u.keys = map[string][2][]byte{}
		}
		u.keys[engine+spoil] = k
	}
	return k[0], k[1]
}

// key is RFC 3414, appendix A.2: the password, repeated to a megabyte, and the engine.
func (d digester) key(password, engine string) []byte {
	h := d.new()
	if password != "" {
		block := make([]byte, 0, 64+len(password))
		for len(block) < 64 {
			block = append(block, password...)
		}
		for left := 1 << 20; left > 0; {
			// Whole passwords follow each other: a block ends where one ends.
			n := min(left, len(block))
			h.Write(block[:n])
			left -= n
		}
	}
	ku := h.Sum(nil)
	h = d.new()
	h.Write(ku)
	h.Write([]byte(engine))
	h.Write(ku)
	return h.Sum(nil)
}

// digest is what a message with zeros in place of it is signed with.
func (d digester) digest(key, raw []byte) []byte {
	mac := hmac.New(d.new, key)
	mac.Write(raw)
	return mac.Sum(nil)[:d.sent]
}

// window is how far a message's clock may be from the engine's, in seconds.
const window = 150

// The counters of RFC 3414 and RFC 3412 that reports name.
var (
	unsupportedLevels  = mib.Must("1.3.6.1.6.3.15.1.1.1.0")
	notInTimeWindow    = mib.Must("1.3.6.1.6.3.15.1.1.2.0")
	unknownUser        = mib.Must("1.3.6.1.6.3.15.1.1.3.0")
	unknownEngine      = mib.Must("1.3.6.1.6.3.15.1.1.4.0")
	wrongDigest        = mib.Must("1.3.6.1.6.3.15.1.1.5.0")
	decryptionError    = mib.Must("1.3.6.1.6.3.15.1.1.6.0")
	unknownPDUHandlers = mib.Must("1.3.6.1.6.3.11.2.1.3.0")
	unknownContext     = mib.Must("1.3.6.1.6.3.12.1.5.0")
)

// answer3 is RFC 3414 section 3.2 and what follows from it.
func (s *Server) answer3(m message, raw []byte) (out []byte, kind byte) {
	if m.model != 3 || m.flags&private != 0 && m.flags&authenticated == 0 {
		return nil, 0
	}
	trouble := s.host.Trouble()
	own := s.host.Engine()
	to := reply{m: m, engine: own}
	if m.engine != own.ID {
		return s.report(to, unknownEngine), report
	}
	i := slices.IndexFunc(s.set.Users, func(u *User) bool { return u.Name == m.user })
	if i < 0 {
		return s.report(to, unknownUser), report
	}
	u := s.set.Users[i]
	to.user, to.spoil = u, map[bool]string{true: "wrong"}[trouble.OtherPasswords]
	auth, privacy := u.localized(own.ID, to.spoil)
	if m.flags&private != 0 && u.Privacy == "" {
		return s.report(to, unsupportedLevels), report
	}
	if m.flags&authenticated != 0 {
		d := digesters[u.Protocol]
		blank := slices.Clone(raw)
		clear(blank[m.digestAt : m.digestAt+len(m.digest)])
		if len(m.digest) != d.sent || !hmac.Equal(d.digest(auth, blank), []byte(m.digest)) {
			return s.report(to, wrongDigest), report
		}
		if diff := m.time - own.Time; m.boots != own.Boots || diff > window || diff < -window {
			to.signed = true
			return s.report(to, notInTimeWindow), report
		}
		to.signed = true
	}
	inside := m.scoped
	if m.flags&private != 0 {
		sealed := (&reader{left: m.scoped}).take(byte(mib.Octets))
		if inside = crypt(privacy, m.boots, m.time, m.salt, sealed, false); inside == nil {
			return s.report(to, decryptionError), report
		}
		to.sealed = true
	}
	if err := m.scope(inside); err != nil {
		if to.sealed {
			return s.report(to, decryptionError), report
		}
		return nil, 0
	}
	to.m = m
	switch {
	case m.contextEngine != own.ID:
		return s.report(to, unknownPDUHandlers), report
	case m.contextName != "":
		return s.report(to, unknownContext), report
	}
	s.meter.take()
	if s.host.Silent() {
		return nil, 0
	}
	may := access{write: u.Write}
	// A user with passwords has no rights without them (RFC 3415: of his security level).
	may.none = m.flags&authenticated == 0 || u.Privacy != "" && m.flags&private == 0
	return s.respond(m.pdu, may, int(min(max(m.maxSize, 484), maxMessage)), to.encode), m.pdu.kind
}

// A reply is how an answer to a message of version 3 is protected.
type reply struct {
	m              message
	engine         Engine
	user           *User
	spoil          string
	signed, sealed bool
}

// report tells why a message was not taken, if it asks for that.
func (s *Server) report(to reply, counter mib.OID) []byte {
	n := s.meter.report(counter)
	if s.host.Silent() || to.m.flags&reportable == 0 {
		return nil
	}
	to.sealed = false
	id := to.m.pdu.id
	if id == 0 && to.m.flags&private == 0 { // as far as it can be read
		if m := to.m; m.scope(m.scoped) == nil {
			id = m.pdu.id
		}
	}
	return to.encode(pdu{kind: report, id: id, bindings: []mib.Binding{{Name: counter, Value: mib.Count32(uint64(n))}}})
}

// encode protects a PDU as the message was that it answers.
func (to reply) encode(p pdu) []byte {
	scoped := enclose(sequence, octets(to.engine.ID), octets(""), p.encode())
	var flags byte
	var auth, privacy []byte
	var d digester
	digest, salt, user := "", "", to.m.user
	if to.signed {
		flags |= authenticated
		auth, privacy = to.user.localized(to.engine.ID, to.spoil)
		d = digesters[to.user.Protocol]
		digest = string(make([]byte, d.sent))
	}
	if to.sealed {
		flags |= private
		fresh := make([]byte, 8)
		_, _ = rand.Read(fresh) // never fails
		salt = string(fresh)
		scoped = octets(string(crypt(privacy, to.engine.Boots, to.engine.Time, salt, scoped, true)))
	}
	parameters := enclose(sequence, octets(to.engine.ID), integer(to.engine.Boots), integer(to.engine.Time), octets(user), octets(digest), octets(salt))
	head := enclose(sequence, integer(to.m.id), integer(maxMessage), octets(string([]byte{flags})), integer(3))
	out := enclose(sequence, integer(version3), head, octets(string(parameters)), scoped)
	if to.signed {
		m, _ := decode(out) // where the digest goes
		copy(out[m.digestAt:], d.digest(auth, out))
	}
	return out
}

// crypt is AES in its feedback mode (RFC 3826): seal, or open.
func crypt(key []byte, boots, at int64, salt string, text []byte, seal bool) []byte {
	if len(salt) != 8 || text == nil {
		return nil
	}
	start := binary.BigEndian.AppendUint32(nil, uint32(boots))
	start = append(binary.BigEndian.AppendUint32(start, uint32(at)), salt...)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil // the key is of 16 octets
	}
	stream := cipher.NewCFBDecrypter(block, start) //nolint:staticcheck // the standard's mode
	if seal {
		stream = cipher.NewCFBEncrypter(block, start) //nolint:staticcheck // the standard's mode
	}
	out := make([]byte, len(text))
	stream.XORKeyStream(out, text)
	return out
}
