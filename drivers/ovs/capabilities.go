package ovs

import (
	"fmt"
	"math"
	"regexp"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	sourceSchema = "Open vSwitch vswitchd/vswitch.xml, table Mirror"
	sourceSeen   = "seen with Open vSwitch 3.1.0, userspace datapath"
	sourceCode   = "Open vSwitch vswitchd/vswitch.xml, table Bridge, column mirrors; ofproto/ofproto-dpif-mirror.h MAX_MIRRORS"
)

// maxMirrors a bridge holds; one more is a line in the switch's log only.
const maxMirrors = 32

// Capabilities of a bridge. They are the same for every version served; the
// facts are not needed.
func Capabilities(mirror.Facts) mirror.Capabilities {
	seen := mirror.Support{Level: mirror.Yes, Source: sourceSeen}
	all := map[mirror.Direction]mirror.Support{mirror.RX: seen, mirror.TX: seen, mirror.Both: seen}
	vlanOnce := no("a packet of a VLAN is copied once, whether it is caught arriving or leaving; ask for both", sourceSchema)
	return mirror.Capabilities{
		Roles: map[mirror.Role]mirror.Support{
			mirror.RoleLocal: {Level: mirror.Yes, Source: sourceSeen,
				Remark: "flows that exist already are copied only after they have been idle for 10 s or the switch looks at its flows again for another reason"},
			mirror.RoleRSPANSource: {Level: mirror.Yes, Source: sourceSeen,
				Remark: "copies bear the tag of the remote VLAN instead of their own; every port that carries it gets them"},
			mirror.RoleRSPANTransit:      {Level: mirror.Yes, Source: sourceSeen, Remark: "the VLAN joins flood_vlans, and the lists of the trunks that are named"},
			mirror.RoleRSPANDestination:  seen,
			mirror.RoleERSPANSource:      {Level: mirror.Yes, Source: sourceSeen, Remark: "type II and III; the first copies are lost until the address of the next hop is known"},
			mirror.RoleERSPANDestination: no("a frame that leaves a tunnel is switched like any other", sourceSchema),
		},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: all, mirror.SourceLAG: all,
			mirror.SourceVLAN: {mirror.RX: vlanOnce, mirror.TX: vlanOnce,
				mirror.Both: {Level: mirror.Yes, Source: sourceSeen, Remark: "each packet once"}}},
		MixedSources: no("select_vlan narrows a port selection and does not add to it", sourceSchema),
		LAGDestination: mirror.Support{Level: mirror.Yes, Source: sourceSeen,
			Remark: "seen with bond mode active-backup: copies leave by the active member"},
		SharedDestination: seen,
		TagsPreserve: mirror.Support{Level: mirror.Yes, Source: sourceSeen,
			Remark: "copies bear the tag of their VLAN, also those of access ports; if the destination is an access port they leave untagged"},
		TagsStrip: mirror.Support{Level: mirror.Yes, Source: sourceSeen,
			Remark: "where the destination is an access port, or is made one on request (force)"},
		AccessUntags: true,
		IngressEnabled: no("what arrives on an output port is dropped",
			sourceSchema+", column output_port"),
		PortSetup: mirror.Support{Level: mirror.Yes, Source: sourceSeen,
			Remark: "makes a destination port an access port, or none, as tags asks, and puts its columns back"},
		ERSPANHeader:   seen,
		TTL:            seen,
		DSCP:           seen,
		VRF:            no("the bridge's host has one table of routes", sourceSchema),
		MTU:            no("frames are not cut to the MTU of a tunnel; truncate cuts them", sourceSchema),
		IPv6:           no("netmirror makes tunnels over IPv4 alone", sourceSchema+", column options: remote_ip"),
		TunnelDefaults: mirror.ERSPAN{Type: 2},
		Ranges: mirror.Ranges{VLAN: mirror.Values{From: 0, To: 4095}, Truncate: mirror.Values{From: 14, To: 65535}, RemoteVLAN: mirror.Values{From: 1, To: mirror.MaxVLAN},
			ERSPANID: mirror.Values{From: 0, To: 1023}, GREKey: mirror.Values{From: 0, To: math.MaxInt32}, TTL: mirror.Values{From: 1, To: 255},
			DSCP: mirror.Values{From: 0, To: 63}, Type: mirror.Values{Only: []int{2, 3}}},
		GRE:         seen,
		FilterVLANs: mirror.Support{Level: mirror.Yes, Source: sourceSeen},
		Filter:      no("the column filter is newer than Open vSwitch 3.1 and not served", sourceSchema),
		Truncate:    mirror.Support{Level: mirror.Yes, Source: sourceSeen, Remark: "snaplen"},
		Sample:      no("there is no sampling of mirrors", sourceSchema),
		Counting: mirror.Counting{At: mirror.CountedMirror, Ports: true, Once: true, Source: sourceSchema + ", column statistics; " + sourceSeen,
			Remark: "Mirror.statistics, brought up to date every 5 s at best, counts copies as they are made, into a tunnel too and also those that do not leave; " +
				"tx_packets of the destination's interface counts those that left; a packet that several selections match is copied once",
			Drops: mirror.Support{Level: mirror.Yes, Source: sourceSeen,
				Remark: "tx_dropped of the destination's interface counts while its link is down; what a queueing discipline of the host drops (tc) no counter of the switch tells, but it is missing from tx_packets"}},
		Naming:     mirror.Named,
		Marks:      true,
		Persistent: true,
		Limits: []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "switch", Max: maxMirrors, Source: sourceCode},
			{Counts: mirror.LimitDestinations, Scope: "switch", Max: 1, Source: sourceSchema + ", column output_port"}},
	}
}

func no(remark, source string) mirror.Support { return mirror.Support{Remark: remark, Source: source} }

// portPattern is tighter than Open vSwitch, which takes any string: names are
// those of Linux interfaces, DPDK ports and bonds.
var portPattern = regexp.MustCompile(`^[A-Za-z0-9._:@/-]{1,64}$`)

// Ports of a name: itself. Names are compared as they are, case included, and
// there are no ranges.
func Ports(text string) ([]mirror.PortName, error) {
	if !portPattern.MatchString(text) {
		return nil, fmt.Errorf("%q is no port name of Open vSwitch (letters, digits and ._:@/- up to 64, no ranges): %w", text, mirror.ErrInvalid)
	}
	return []mirror.PortName{mirror.PortName(text)}, nil
}
