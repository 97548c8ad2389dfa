package smon

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/netmirror/netmirror/internal/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// The key of the catalogue.
const (
	Platform = "snmp_smon"
	Protocol = "snmp"
)

// Objects of SMON-MIB, RFC 2613.
const (
	smonCapabilities = snmp.OID("1.3.6.1.2.1.16.19.15.0")
	copyCaps         = snmp.OID("1.3.6.1.2.1.16.22.1.1.1.1.3") // dataSourceCopyCaps, by the source's own object
	capsIfIndex      = snmp.OID("1.3.6.1.2.1.16.22.1.1.1.1.4") // dataSourceCapsIfIndex
	copyDirection    = snmp.OID("1.3.6.1.2.1.16.22.1.3.1.1.4") // portCopyDirection, source.destination
	copyStatus       = snmp.OID("1.3.6.1.2.1.16.22.1.3.1.1.5") // portCopyStatus
	vlanDataSource   = snmp.OID("1.3.6.1.2.1.16.22.1.4.1")     // smonVlanDataSource
	ifIndex          = snmp.OID("1.3.6.1.2.1.2.2.1.1")
)

// Values of portCopyDirection, and of RowStatus (RFC 2579).
const (
	copyRxOnly = 1
	copyTxOnly = 2
	copyBoth   = 3

	active        = 1
	notInService  = 2
	notReady      = 3
	createAndGo   = 4
	createAndWait = 5
	destroy       = 6
)

// Bits of dataSourceCopyCaps and smonCapabilities, bit 0 the top one of the first octet.
const (
	bitSource     = 0
	bitDest       = 1
	bitTx         = 2
	bitRx         = 3
	bitPortCopies = 4 // of smonCapabilities
)

// Keys of Facts.Extra.
const (
	factTable = "portCopyTable" // what says that the agent has it
	factVLANs = "vlanSources"   // "yes" where VLANs are data sources
)

// Keys of Observation.Handles: by ifIndex what dataSourceCopyCaps says, in hexadecimal,
// and by VLAN the ifIndex that stands for it.
func handleCaps(index uint32) string { return "caps " + strconv.FormatUint(uint64(index), 10) }
func handleVLAN(vid int) string      { return "vlan " + strconv.Itoa(vid) }

var platform = mib.Platform{
	Probe:    probe,
	Narrow:   func(mirror.Facts) []snmp.OID { return []snmp.OID{copyDirection, copyStatus} },
	Wide:     func(mirror.Facts) []snmp.OID { return []snmp.OID{copyCaps, capsIfIndex} },
	Around:   around,
	Sessions: sessions,
	Within:   within,
	Split:    split, Otherwise: otherwise, Holds: holds,
}

// Ports makes the name of a port canonical, see mib.Ports.
func Ports(text string) ([]mirror.PortName, error) { return mib.Ports(text) }

// Connect opens a connection, see mib.Connect. An agent without portCopyTable is
// mirror.ErrUnsupported.
func Connect(ctx context.Context, t mirror.Target, o mib.Options) (*mib.Conn, error) {
	return mib.Connect(ctx, t, platform, o)
}

// probe: an empty table looks like one that is not there, so it is there by what the agent
// says it can do: bit 4 of smonCapabilities, or a data source that it can copy.
func probe(ctx context.Context, a mib.Agent) (map[string]string, error) {
	next, err := a.Next(ctx, copyCaps, capsIfIndex+"."+vlanDataSource, copyStatus, smonCapabilities[:len(smonCapabilities)-2])
	if err != nil {
		return nil, err
	}
	said := "not there"
	if next[3].Name == smonCapabilities {
		said = fmt.Sprintf("%x", next[3].Text)
	}
	extra := map[string]string{}
	_, sources := copyCaps.Below(next[0].Name)
	_, vlans := (capsIfIndex + "." + vlanDataSource).Below(next[1].Name)
	_, rows := copyStatus.Below(next[2].Name)
	switch {
	case next[3].Name == smonCapabilities && bit(next[3].Text, bitPortCopies):
		extra[factTable] = "smonCapabilities"
	case sources && next[0].Kind == snmp.Text:
		extra[factTable] = "dataSourceCopyCaps"
	case rows && next[2].Kind == snmp.Integer:
		extra[factTable] = "portCopyStatus"
	default:
		return extra, fmt.Errorf("the agent has no portCopyTable (RFC 2613), or its view hides it: smonCapabilities is %s and there is no row of dataSourceCopyCaps: %w",
			said, mirror.ErrUnsupported)
	}
	if vlans && next[1].Kind == snmp.Integer {
		extra[factVLANs] = "yes"
	}
	return extra, nil
}

