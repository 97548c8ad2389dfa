package iosxr_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/iosxr"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

var _ = flag.Bool("update", false, "rewrite the golden files of the contract")

var ports = map[string]string{"p1": "TenGigE0/0/0/1", "p2": "TenGigE0/0/0/2", "p3": "TenGigE0/0/0/3", "p9": "TenGigE0/0/0/9", "up1": "HundredGigE0/0/1/0",
	"lag1": "Bundle-Ether1", "sub1": "TenGigE0/0/0/9.100", "d1": "TenGigE0/0/0/46", "d2": "TenGigE0/0/0/47"}

func TestContract(t *testing.T) {
	contract(t, "", 1, "capabilities", "intents", "parsers", "converge", "refusals", "cancellation", "drift", "confirms", "counts")
}

// A push whose connection is lost in its window is waited for until it is over; so the
// timers of the router run ten times faster here, and nowhere else.
func TestContractOfOutages(t *testing.T) { contract(t, "", 10, "outages") }

// An engine finishes what was cut off also where pushes simply stand.
func TestContractOfPlainPushes(t *testing.T) {
	if os.Getenv("NETMIRROR_FAULTS") != "" { // make faults
		contract(t, "none", 1, "outages")
	}
}

func contract(t *testing.T, confirm string, clock int, only ...string) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == iosxr.Platform && d.Protocol == iosxr.Protocol })
	drivertest.Run(t, drivertest.Suite{
		Driver:  catalogue[i],
		Sampled: true,
		Facts:   mirror.Facts{Model: "NCS-5500", Version: "7.5.2"},
		Ports:   ports,
		Refused: map[string][]string{
			"vlan-source-rx": {"unsupported"}, "several-vlans": {"unsupported"}, "port-and-vlan": {"unsupported"}, "trunk-filter-vlans": {"unsupported"},
			"rspan": {"unsupported"}, "sampled": {"out-of-range"}, "erspan-collector": {"out-of-range"}, "erspan-device-end": {"out-of-range", "unsupported"},
		},
		Device: func(t *testing.T) *drivertest.Device {
			d := contractDevice(t, clock)
			d.Target.Device.Confirm = confirm
			return d
		},
		Parsers: contractParsers,
		Only:    only,
	})
}

// TestContractOverNETCONF is the same over NETCONF: the same sessions, of the same virtual
// router, whose other hands work at its command line.
func TestContractOverNETCONF(t *testing.T) {
	contractOverNETCONF(t, "", "capabilities", "intents", "parsers", "converge", "refusals", "cancellation", "drift", "confirms", "counts")
}

// A push that was cut off before its commit is waited for as long as it could have waited;
// so here pushes stand. One that waits is in netconf_test.go.
func TestContractOfOutagesOverNETCONF(t *testing.T) {
	contractOverNETCONF(t, mirror.ConfirmNone, "outages")
}

func contractOverNETCONF(t *testing.T, confirm string, only ...string) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == iosxr.Platform && d.Protocol == iosxr.ProtocolNETCONF })
	drivertest.Run(t, drivertest.Suite{
		Driver: catalogue[i], Sampled: true, Goldens: "netconf",
		Facts: mirror.Facts{Model: "NCS-5501", Version: "7.5.2"},
		Ports: ports,
		Refused: map[string][]string{
			"vlan-source-rx": {"unsupported"}, "several-vlans": {"unsupported"}, "port-and-vlan": {"unsupported"}, "trunk-filter-vlans": {"unsupported"},
			"rspan": {"unsupported"}, "sampled": {"out-of-range"}, "erspan-collector": {"unsupported"}, "erspan-device-end": {"unsupported"}, "acl-filter": {"unsupported"},
		},
		Device: func(t *testing.T) *drivertest.Device {
			s := contractRouter(t, 1)
			d := &s.Device
			d.Target.Transport.Protocol, d.Target.Device.Confirm = iosxr.ProtocolNETCONF, confirm
			d.Refusals = func(mirror.Block) []drivertest.Refusal { return refusedOperations(s.Faults) }
			d.Wires.Clear = nil
			return d
		},
		Unproved: map[string]string{"listed": "the device tells of no commit that waits",
			"clear": "the model of interfaces that is read tells of no clearing that the lab has"},
		Parsers: netconfParsers,
		Only:    only,
	})
}

