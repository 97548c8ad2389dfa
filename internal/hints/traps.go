package hints

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gosnmp/gosnmp"
)

// Notifications of every agent after which a device is read.
var (
	trapOID = "1.3.6.1.6.3.1.1.4.1.0" // snmpTrapOID.0 (RFC 3418)
	// standard are those that every agent may send: restarts and links of RFC 3418 and
	// RFC 2863, entConfigChange of RFC 6933.
	standard = map[string]bool{
		"1.3.6.1.6.3.1.1.5.1": true, "1.3.6.1.6.3.1.1.5.2": true, // coldStart, warmStart
		"1.3.6.1.6.3.1.1.5.3": true, "1.3.6.1.6.3.1.1.5.4": true, // linkDown, linkUp
		"1.3.6.1.2.1.47.2.0.1": true,
	}
)

// notification takes one message of SNMP. An inform of a device of ours is answered,
// whatever it says: it would be sent again for nothing.
func (l *Listener) notification(from netip.AddrPort, raw []byte) {
	p, err := decode(raw)
	if errors.Is(err, errVersion3) {
		l.version3(from, raw)
	}
	if err != nil {
		return
	}
	oid := kind(p)
	if oid == "" {
		return
	}
	devices := l.set.Devices(from.Addr(), nil)
	if p.PDUType == gosnmp.InformRequest && len(devices) > 0 {
		p.PDUType = gosnmp.GetResponse
		answer, err := p.MarshalMsg()
		l.answer(from, answer, err)
	}
	l.tell(oid, devices, from)
}

// tell gives the hints of a notification.
func (l *Listener) tell(oid string, devices []Device, from netip.AddrPort) {
	for _, d := range devices {
		if standard[oid] || d.Notified != nil && d.Notified(oid) {
			l.hint(d, "SNMP", from.Addr())
		}
	}
}

var errVersion3 = errors.New("a message of version 3")

// decode reads a message of version 1 or 2c. What the library does not bear is an error
// like any other.
func decode(raw []byte) (p *gosnmp.SnmpPacket, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("undecodable: %v", r)
		}
	}()
	reader := gosnmp.GoSNMP{Logger: gosnmp.Logger{}}
	p, err = reader.SnmpDecodePacket(raw)
	if p != nil && p.Version == gosnmp.Version3 {
		return nil, errVersion3
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// kind is the object identifier of a notification, without a dot in front, "" for what
// is none. Those of version 1 are as RFC 3584 section 3.1 translates them.
func kind(p *gosnmp.SnmpPacket) string {
	switch p.PDUType {
	case gosnmp.Trap:
		enterprise := strings.TrimPrefix(p.Enterprise, ".")
		if p.GenericTrap < 6 {
			return fmt.Sprintf("1.3.6.1.6.3.1.1.5.%d", p.GenericTrap+1)
		}
		return fmt.Sprintf("%s.0.%d", enterprise, p.SpecificTrap)
	case gosnmp.SNMPv2Trap, gosnmp.InformRequest:
		for _, v := range p.Variables {
			if strings.TrimPrefix(v.Name, ".") == trapOID {
				oid, _ := v.Value.(string)
				return strings.TrimPrefix(oid, ".")
			}
		}
	}
	return ""
}