// bit is a bit of BITS.
func bit(octets string, n int) bool { return n/8 < len(octets) && octets[n/8]&(0x80>>(n%8)) != 0 }

// around puts in what the data sources can.
func around(_ mirror.Facts, t mib.Tables, o *mirror.Observation) error {
	for _, id := range t.Indexes(copyCaps) {
		if rest, below := ifIndex.Below(id); below {
			if index, ok := rest.Index(); ok {
				o.Handles[handleCaps(index)] = fmt.Sprintf("%x", t.Text(copyCaps, id))
			}
		}
	}
	for _, id := range t.Indexes(capsIfIndex) {
		rest, below := vlanDataSource.Below(id)
		vid, ok := rest.Index()
		index, told := t.Integer(capsIfIndex, id)
		if !below || !ok || !told || index == 0 || vid < 1 || vid > mirror.MaxVLAN {
			continue
		}
		o.Handles[handleVLAN(int(vid))] = strconv.FormatUint(index, 10)
		if caps, told := t[copyCaps][id]; told {
			o.Handles[handleCaps(uint32(index))] = fmt.Sprintf("%x", caps.Text)
		}
	}
	return nil
}

// vlansOf are the VLANs that have an interface to copy from, by ifIndex.
func vlansOf(o mirror.Observation) map[uint32]int {
	out := map[uint32]int{}
	for k, v := range o.Handles {
		var vid int
		if n, err := fmt.Sscanf(k, "vlan %d", &vid); n != 1 || err != nil {
			continue
		}
		if index, ok := snmp.OID(v).Index(); ok {
			if other, twice := out[index]; !twice || vid < other {
				out[index] = vid
			}
		}
	}
	return out
}

// directions by their number, RFC 2613.
var directions = map[uint64]mirror.Direction{copyRxOnly: mirror.RX, copyTxOnly: mirror.TX, copyBoth: mirror.Both}

func directionOf(d mirror.Direction) uint64 {
	return map[mirror.Direction]uint64{mirror.RX: copyRxOnly, mirror.TX: copyTxOnly, mirror.Both: copyBoth}[d]
}

func directionText(n uint64) string {
	return map[uint64]string{copyRxOnly: "copyRxOnly(1)", copyTxOnly: "copyTxOnly(2)", copyBoth: "copyBoth(3)"}[n]
}

func statusText(n uint64) string {
	names := []string{"active", "notInService", "notReady", "createAndGo", "createAndWait", "destroy"}
	if n < 1 || int(n) > len(names) {
		return strconv.FormatUint(n, 10)
	}
	return fmt.Sprintf("%s(%d)", names[n-1], n)
}

// holds: what is set to a status is read as what became of the row.
func holds(set mib.Object, read snmp.Value) bool {
	if _, below := copyStatus.Below(set.Name); !below {
		return mib.Same(set, read)
	}
	if set.Number == destroy {
		return read.Kind == snmp.Missing
	}
	is := map[uint64][]uint64{active: {active, notReady}, createAndGo: {active, notReady}, createAndWait: {notInService, notReady}, notInService: {notInService, notReady}}
	return read.Kind == snmp.Integer && slices.Contains(is[set.Number], read.Number)
}
