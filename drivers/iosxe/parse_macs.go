package iosxe

import (
	"regexp"

	"github.com/netmirror/netmirror/internal/console/text"
)

// Tables of learned addresses differ by family: the VLAN or the address leads,
// the type comes before or after the VLAN, protocols, an age and stars stand
// between; the port comes last everywhere. All of it is general knowledge.
//
//	Vlan    Mac Address       Type        Ports                      3560 to 9600
//	  10    0011.2233.4455    DYNAMIC     Gi1/0/1
//	 vlan     mac address     type        protocols         port     4500
//	  10      0011.2233.4455   dynamic ip,ipx,assigned      GigabitEthernet1/1
//	  vlan   mac address     type    learn     age     ports         6500
//	*   10  0011.2233.4455   dynamic  Yes         25   Gi1/1
//	Destination Address  Address Type  VLAN  Destination Port        2950 and older, switch modules
//	0011.2233.4455       Dynamic         10  FastEthernet0/1
//
// The type follows the address in every layout. One that is not known counts as
// learned: a device that speaks is no idle port.
var macTable = &text.Addresses{
	Command: "show mac address-table", Noise: noise, Ports: grammar,
	Head:       regexp.MustCompile(`(?i)^\s*(?:vlan|bd)\s+mac addr(?:ess)?\s+type\b|^\s*destination address\s+address type\s+vlan\b`),
	Address:    regexp.MustCompile(`(?i)^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$`),
	NotLearned: regexp.MustCompile(`(?i)^(?:static|self|system|permanent|igmp|multicast|drop|blackhole)$`),
	// The switch itself, and nothing, stand where a port would.
	NoPort: regexp.MustCompile(`(?i)^(?:router|switch|cpu|stby-switch|drop|vlan\d+|vl\d+|-|n/a|tu\S*|tunnel\S*)$`),
	// Captions, rules, legends and counts.
	Beside: regexp.MustCompile(`(?i)^\s*(?:` +
		`[-+]{3,}[-+\s]*` + `|` +
		`(?:\w+ )*mac address (?:table|entries)|mac entries for vlan \d+\s*:?|unicast entries|multicast entries|(?:non-)?static address table:?` + `|` +
		`legend:.*|\s+\S+ - .*|no entries (?:present|found).*` + `|` +
		`[a-z][a-z /()-]*(?:count|addresses)[a-z ()-]*:\s*\d+` + `|` +
		`(?:displaying entries from|active supervisor|standby supervisor|module|switch|slot|line ?card)\b[^%]*:` + `|` +
		`total mac addresses .*:\s*\d+` +
		`)\s*$`),
	None: regexp.MustCompile(`(?i)^\s*no entries`),
}
