package nxos_test

import (
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/drivers/nxos"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/worker"
)

// entry is a driver of the catalogue.
func entry(t *testing.T, protocol string) worker.Driver {
	t.Helper()
	catalogue := drivers.All()
	i := slices.IndexFunc(catalogue, func(d worker.Driver) bool { return d.Platform == nxos.Platform && d.Protocol == protocol })
	if i < 0 {
		t.Fatalf("the driver over %s is not in the catalogue", protocol)
	}
	return catalogue[i]
}

// withGNMI is the lab of the contract, with the release that takes pushes back by itself.
var withGNMI = strings.NewReplacer("model: N9K-C93180YC-EX\n", "model: N9K-C93180YC-EX\n      version: 10.6(2)\n      gnmi: {plaintext: true}\n").Replace(contractLab)

func TestContractOverGNMI(t *testing.T) {
	drivertest.Run(t, drivertest.Suite{
		Driver:  entry(t, models.ProtocolGNMI),
		Sampled: true,
		Facts:   mirror.Facts{Model: "Nexus9000 C93180YC-EX", Version: "10.6(2)"},
		Ports:   ports,
		Goldens: "gnmi",
		Refused: map[string][]string{
			"rspan": {"unsupported"}, "sampled": {"unsupported"}, "acl-filter": {"unsupported"},
			"truncated": {"out-of-range"}, // this model begins with 320 octets
		},
		Device:  gnmiDevice,
		Parsers: modelParsers,
	})
}

// overGNMI is the target of a switch's gNMI server.
func overGNMI(t *testing.T, sw *lab.Switch, was mirror.Target) mirror.Target {
	t.Helper()
	host, text, err := net.SplitHostPort(sw.GNMIAddr())
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	was.Transport = mirror.Transport{Protocol: models.ProtocolGNMI, Address: host, Port: port, Insecure: mirror.InsecurePlaintext, Credentials: was.Transport.Credentials}
	return was
}

// gnmiDevice is the switch of the contract over gNMI; others and people still type.
func gnmiDevice(t *testing.T) *drivertest.Device {
	s := contractSwitch(t, withGNMI)
	s.Target = overGNMI(t, s.Switch, s.Target)
	s.Refusals = func(b mirror.Block) (out []drivertest.Refusal) {
		for _, op := range regexp.MustCompile(`"(delete|replace|update)": "([^"]*)"`).FindAllStringSubmatch(b.Text, -1) {
			words := "the hardware does not take it"
			out = append(out, drivertest.Refusal{Name: op[1] + " " + op[2], Words: words, Arm: func() (disarm func()) {
				s.Faults(func(f *lab.Faults) {
					f.Refuse = []lab.Refusal{{Line: "^" + regexp.QuoteMeta(op[1]+" "+op[2]) + "( |$)", Answer: words}}
				})
				return func() { s.Faults(func(f *lab.Faults) { f.Refuse = nil }) }
			}})
		}
		return out
	}
	return &s.Device
}

var modelParsers = []drivertest.Parser{
	{Name: "answers", Parse: nxos.ParseAnswers, Seeds: "testdata/observe/model*.json"},
}

func FuzzModel(f *testing.F) { drivertest.Fuzz(f, modelParsers...) }