// refusedOperations refuses what a push asks for, in turn.
func refusedOperations(faults func(func(*lab.Faults))) (out []drivertest.Refusal) {
	// A commit and a check that are refused are tried again, block by block: so they are
	// refused for as long as they are asked for. An edit is of its block.
	for _, operation := range []string{"commit", "validate", "edit-config"} {
		const words = "'RSI' detected the 'warning' condition 'it is not taken'"
		times := map[string]int{"edit-config": 1}[operation]
		out = append(out, drivertest.Refusal{Name: operation, Words: words, Arm: func() (disarm func()) {
			faults(func(f *lab.Faults) {
				f.Refuse = []lab.Refusal{{Line: "^" + operation + " ", Answer: words, Times: times}}
			})
			return func() { faults(func(f *lab.Faults) { f.Refuse = nil }) }
		}})
	}
	return out
}

const contractLab = `
fabric:
  clockFactor: %d
  switches:
    - name: sw1
      platform: cisco_iosxr
      netconf: {}
      ports: [TenGigE0/0/0/1-6, TenGigE0/0/0/9, TenGigE0/0/0/20-24, TenGigE0/0/0/46-47, HundredGigE0/0/1/0, MgmtEth0/RP0/CPU0/0]
      credentials: [{username: contract, password: contract-login}]
      config: |
        snmp-server community kept RO
        interface Bundle-Ether1
        interface TenGigE0/0/0/23
         bundle id 1 mode active
        interface TenGigE0/0/0/9.100
         encapsulation dot1q 100
        interface TenGigE0/0/0/24
         ipv4 address 192.0.2.1 255.255.255.0
  hosts: [{at: "sw1:TenGigE0/0/0/1", name: one}, {at: "sw1:TenGigE0/0/0/2", name: two}, {at: "sw1:TenGigE0/0/0/46", name: ids-1}, {at: "sw1:TenGigE0/0/0/47", name: ids-2}]
`

// contractDevice is a virtual router behind real SSH. It is a simulation: the
// recordings in fixtures_test.go outrank it.
func contractDevice(t *testing.T, clock int) *drivertest.Device {
	return &contractRouter(t, clock).Device
}

func contractRouter(t *testing.T, clock int) *drivertest.Simulated {
	s := drivertest.OnLab(t, fmt.Sprintf(contractLab, clock), ports, "TenGigE0/0/0/60")
	sw := s.Switch
	configure := func(lines ...string) string {
		return sw.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"commit", "end"})...)
	}
	s.Config = func() string { return passing.ReplaceAllString(sw.RunningConfig(), "") }
	s.Others = others
	s.Foreign = func() (sessions, opaque int) {
		configure("monitor-session voice ethernet", "destination interface TenGigE0/0/0/20", "root", "monitor-session tape ethernet", "destination interface TenGigE0/0/0/21", "rate-limit rx 1000",
			"interface TenGigE0/0/0/4", "monitor-session voice ethernet direction rx-only port-level", "interface TenGigE0/0/0/5", "monitor-session tape ethernet",
			"interface TenGigE0/0/0/6", "monitor-session orphan ethernet")
		return 3, 1
	}
	s.Refusals = func(b mirror.Block) []drivertest.Refusal { return contractRefusals(b, s.Faults) }
	s.Manual = func(n mirror.NativeSession) []drivertest.Manual { return contractManual(n, configure) }
	s.Expire = sw.Lapse
	s.Occupy = func() (release func()) {
		sw.Exec("configure exclusive", "snmp-server contact theirs", "commit confirmed 65535")
		return sw.Lapse
	}
	return s
}

// passing is what a configuration has of each commit, and an interface at which nothing
// stands any more.
var passing = regexp.MustCompile(`(?m)^(?:!! Last configuration change at .*|interface \w+GigE\S+\n!)\n`)

var ownTunnel = regexp.MustCompile(`^interface tunnel-ip[2-5]\d{4}$`)

