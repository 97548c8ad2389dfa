package iosxe

import (
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Documents behind the figures.
const (
	src3750   = "Catalyst 3750 Command Reference, monitor session; Catalyst 3750-E/3560-E Software Configuration Guide OL-9775-02, Configuring SPAN and RSPAN"
	src3650   = "Catalyst 3650 manual, monitor session destination"
	src9300   = "Catalyst 9300 Network Management Configuration Guide 17.17, Configuring ERSPAN"
	src4500   = "Catalyst 4500 Command Reference IOS XE 3.4.0SG; Cisco document 10570"
	src6500   = "Cisco IOS LAN Switching Command Reference, monitor session and monitor session type"
	srcASR    = "IOS XE 16 LAN Switching Configuration Guide, Configuring ERSPAN"
	srcRouter = "CiscoTestAutomation/genielibs, iosxe/span: refusals of routers with a switch module"
	srcFamily = "general knowledge; confirm on the device"
	srcLeast  = "the smallest figure of the family, because the model is not known (" + src3750 + ")"
)

// A quirk is what differs for models whose order number begins with Prefix.
// The first entry that fits counts. A figure of 0 means that no document gives
// one: then the device's own refusal is the limit.
type quirk struct {
	Prefix string // of the model, upper case
	Name   string

	SourceSessions int // sessions with local sources at a time
	RX, TX         int // where receive and transmit are limited apart
	SessionPorts   int // destination ports of a session
	SourcePorts    int // of a session
	Source         string

	MTU        mirror.IDRange // of an ERSPAN source
	DefaultMTU int

	NoLocal        bool          // no SPAN between ports
	ERSPAN         mirror.Level  // both ends
	LAGDestination mirror.Level  //
	ACL            mirror.Level  // filter by access list
	PlainACL       bool          // "filter access-group", without "ip"
	State          platformState // which commands tell the hardware's state
}

// platformState says how to ask whether a session is in the hardware.
type platformState string

const (
	stateUnknown platformState = ""
	stateSwitch  platformState = "switch" // show platform software fed switch active ...
	stateSingle  platformState = "single" // show platform software fed active ...
)

// The MTU of an ERSPAN source: Cisco-IOS-XE-native (YangModels, 16.6.1 to 17.18.1)
// and the hardware tables of Catalyst 9000; on routers Configuring ERSPAN.
var (
	mtu9000    = mirror.IDRange{From: 176, To: 9000}
	mtuRouters = mirror.IDRange{From: 64, To: 9180}
)

const (
	defaultMTU9000    = 9000
	defaultMTURouters = 1500
)

// quirks is the table of models. Limits: the documents named beside them.
var quirks = []quirk{
	{Prefix: "WS-C2960X", Name: "Catalyst 2960-X", SourceSessions: 4, Source: srcFamily, ACL: mirror.Unverified},
	{Prefix: "WS-C2960S", Name: "Catalyst 2960-S", SourceSessions: 4, Source: srcFamily, ACL: mirror.Unverified},
	{Prefix: "WS-C2960", Name: "Catalyst 2960", SourceSessions: 2, Source: srcFamily},
	{Prefix: "WS-C3560", Name: "Catalyst 3560", SourceSessions: 2, Source: src3750},
	{Prefix: "WS-C3750", Name: "Catalyst 3750", SourceSessions: 2, Source: src3750},
	{Prefix: "WS-C3650", Name: "Catalyst 3650", SourceSessions: 8, Source: src3650, ACL: mirror.Unverified},
	{Prefix: "WS-C3850", Name: "Catalyst 3850", SourceSessions: 8, Source: src3650 + " (3850: " + srcFamily + ")", ACL: mirror.Unverified},
	{Prefix: "WS-C45", Name: "Catalyst 4500", RX: 2, TX: 4, SessionPorts: 1, Source: src4500, LAGDestination: mirror.Unverified, ACL: mirror.Unverified},
	{Prefix: "WS-X45", Name: "Catalyst 4500", RX: 2, TX: 4, SessionPorts: 1, Source: src4500, LAGDestination: mirror.Unverified, ACL: mirror.Unverified},
	{Prefix: "WS-C65", Name: "Catalyst 6500", SourceSessions: 2, SessionPorts: 1, Source: src6500, ERSPAN: mirror.Unverified, LAGDestination: mirror.Unverified},
	{Prefix: "CISCO76", Name: "7600", SourceSessions: 2, SessionPorts: 1, Source: src6500, ERSPAN: mirror.Unverified, LAGDestination: mirror.Unverified},
	{Prefix: "C9300", Name: "Catalyst 9300", SourceSessions: 8, Source: src9300, ERSPAN: mirror.Yes, ACL: mirror.Yes, MTU: mtu9000, DefaultMTU: defaultMTU9000, State: stateSwitch},
	{Prefix: "C9200", Name: "Catalyst 9200", Source: src9300, ERSPAN: mirror.Unverified, ACL: mirror.Unverified, MTU: mtu9000, DefaultMTU: defaultMTU9000, State: stateSwitch},
	{Prefix: "C9", Name: "Catalyst 9400, 9500 or 9600", Source: src9300, ERSPAN: mirror.Yes, ACL: mirror.Yes, MTU: mtu9000, DefaultMTU: defaultMTU9000, State: stateSingle},
	{Prefix: "ASR1", Name: "ASR 1000", Source: srcASR, NoLocal: true, ERSPAN: mirror.Yes, SourcePorts: 128, ACL: mirror.Unverified, PlainACL: true, MTU: mtuRouters, DefaultMTU: defaultMTURouters},
	{Prefix: "CSR1", Name: "CSR 1000V", Source: srcASR, NoLocal: true, ERSPAN: mirror.Unverified, ACL: mirror.Unverified, PlainACL: true, MTU: mtuRouters, DefaultMTU: defaultMTURouters},
	{Prefix: "C8", Name: "Catalyst 8000 with a switch module", SessionPorts: 1, Source: srcRouter, ERSPAN: mirror.Unverified, ACL: mirror.Unverified, PlainACL: true, MTU: mtuRouters, DefaultMTU: defaultMTURouters},
	{Prefix: "ISR", Name: "ISR with a switch module", SessionPorts: 1, Source: srcRouter, ERSPAN: mirror.Unverified, ACL: mirror.Unverified, PlainACL: true, MTU: mtuRouters, DefaultMTU: defaultMTURouters},
	{Prefix: "IOSV", Name: "IOSv-L2", Source: "public lab notes run on IOSv-L2"},
	// Whatever else: what every switch of the family can do.
	{Prefix: "", Name: "an unknown model", SourceSessions: 2, SessionPorts: 1, Source: srcLeast},
}

// quirkOf finds the entry for a device, "" as its model giving the family's
// minimum. What the device itself says of ERSPAN outranks the table.
func quirkOf(f mirror.Facts) quirk {
	model := strings.ToUpper(f.Model)
	var q quirk
	for _, q = range quirks {
		if strings.HasPrefix(model, q.Prefix) {
			break
		}
	}
	switch told := f.Extra[factERSPAN]; told {
	case "":
	case erspanNo:
		q.ERSPAN = mirror.No
	default:
		q.ERSPAN = mirror.Yes
	}
	return q
}
