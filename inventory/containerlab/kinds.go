package containerlab

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A kind is what is known of the nodes of one kind, by docs/manual/kinds and by what
// vrnetlab's start-up configurations switch on.
type kind struct {
	name    string
	aliases []string // as people type it; also names of NAPALM's and scrapli's that mean this alone
	// platform and ways are ours: how nodes are reached, the usual way first. No platform:
	// nothing of ours drives them, for the reason in without.
	platform string
	ways     []way
	without  string
	user     string // of the login that everybody knows, "" = it has none
	switches string // the type that is a switch, where another one is none
	// port is the vendor's name of an interface that Linux calls otherwise; "" = it is none.
	port func(linux string) string
	// unsure is why the names of ports are not translated.
	unsure string
	note   string // what a person should know
}

// A way is how a node of a kind is configured.
type way struct {
	protocol string
	port     int // 0 = the protocol's, or the platform's
	insecure string
}

var (
	overSSH     = way{protocol: "cli"}
	overNETCONF = way{protocol: "netconf"} // 830 on all kinds that have it
)

var kinds = []kind{
	{name: "arista_ceos", aliases: []string{"ceos"}, platform: "arista_eos", user: "admin",
		ways: []way{overSSH, {"gnmi", 6030, mirror.InsecurePlaintext}}, port: underscored("Ethernet", "Management0")},
	{name: "arista_veos", aliases: []string{"vr-veos", "vr-arista_veos"}, platform: "arista_eos", user: "admin",
		ways: []way{overSSH}, port: numbered("Ethernet%d", 1, "Ethernet")},
	{name: "nokia_srlinux", aliases: []string{"srl"}, platform: "nokia_srl", user: "admin", port: dashed,
		ways: []way{{"gnmi", 57400, mirror.InsecureSkipVerify}},
		note: "its certificate is of the lab's own authority and is not verified (insecure: skip-verify)"},
	{name: "juniper_vqfx", aliases: []string{"vr-vqfx", "vr-juniper_vqfx"}, platform: "juniper_junos", user: "admin",
		ways: []way{overSSH, overNETCONF}, port: numbered("xe-0/0/%d", 0, "xe-", "et-", "ge-")},
	{name: "juniper_vjunosswitch", aliases: []string{"vr-vjunosswitch", "vr-juniper_vjunosswitch"}, platform: "juniper_junos", user: "admin",
		ways: []way{overSSH, overNETCONF}, port: numbered("ge-0/0/%d", 0, "xe-", "et-", "ge-"),
		note: "it takes some 15 minutes to start, and is not reached before"},
	{name: "cisco_iol", aliases: []string{"iol"}, platform: "cisco_iosxe", user: "admin", switches: "l2",
		ways: []way{overSSH}, port: byFours},
	{name: "cisco_vios", platform: "cisco_iosxe", user: "admin", switches: "switch", ways: []way{overSSH},
		unsure: "how the ports of cisco_vios are numbered differs between its documentation and its images"},
	{name: "cisco_cat9kv", aliases: []string{"vr-cat9kv", "vr-cisco_cat9kv"}, platform: "cisco_iosxe", user: "admin",
		ways: []way{overSSH, overNETCONF}, port: numbered("GigabitEthernet1/0/%d", 1, "GigabitEthernet"),
		note: "it takes many minutes to start, and is not reached before"},
	{name: "cisco_n9kv", aliases: []string{"vr-n9kv", "vr-cisco_n9kv"}, platform: "cisco_nxos", user: "admin",
		ways: []way{overSSH, {"gnmi", 50051, mirror.InsecureSkipVerify}}, port: numbered("Ethernet1/%d", 1, "Ethernet"),
		note: "it takes many minutes to start, and is not reached before"},
	// The database of the host's own switch daemon, at the usual place; the node is a bridge of it.
	{name: "ovs-bridge", platform: "openvswitch", ways: []way{{protocol: "ovsdb"}},
		note: "it is a bridge of the lab's host: the controller must run there, as a user who may open " + hostSocket},
	// What the Nornir inventory says in place of kinds where CLAB_NORNIR_PLATFORM_NAME_SCHEMA
	// asks for names of scrapli's or NAPALM's. It tells of no cable.
	{name: "arista_eos", aliases: []string{"eos"}, platform: "arista_eos", user: "admin", ways: []way{overSSH}, unsure: unsaid},
	{name: "juniper_junos", aliases: []string{"junos"}, platform: "juniper_junos", user: "admin", ways: []way{overSSH, overNETCONF}, unsure: unsaid},
	{name: "cisco_iosxe", aliases: []string{"cisco_ios", "ios"}, platform: "cisco_iosxe", user: "admin", ways: []way{overSSH}, unsure: unsaid},
	{name: "cisco_nxos", aliases: []string{"nxos"}, platform: "cisco_nxos", user: "admin", ways: []way{overSSH}, unsure: unsaid},
	{name: "linux", without: "a linux node is no switch unless the label netmirror-driver says what it is"},
	{name: "bridge", without: "netmirror has no driver for bridges of Linux"},
	{name: "sonic-vs", aliases: []string{"sonic-vm"}, without: "netmirror has no driver for it"},
	{name: "nvidia_cumulusvx", aliases: []string{"cvx", "cumulus_cvx"}, without: "netmirror has no driver for it"},
}

