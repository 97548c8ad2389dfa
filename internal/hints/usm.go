package hints

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// A Refusal is why a notification of version 3 is not believed: the counter of RFC 3414
// that a sender is told with it.
type Refusal string

// The refusals of RFC 3414 section 5.
const (
	UnsupportedLevel Refusal = "unsupported-security-level"
	NotInTimeWindow  Refusal = "not-in-time-window"
	UnknownUser      Refusal = "unknown-user"
	UnknownEngine    Refusal = "unknown-engine"
	WrongDigest      Refusal = "wrong-digest"
	Undecipherable   Refusal = "decryption-error"
)

// Refusals are all of them, with the objects that tell them.
var Refusals = map[Refusal]string{
	UnsupportedLevel: "1.3.6.1.6.3.15.1.1.1.0",
	NotInTimeWindow:  "1.3.6.1.6.3.15.1.1.2.0",
	UnknownUser:      "1.3.6.1.6.3.15.1.1.3.0",
	UnknownEngine:    "1.3.6.1.6.3.15.1.1.4.0",
	WrongDigest:      "1.3.6.1.6.3.15.1.1.5.0",
	Undecipherable:   "1.3.6.1.6.3.15.1.1.6.0",
}

const (
	window      = 150 // seconds that a clock may be behind (RFC 3414 section 2.2.3)
	mostEngines = 4096
	lastBoot    = 1<<31 - 1
)

// bootsBegin is where the boots of our engine are counted from: they are the seconds at
// which it started, which only grow, so that nothing has to be kept of it.
var bootsBegin = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// A usm is the User-based Security Model (RFC 3414) of what receives notifications. The
// sender of a trap has the engine by whose clock and with whose keys it is made; that of
// an inform is ours, for which it asks first.
type usm struct {
	engine  string
	boots   uint32
	started time.Time
	now     func() time.Time

	mu      sync.Mutex
	counts  map[Refusal]uint32
	engines map[string]clock // of senders, by engine and user
}

// A clock is the newest that an engine told, and when it came.
type clock struct {
	boots, at uint32
	heard     time.Time
}

func newUSM(instance string, now func() time.Time) *usm {
	start := now()
	return &usm{engine: engineOf(instance), boots: uint32(max(1, start.Sub(bootsBegin)/time.Second)), started: start, now: now,
		counts: map[Refusal]uint32{}, engines: map[string]clock{}}
}

// engineOf is the id of an instance's engine (RFC 3411, SnmpEngineID): of octets that its
// administrator gave. The enterprise is the reserved one, 0: netmirror has no number of its
// own.
func engineOf(instance string) string {
	const octets = 5
	sum := sha256.Sum256([]byte("netmirror engine " + instance))
	return "\x80\x00\x00\x00" + string(rune(octets)) + string(sum[:12])
}

func (u *usm) time() uint32 { return uint32(u.now().Sub(u.started) / time.Second) }

// count counts a refusal and gives the new number.
func (u *usm) count(r Refusal) uint32 {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.counts[r]++
	return u.counts[r]
}

// timely is RFC 3414 section 3.2 (7): by our clock where the engine is ours, else by the
// newest that the engine has told.
func (u *usm) timely(p *gosnmp.UsmSecurityParameters) bool {
	boots, at := p.AuthoritativeEngineBoots, p.AuthoritativeEngineTime
	if p.AuthoritativeEngineID == u.engine {
		now := u.time()
		return boots == u.boots && at+window >= now && now+window >= at
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	key := p.AuthoritativeEngineID + "\x00" + p.UserName
	known, met := u.engines[key]
	since := uint32(u.now().Sub(known.heard) / time.Second)
	if met && (boots < known.boots || boots == known.boots && uint64(at)+window < uint64(known.at)+uint64(since)) || boots == lastBoot {
		return false
	}
	if !met && len(u.engines) >= mostEngines {
		clear(u.engines) // they are met again
	}
	if !met || boots > known.boots || at > known.at {
		u.engines[key] = clock{boots, at, u.now()}
	}
	return true
}

// A header is what of a message everybody can read.
type header struct {
	*gosnmp.SnmpPacket
	usm *gosnmp.UsmSecurityParameters
}

// headerOf reads the header of a message of version 3; false where it is none of users.
func headerOf(raw []byte) (h header, ok bool) {
	const unread = "\x00"
	defer func() {
		if recover() != nil { // what the library does not bear
			ok = false
		}
	}()
	reader := gosnmp.GoSNMP{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.NoAuthNoPriv,
		SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: unread}}
	// An error is that of a message whose passwords the reader does not know, behind its
	// header; then the name was read.
	h.SnmpPacket, _ = reader.SnmpDecodePacket(append([]byte(nil), raw...))
	if h.SnmpPacket == nil || h.Version != gosnmp.Version3 || h.SecurityModel != gosnmp.UserSecurityModel {
		return h, false
	}
	h.usm, ok = h.SecurityParameters.(*gosnmp.UsmSecurityParameters)
	return h, ok && h.usm.UserName != unread
}

func (h header) has(flags gosnmp.SnmpV3MsgFlags) bool { return h.MsgFlags&flags == flags }

const (
	authenticated = gosnmp.AuthNoPriv
	private       = gosnmp.AuthPriv &^ gosnmp.AuthNoPriv
)

