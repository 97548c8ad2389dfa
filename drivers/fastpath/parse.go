package fastpath

import (
	"cmp"
	"encoding/hex"
	"errors"
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
	// kept are the values of the columns that are never changed here, in the order of
	// keptColumns, "" where the agent has none.
	kept [len(keptColumns)]string
}

// keptColumns belong to other hands: what they hold, in words.
var keptColumns = [...]struct{ column, name, what string }{
	{colRemoteFrom, "agentPortMirrorRemoteSourceVlan", "it listens to remote VLAN %s"},
	{colRemoteTo, "agentPortMirrorRemoteDestinationVlan", "it copies into remote VLAN %s"},
	{colReflector, "agentPortMirrorReflectorPort", "port number %s is its reflector"},
	{colIPList, "agentPortMirrorIpAccessListNumber", "IP access list %s narrows it"},
	{colMACList, "agentPortMirrorMacAccessListNumber", "MAC access list %s narrows it"},
}

// others are what is set and never changed here, in words.
func (s session) others() (out []string) {
	for i, k := range keptColumns {
		if s.kept[i] != "" && s.kept[i] != "0" {
			out = append(out, fmt.Sprintf(k.what, s.kept[i]))
		}
	}
	return out
}

// idle: nothing is in it.
func (s session) idle() bool {
	return s.destination == 0 && s.vlan == 0 && len(s.others()) == 0 && strings.Trim(s.mask, "\x00") == ""
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
		if vlan := t[column(f, colVLAN)][id]; vlan.Kind != snmp.Missing {
			if err := need("agentPortMirrorSourceVlan", colVLAN, &s.vlan); err != nil {
				return nil, err
			}
		}
		for i, k := range keptColumns {
			switch n, told := t.Integer(column(f, k.column), id); {
			case told:
				s.kept[i] = strconv.FormatUint(n, 10)
			case t[column(f, k.column)][id].Kind != snmp.Missing:
				return nil, fmt.Errorf("%s.%s is %+v: %w", k.name, id, t[column(f, k.column)][id], mirror.ErrParse)
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

// handleSession holds a session as it was read: destination, mode, VLAN, mask and the
// columns of other hands.
func handleSession(f mirror.Facts, number string) string {
	return mib.RowHandle + string(column(f, colDestination)) + "." + number
}

const noValue = "-"

// text is what a handle holds of a session.
func (s session) text() string {
	out := fmt.Sprintf("%d %d %d %x", s.destination, s.mode, s.vlan, s.mask)
	for _, v := range s.kept {
		out += " " + cmp.Or(v, noValue)
	}
	return out
}

// was is a session as the observation holds it, an empty one where it does not.
func was(f mirror.Facts, o mirror.Observation, number string) (s session, there bool) {
	words := strings.Split(o.Handles[handleSession(f, number)], " ")
	if len(words) != 4+len(keptColumns) {
		return s, false
	}
	var err [4]error
	s.destination, err[0] = strconv.ParseUint(words[0], 10, 32)
	s.mode, err[1] = strconv.ParseUint(words[1], 10, 32)
	s.vlan, err[2] = strconv.ParseUint(words[2], 10, 32)
	mask, hexed := hex.DecodeString(words[3])
	s.mask, err[3] = string(mask), hexed
	for i, v := range words[4:] {
		if v != noValue {
			s.kept[i] = v
		}
	}
	return s, errors.Join(err[:]...) == nil
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
		o.Handles[handleSession(f, strconv.FormatUint(uint64(s.number), 10))] = s.text()
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
	odd := s.others()
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