// unsaid is why ports of a platform that stands in the place of a kind are not translated.
const unsaid = "the kind of the node is not told, and with it how its ports are called"

// hostSocket is where a switch daemon of a host listens usually (ovs-vswitchd(8)).
const hostSocket = "/var/run/openvswitch/db.sock"

// kindOf finds a kind by its name or an alias, nil = it is not known.
func kindOf(typed string) *kind {
	for i := range kinds {
		if k := &kinds[i]; k.name == typed || slices.Contains(k.aliases, typed) {
			return k
		}
	}
	return nil
}

// known reports whether a word is a kind, of which there are more than netmirror drives.
func known(word string) bool {
	return kindOf(word) != nil
}

// linux is a data port as Linux names it in a node: ethN, or etN.
var linux = regexp.MustCompile(`^eth?([0-9]{1,4})$`)

// portNumber is the N of ethN; false where it is none, and for eth0, which is management.
func portNumber(name string) (int, bool) {
	m := linux.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil && n > 0
}

// already is a name that is the vendor's own, as newer versions let people type them.
func already(name string, beginnings []string) bool {
	return slices.ContainsFunc(beginnings, func(b string) bool {
		rest, ok := strings.CutPrefix(name, b)
		return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9'
	})
}

// numbered translates eth1, eth2, ... into a pattern whose first port has the number first.
func numbered(pattern string, first int, beginnings ...string) func(string) string {
	return func(name string) string {
		if already(name, beginnings) {
			return name
		}
		if n, ok := portNumber(name); ok {
			return fmt.Sprintf(pattern, n-1+first)
		}
		return ""
	}
}

var withUnderscores = regexp.MustCompile(`^eth?([1-9][0-9]{0,3}(?:_[0-9]{1,4}){0,2})$`)

// underscored translates eth1 and eth1_1 into BEGINNING1 and BEGINNING1/1.
func underscored(beginning, management string) func(string) string {
	return func(name string) string {
		if name == management || already(name, []string{beginning}) {
			return name
		}
		if m := withUnderscores.FindStringSubmatch(name); m != nil {
			return beginning + strings.ReplaceAll(m[1], "_", "/")
		}
		return ""
	}
}

var (
	withDashes  = regexp.MustCompile(`^e([0-9]{1,2}-[0-9]{1,3}(?:-[0-9]{1,3})?)$`)
	withSlashes = regexp.MustCompile(`^ethernet-[0-9]{1,2}/[0-9]{1,3}(?:/[0-9]{1,3})?$`)
)

// dashed translates e1-1 into ethernet-1/1, and e1-3-1, of a breakout, into ethernet-1/3/1.
func dashed(name string) string {
	if withSlashes.MatchString(name) {
		return name
	}
	if m := withDashes.FindStringSubmatch(name); m != nil {
		return "ethernet-" + strings.ReplaceAll(m[1], "-", "/")
	}
	return ""
}

// byFours translates eth1 into Ethernet0/1 and eth4 into Ethernet1/0: slots have four ports.
func byFours(name string) string {
	if already(name, []string{"Ethernet"}) {
		return name
	}
	if n, ok := portNumber(name); ok {
		return fmt.Sprintf("Ethernet%d/%d", n/4, n%4)
	}
	return ""
}