// version3 takes a message of version 3. Only a device of ours is answered.
func (l *Listener) version3(from netip.AddrPort, raw []byte) {
	h, ok := headerOf(raw)
	if !ok || h.has(private) && !h.has(authenticated) {
		return
	}
	devices := l.set.Devices(from.Addr(), nil)
	refuse := func(r Refusal, by *gosnmp.UsmSecurityParameters) {
		n := l.usm.count(r)
		if l.set.Refused != nil {
			l.set.Refused(r)
		}
		if len(devices) > 0 && h.has(gosnmp.Reportable) {
			raw, err := l.usm.report(h, r, n, by)
			l.answer(from, raw, err)
		}
	}
	theirs := h.usm.AuthoritativeEngineID
	switch {
	case theirs != l.usm.engine && (len(theirs) < 5 || len(theirs) > 32 || h.has(gosnmp.Reportable)):
		// It asks for our engine, or takes another for ours.
		refuse(UnknownEngine, nil)
		return
	case !h.has(authenticated):
		refuse(UnsupportedLevel, nil) // who does not prove who he is
		return
	}
	p, of, why := l.open(h, raw, devices, from.Addr())
	switch {
	case why != "":
		refuse(why, nil)
		return
	case !l.usm.timely(p.usm):
		refuse(NotInTimeWindow, p.usm)
		return
	}
	switch inform := p.PDUType == gosnmp.InformRequest; {
	case inform != (theirs == l.usm.engine): // who asks for an answer takes our engine for it
		refuse(UnknownEngine, nil)
		return
	case inform:
		raw, err := l.usm.response(p)
		l.answer(from, raw, err)
	}
	l.tell(kind(p.SnmpPacket), of, from)
}

// open proves a message by the users of the devices that it may be of, and decrypts it. It
// gives those whose user it is.
func (l *Listener) open(h header, raw []byte, devices []Device, from netip.Addr) (p header, of []Device, why Refusal) {
	why = UnknownUser
	for _, d := range devices {
		if d.Users == nil {
			continue
		}
		for _, user := range d.Users() {
			if user.SNMP.Username.Reveal() != h.usm.UserName || user.Permit(from.String(), from) != nil {
				continue
			}
			read, refused := unseal(h, raw, user.SNMP)
			if refused == "" {
				p, of, why = read, append(of, d), ""
				break
			}
			if len(of) == 0 {
				why = refused
			}
		}
	}
	return p, of, why
}

// errDigest are gosnmp's words where a digest is wrong; it has no kind for them.
var errDigest = []string{"not authentic", "msgAuthenticationParameters"}

// unseal proves a message by one user and decrypts it.
func unseal(h header, raw []byte, user mirror.SNMPLogin) (p header, why Refusal) {
	defer func() {
		if recover() != nil {
			p, why = header{}, Undecipherable
		}
	}()
	params := snmp.UserOf(user)
	if h.has(private) && params.PrivacyProtocol <= gosnmp.NoPriv {
		return p, UnsupportedLevel
	}
	params.AuthoritativeEngineID = h.usm.AuthoritativeEngineID
	reader := gosnmp.GoSNMP{Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: h.MsgFlags, SecurityParameters: params}
	read, err := reader.UnmarshalTrap(append([]byte(nil), raw...), true)
	if err != nil {
		for _, word := range errDigest {
			if strings.Contains(err.Error(), word) {
				return p, WrongDigest
			}
		}
		return p, Undecipherable
	}
	own, ok := read.SecurityParameters.(*gosnmp.UsmSecurityParameters)
	if !ok {
		return p, Undecipherable
	}
	return header{read, own}, ""
}

// report tells a sender why his message was not taken, and with it our engine and its
// clock; by, where it is known who he is, in a form that he can trust.
func (u *usm) report(h header, r Refusal, n uint32, by *gosnmp.UsmSecurityParameters) ([]byte, error) {
	params, flags := &gosnmp.UsmSecurityParameters{UserName: h.usm.UserName}, gosnmp.NoAuthNoPriv
	if by != nil && by.AuthoritativeEngineID == u.engine {
		params, flags = by, gosnmp.AuthNoPriv
	}
	return u.seal(&gosnmp.SnmpPacket{MsgID: h.MsgID, MsgFlags: flags, PDUType: gosnmp.Report, RequestID: h.RequestID, ContextEngineID: u.engine,
		Variables: []gosnmp.SnmpPDU{{Name: "." + Refusals[r], Type: gosnmp.Counter32, Value: n}}}, params)
}

// response is the answer to an inform, as well protected as that is.
func (u *usm) response(p header) ([]byte, error) {
	return u.seal(&gosnmp.SnmpPacket{MsgID: p.MsgID, MsgFlags: p.MsgFlags & gosnmp.AuthPriv, PDUType: gosnmp.GetResponse, RequestID: p.RequestID,
		ContextEngineID: p.ContextEngineID, ContextName: p.ContextName, Variables: p.Variables}, p.usm)
}

// seal makes a message of our engine.
func (u *usm) seal(out *gosnmp.SnmpPacket, by *gosnmp.UsmSecurityParameters) (raw []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Join(err, fmt.Errorf("it cannot be encoded: %v", r))
		}
	}()
	by.AuthoritativeEngineID, by.AuthoritativeEngineBoots, by.AuthoritativeEngineTime = u.engine, u.boots, u.time()
	by.PrivacyParameters = make([]byte, 8) // a salt that is never used again
	_, _ = rand.Read(by.PrivacyParameters) // never fails
	out.Version, out.SecurityModel, out.SecurityParameters = gosnmp.Version3, gosnmp.UserSecurityModel, by
	return out.MarshalMsg()
}

func (l *Listener) answer(to netip.AddrPort, raw []byte, err error) {
	if err == nil {
		_, _ = l.traps.WriteTo(raw, net.UDPAddrFromAddrPort(to))
	}
}
