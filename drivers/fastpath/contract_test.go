package fastpath_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/fastpath"
	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

var _ = flag.Bool("update", false, "rewrite the golden files of the contract")

// ports: the lab's switch has no port-channel.
var ports = map[string]string{"p1": "1/0/1", "p2": "1/0/2", "p3": "1/0/3", "p9": "1/0/9", "up1": "1/0/22", "lag1": "1/0/21", "d1": "1/0/23", "d2": "1/0/24"}

const group = "1.3.6.1.4.1.4526.10.1.2.10"

func TestContract(t *testing.T) { contract(t, drivertest.Community()) }

// TestContractOfVersion3: what passes is signed and encrypted.
func TestContractOfVersion3(t *testing.T) {
	contract(t, drivertest.User(), drivertest.OnDevice()...)
}

func contract(t *testing.T, login mirror.SNMPLogin, only ...string) {
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == fastpath.Platform && d.Protocol == fastpath.Protocol })
	extra := map[string]string{"agentPortMirroringGroup": group, "brand": "NETGEAR managed", "sessions": "4", "newer": "yes"}
	number := func(name mirror.PortName) int {
		n, _ := strconv.Atoi(strings.TrimPrefix(string(name), "1/0/"))
		return n
	}
	drivertest.Run(t, drivertest.Suite{
		Driver: catalogue[i],
		Facts:  mirror.Facts{Model: "simulation of the netmirror lab: snmp_fastpath FASTPATH switch", Version: "lab", Extra: extra},
		Ports:  ports,
		Observation: func(o *mirror.Observation) {
			o.Handles = map[string]string{}
			for i, p := range o.Ports {
				o.Ports[i].Handle = fmt.Sprintf("1.3.6.1.2.1.31.1.1.1.1.%d", number(p.Name))
			}
			for n := 1; n <= 4; n++ {
				o.Handles[fmt.Sprintf("row %s.4.1.2.%d", group, n)] = "0 2 0 00000000 0 0 0 0 0"
			}
		},
		Refused: map[string][]string{
			"lag-source": {"unsupported"}, "lag-destination": {"unsupported"}, "vlan-source-rx": {"unsupported"}, "several-vlans": {"unsupported"}, "port-and-vlan": {"unsupported"},
			"trunk-filter-vlans": {"unsupported"}, "acl-filter": {"unsupported"}, "truncated": {"unsupported"}, "sampled": {"unsupported"},
			"rspan": {"unsupported"}, "erspan-collector": {"unsupported"}, "erspan-device-end": {"unsupported"},
		},
		Device:   func(t *testing.T) *drivertest.Device { return contractDevice(t, login) },
		Unproved: map[string]string{"clear": "nothing clears the counters of an agent but its start"},
		Parsers:  []drivertest.Parser{contractParser},
		Only:     only,
	})
}

var contractParser = drivertest.Parser{Name: "observe", Parse: fastpath.ParseTables, Seeds: "testdata/observe/*.txt",
	Kinds: []error{mirror.ErrParse, mirror.ErrInvalid, mirror.ErrRejected, mirror.ErrNotFound}}

func FuzzContract(f *testing.F) { drivertest.Fuzz(f, contractParser) }

const contractLab = `
fabric:
  switches:
    - name: sw1
      platform: snmp_fastpath
      model: FASTPATH switch
      snmp: {` + drivertest.AgentLogins + `}
      settings: {sessions: 4}
      config: |
        vlan 110 phones
        vlan 900
        port 1/0/22 trunk 110
  hosts: [{at: "sw1:1/0/1"}, {at: "sw1:1/0/2"}, {at: "sw1:1/0/3"}, {at: "sw1:1/0/9"}, {at: "sw1:1/0/21"}, {at: "sw1:1/0/22"}, {at: "sw1:1/0/23"}, {at: "sw1:1/0/24"}, {at: "sw1:1/0/20"}]
`

func contractDevice(t *testing.T, login mirror.SNMPLogin) *drivertest.Device {
	s := drivertest.OnAgent(t, login, contractLab, ports, "1/0/99")
	cell := func(column, session int) mib.OID {
		return mib.Must(fmt.Sprintf(".%s.4.1.%d.%d", group, column, session))
	}
	set := func(name mib.OID, v mib.Value) {
		t.Helper()
		if err := s.Switch.SNMPSet(mib.Binding{Name: name, Value: v}); err != nil {
			t.Error(err)
		}
	}
	mask := func(ports ...int) mib.Value {
		out := make([]byte, 4)
		for _, p := range ports {
			out[(p-1)/8] |= 0x80 >> ((p - 1) % 8)
		}
		return mib.Text(string(out))
	}
	s.Others = func(config string, own []mirror.NativeSession) string {
		var out strings.Builder
		for line := range strings.Lines(config) {
			if !slices.ContainsFunc(own, func(n mirror.NativeSession) bool { return strings.HasPrefix(line, "mirror "+n.ID+" ") }) {
				out.WriteString(line)
			}
		}
		return out.String()
	}
	s.Foreign = func() (sessions, opaque int) {
		set(cell(2, 1), mib.Unsigned(20))
		set(cell(3, 1), mask(5, 6))
		set(cell(4, 1), mib.Int(1))
		if err := s.Switch.SNMPSet(mib.Binding{Name: mib.Must("." + group + ".7.1.2.900"), Value: mib.Int(4)}); err != nil {
			t.Error(err)
		}
		set(cell(6, 2), mib.Unsigned(900))
		return 2, 1
	}
	s.Manual = func(n mirror.NativeSession) []drivertest.Manual {
		id, _ := strconv.Atoi(n.ID)
		kind := func(port int) mib.OID { return mib.Must(fmt.Sprintf(".%s.5.1.2.%d.%d", group, id, port)) }
		return []drivertest.Manual{
			{Name: "a source taken away", Verb: "change", Want: "missing port 1/0/1 both", Do: func() { set(cell(3, id), mask(2)) }},
			{Name: "a source put in", Verb: "change", Want: "too much port 1/0/9", Do: func() { set(cell(3, id), mask(1, 2, 9)) }},
			{Name: "another direction", Verb: "change", Want: "1/0/2", Do: func() { set(kind(2), mib.Int(1)) }},
			{Name: "stopped", Verb: "change", Want: "shut", Do: func() { set(cell(4, id), mib.Int(2)) }},
			{Name: "deleted", Verb: "create", Do: func() { set(cell(4, id), mib.Int(3)) }},
		}
	}
	return &s.Device
}