// others is a running configuration without our sessions, what stands for them at
// interfaces, and the lists and tunnels that bear our names; nor interfaces that hold
// nothing beside.
func others(config string, own []mirror.NativeSession) string {
	var out strings.Builder
	var block []string // lines of an interface
	flush := func() {
		if len(block) > 1 || len(block) == 1 && !strings.HasPrefix(block[0], "interface ") {
			out.WriteString(strings.Join(block, ""))
		}
		block = nil
	}
	skip := -1 // the indentation of a line of ours, with what stands below it
	for line := range strings.Lines(config) {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		words := strings.TrimSpace(line)
		if words == "!" || skip >= 0 && indent > skip {
			continue
		}
		skip = -1
		if indent == 0 {
			flush()
		}
		ours := strings.HasPrefix(words, "ipv4 access-list nm-") || strings.HasPrefix(words, "ipv4 access-group nm-") || ownTunnel.MatchString(words) ||
			slices.ContainsFunc(own, func(n mirror.NativeSession) bool { return strings.HasPrefix(words+" ", "monitor-session "+n.ID+" ") })
		if ours {
			skip = indent
			continue
		}
		block = append(block, line)
	}
	flush()
	return out.String()
}

// contractRefusals refuses each line of a block in turn, and the commit of all.
func contractRefusals(b mirror.Block, faults func(func(*lab.Faults))) []drivertest.Refusal {
	var out []drivertest.Refusal
	seen := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSpace(b.Text), "\n") {
		if line = strings.TrimSpace(line); seen[line] {
			continue
		}
		seen[line] = true
		const words = "% Invalid input detected at '^' marker."
		out = append(out, drivertest.Refusal{Name: fmt.Sprintf("line %d", i+1), Words: words,
			Arm: func() (disarm func()) {
				faults(func(f *lab.Faults) {
					f.Refuse = []lab.Refusal{{Line: "^" + regexp.QuoteMeta(line) + "$", Answer: words, Times: 1}}
				})
				return func() { faults(func(f *lab.Faults) { f.Refuse = nil }) }
			}})
	}
	return out
}

// contractManual is what a person may type about our session.
func contractManual(n mirror.NativeSession, configure func(...string) string) []drivertest.Manual {
	session := "monitor-session " + n.ID
	typed := func(name, want string, lines ...string) drivertest.Manual {
		return drivertest.Manual{Name: name, Verb: "change", Want: want, Do: func() { configure(lines...) }}
	}
	at := func(symbol string) string { return "interface " + ports[symbol] }
	return []drivertest.Manual{
		typed("a source taken away", "missing port TenGigE0/0/0/1 both", at("p1"), "no "+session),
		typed("a source put in", "too much port TenGigE0/0/0/9 tx", at("p9"), session+" ethernet direction tx-only port-level"),
		typed("another direction", "missing port TenGigE0/0/0/2 rx; too much port TenGigE0/0/0/2 tx", at("p2"), "no "+session, session+" ethernet direction tx-only port-level"),
		typed("another destination", "destination [TenGigE0/0/0/22] instead of [TenGigE0/0/0/46]", session, "destination interface TenGigE0/0/0/22"),
		typed("the session gone and its sources left", "destination [] instead of [TenGigE0/0/0/46]", "no "+session),
		typed("cut short", "truncate 128 against 0", at("p1"), session+" ethernet port-level", "mirror first 128", at("p2"), session+" ethernet direction rx-only port-level", "mirror first 128"),
		{Name: "deleted", Verb: "create", Do: func() {
			configure("no "+session, at("p1"), "no "+session, at("p2"), "no "+session)
		}},
	}
}

var contractParsers = []drivertest.Parser{
	{Name: "sessions", Parse: iosxr.ParseSessions, Seeds: "testdata/observe/[cf]o*.txt"},
	{Name: "status", Parse: iosxr.ParseStatus, Seeds: "testdata/observe/status*.txt"},
	{Name: "counters", Parse: iosxr.ParseCounters, Seeds: "testdata/observe/interfaces*.txt"},
	{Name: "waits", Parse: iosxr.ParseWaits, Seeds: "testdata/observe/waits.txt", Kinds: asked},
	{Name: "waits of older releases", Parse: iosxr.ParseWaitsShort, Seeds: "testdata/observe/older_waits.txt", Kinds: asked},
	{Name: "failed", Parse: iosxr.ParseFailed, Seeds: "testdata/observe/config*.txt"},
	{Name: "facts", Parse: iosxr.ParseFacts, Seeds: "testdata/observe/version*.txt"},
}

var netconfParsers = []drivertest.Parser{
	{Name: "answers", Parse: iosxr.ParseAnswers, Seeds: "testdata/observe/netconf*.xml"},
}

func FuzzNETCONF(f *testing.F) { drivertest.Fuzz(f, netconfParsers...) }

// asked are the kinds of what a device may answer to the question who configures.
var asked = []error{mirror.ErrParse, mirror.ErrRejected}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParsers...) }
