package iosxe

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A model is what differs between switches of the family. Limits are
// those of the documents quoted in the fact sheet's table of limits; where a
// document is silent the newest neighbour's figures are used and said so.
type model struct {
	family  string
	sku     string
	version string
	classic bool // IOS, not IOS-XE: `show version` differs, no ERSPAN
	router  bool // switch module in a router: other limits, other refusals
	ports   []fabric.PortSpec

	maxSession int // highest session number
	rules      plant.Rules
	erspan     bool
	erspanShut bool // a restart brings ERSPAN sessions back disabled
	mtu        int  // default of an ERSPAN session

	show monitorDialect
}

// A monitorDialect is how a release prints `show monitor session`. Every
// value is taken from a recording.
type monitorDialect struct {
	headWidth int  // column of the colon after Type, Source Ports, directions
	restWidth int  // the same for all other fields
	ingress   bool // prints the Ingress line of a destination
	allVLANs  bool // prints "Filter VLANs : 1-4094" when nothing is filtered
	rspanAdm  bool // prints Status and MTU for RSPAN sessions
	tailBlank int  // blank lines after a session
}

var (
	showC9k    = monitorDialect{headWidth: 25, restWidth: 25, ingress: true, tailBlank: 1}
	showIOSv   = monitorDialect{headWidth: 25, restWidth: 23, allVLANs: true, tailBlank: 1}
	showRouter = monitorDialect{headWidth: 23, restWidth: 23, ingress: true, rspanAdm: true, tailBlank: 2}
	showOld    = monitorDialect{headWidth: 23, restWidth: 23, ingress: true, tailBlank: 1}
)

// modelOf finds the model by its order number. An unknown one is treated as a
// Catalyst 9300.
func modelOf(s plant.Spec) model {
	sku := strings.ToUpper(s.Model)
	if sku == "" {
		sku = "C9300-24T"
	}
	m := model{family: "CAT9K", sku: sku, version: "17.9.4", maxSession: 66, rules: plant.Rules{Sessions: 8}, erspan: true,
		erspanShut: true, mtu: 9000, show: showC9k}
	gig := "GigabitEthernet1/0/1-"
	up := "TenGigabitEthernet1/1/1-4"
	switch {
	case hasAnyPrefix(sku, "WS-C2960X", "WS-C2960S"):
		m = model{family: "C2960X", version: "15.2(7)E8", classic: true, maxSession: 66, rules: plant.Rules{Sessions: 4}, show: showOld}
		up = "GigabitEthernet1/0/49-52"
	case hasAnyPrefix(sku, "WS-C2960", "WS-C3560", "WS-C3750"):
		m = model{family: "C3750E", version: "15.0(2)SE11", classic: true, maxSession: 66, rules: plant.Rules{Sessions: 2}, show: showOld}
		up = "GigabitEthernet1/0/49-52"
		if strings.HasPrefix(sku, "WS-C2960") {
			m.family, gig, up = "C2960", "FastEthernet0/1-", "GigabitEthernet0/1-2"
		}
	case hasAnyPrefix(sku, "WS-C3650", "WS-C3850"):
		m.family, m.version, m.mtu = "CAT3K_CAA", "16.12.10a", 9000
	case hasAnyPrefix(sku, "WS-C45", "WS-X45"):
		m = model{family: "CAT4500", version: "15.2(4)E10", classic: true, maxSession: 66, rules: plant.Rules{RXSessions: 2,
			TXSessions: 4, DestinationPorts: 1, BundleDestinations: true}, show: showOld}
		gig, up = "GigabitEthernet1/", "TenGigabitEthernet3/1-2"
	case hasAnyPrefix(sku, "ASR10", "CSR1000"):
		m = model{family: "ASR1000", version: "16.12.8", maxSession: 1024, erspan: true, mtu: 1464, show: showRouter}
		gig, up = "GigabitEthernet0/1/0-7", ""
	case hasAnyPrefix(sku, "C8", "ISR"):
		m = model{family: "C8000", version: "17.9.4", router: true, maxSession: 66,
			rules: plant.Rules{Sessions: 2, DestinationPorts: 1, SourcePorts: 8, SourceOnce: true}, erspan: true, mtu: 1464, show: showRouter}
		gig, up = "GigabitEthernet0/1/0-7", ""
	case hasAnyPrefix(sku, "IOSV"):
		m = model{family: "vios_l2", version: "15.2(6.0.81)E", classic: true, maxSession: 66, rules: plant.Rules{Sessions: 2}, show: showIOSv}
		gig, up = "GigabitEthernet0/0-3", ""
	}
	m.sku = sku
	if up == "GigabitEthernet1/0/49-52" { // the uplinks follow the access ports
		up = fmt.Sprintf("GigabitEthernet1/0/%d-%d", portsInSKU(sku)+1, portsInSKU(sku)+4)
	}
	if strings.HasSuffix(gig, "-") {
		gig += strconv.Itoa(portsInSKU(sku))
	} else if strings.HasSuffix(gig, "/") {
		gig += "1-" + strconv.Itoa(portsInSKU(sku))
	}
	m.ports = append(m.ports, fabric.PortSpec{Name: gig})
	if up != "" {
		m.ports = append(m.ports, fabric.PortSpec{Name: up})
	}
	if s.Version != "" {
		m.version = s.Version
	}
	r := &m.rules
	r.Bundle = func(port string) bool { return strings.HasPrefix(port, "Port-channel") }
	r.Sessions = orElse(s.Limits.SourceSessions, r.Sessions)
	r.DestinationPorts = orElse(s.Limits.Destinations, r.DestinationPorts)
	r.SourcePorts = orElse(s.Limits.SourcePorts, r.SourcePorts)
	return m
}

func orElse(v, def int) int {
	if v != 0 {
		return v
	}
	return def
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

var skuPorts = regexp.MustCompile(`-(8|12|16|24|48)`)

func portsInSKU(sku string) int {
	if m := skuPorts.FindStringSubmatch(sku); m != nil {
		n, _ := strconv.Atoi(m[1])
		return n
	}
	return 24
}
