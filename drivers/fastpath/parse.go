package fastpath

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// A session is a row of the table with the directions of its sources.
type session struct {
	number      uint32
	destination uint64
	mask        string
	mode        uint64
	vlan        uint64
	types       map[int]uint64 // by the number of a port
	// others are what is set and never changed here, in words.
	others []string
}

// idle: nothing is in it.
func (s session) idle() bool {
	return s.destination == 0 && s.vlan == 0 && len(s.others) == 0 && strings.Trim(s.mask, "\x00") == ""
}

func readTable(f mirror.Facts, t mib.Tables) ([]session, error) {
	var out []session
	for _, id := range t.Indexes(column(f, colDestination)) {
		s := session{types: map[int]uint64{}}
		number, ok := id.Index()
		if !ok || number == 0 {
			return nil, fmt.Errorf("agentPortMirrorTable has a session %q: %w", id, mirror.ErrParse)
		}
		s.number = number
		need := func(name, c string, into *uint64) error {
			v, told := t.Integer(column(f, c), id)
			if !told {
				return fmt.Errorf("%s.%s is %+v: %w", name, id, t[column(f, c)][id], mirror.ErrParse)
			}
			*into = v
			return nil
		}
		if err := cmp.Or(need("agentPortMirrorDestinationPort", colDestination, &s.destination), need("agentPortMirrorAdminMode", colMode, &s.mode)); err != nil {
			return nil, err
		}
		mask := t[column(f, colMask)][id]
		if mask.Kind != snmp.Text || s.mode != modeEnable && s.mode != modeDisable {
			return nil, fmt.Errorf("session %d of agentPortMirrorTable has the mask %+v and the mode %d: %w", number, mask, s.mode, mirror.ErrParse)
		}
		s.mask = mask.Text
		s.vlan, _ = t.Integer(column(f, colVLAN), id)
		for _, other := range []struct{ c, what string }{{colRemoteFrom, "it listens to remote VLAN %d"}, {colRemoteTo, "it copies into remote VLAN %d"},
			{colReflector, "port number %d is its reflector"}, {colIPList, "IP access list %d narrows it"}, {colMACList, "MAC access list %d narrows it"}} {
			if n, told := t.Integer(column(f, other.c), id); told && n != 0 {
				s.others = append(s.others, fmt.Sprintf(other.what, n))
			}
		}
		out = append(out, s)
	}
	return out, readTypes(f, t, out)
}

func readTypes(f mirror.Facts, t mib.Tables, list []session) error {
	for _, id := range t.Indexes(column(f, colType)) {
		parts, err := mib.Numbers(id)
		n, told := t.Integer(column(f, colType), id)
		if err != nil || len(parts) != 2 || !told || directions[n] == "" {
			return fmt.Errorf("agentPortMirrorTypeType.%s is %+v: %w", id, t[column(f, colType)][id], mirror.ErrParse)
		}
		for _, s := range list {
			if s.number == parts[0] {
				s.types[int(parts[1])] = n
			}
		}
	}
	return nil
}

// handleSession holds a session as it was read: destination, mode, VLAN and mask.
func handleSession(f mirror.Facts, number string) string {
	return mib.RowHandle + string(column(f, colDestination)) + "." + number
}

// was is a session as the observation holds it, an empty one where it does not.
func was(f mirror.Facts, o mirror.Observation, number string) (s session, there bool) {
	var mask string
	n, err := fmt.Sscanf(o.Handles[handleSession(f, number)], "%d %d %d %s", &s.destination, &s.mode, &s.vlan, &mask)
	if n == 4 && err == nil {
		octets := make([]byte, len(mask)/2)
		for i := range octets {
			b, _ := strconv.ParseUint(mask[2*i:2*i+2], 16, 8)
			octets[i] = byte(b)
		}
		s.mask = string(octets)
	}
	return s, n == 4 && err == nil
}

// sessions makes native sessions of those that hold something.
func sessions(f mirror.Facts, t mib.Tables, o *mirror.Observation) error {
	list, err := readTable(f, t)
	if err != nil {
		return err
	}
	ports := numbered(*o)
	o.Natives = nil
	for _, s := range list {
		o.Handles[handleSession(f, strconv.FormatUint(uint64(s.number), 10))] = fmt.Sprintf("%d %d %d %x", s.destination, s.mode, s.vlan, s.mask)
		if !s.idle() {
			o.Natives = append(o.Natives, s.native(ports))
		}
	}
	slices.SortFunc(o.Natives, func(a, b mirror.NativeSession) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func (s session) native(ports map[int]mirror.Port) mirror.NativeSession {
	n := mirror.NativeSession{ID: strconv.FormatUint(uint64(s.number), 10), Programmed: mirror.Unknown, ProgrammedReason: "agentPortMirrorTable has no state beside the mode",
		Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Shut: s.mode == modeDisable, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	odd := slices.Clone(s.others)
	text := []string{fmt.Sprintf("agentPortMirrorDestinationPort.%d = %d, agentPortMirrorSourcePortMask.%d = %x, agentPortMirrorAdminMode.%d = %d", s.number, s.destination, s.number, s.mask, s.number, s.mode)}
	for _, number := range mib.PortBits(s.mask) {
		p, known := ports[number]
		kind, told := s.types[number]
		if !told {
			kind = typeTxRx // DEFVAL
		} else {
			text = append(text, fmt.Sprintf("agentPortMirrorTypeType.%d.%d = %d", s.number, number, kind))
		}
		if !known {
			odd = append(odd, fmt.Sprintf("number %d in its mask is no port with a name of its own", number))
			continue
		}
		n.Spec.Sources = append(n.Spec.Sources, mirror.NativeSource{Port: p.Name, Direction: directions[kind]})
	}
	if s.vlan != 0 {
		n.Spec.Sources = append(n.Spec.Sources, mirror.NativeSource{VLAN: int(s.vlan), Direction: mirror.Both})
		text = append(text, fmt.Sprintf("agentPortMirrorSourceVlan.%d = %d", s.number, s.vlan))
	}
	if p, known := ports[int(s.destination)]; known {
		n.Spec.Destinations = []mirror.PortName{p.Name}
	} else if s.destination != 0 {
		odd = append(odd, fmt.Sprintf("number %d, its destination, is no port with a name of its own", s.destination))
	}
	n.Opaque = strings.Join(odd, "; ")
	n.Spec, n.Text = n.Spec.Normalize(), strings.Join(text, "\n")
	return n
}
