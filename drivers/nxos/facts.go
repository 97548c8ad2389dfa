package nxos

import (
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The lines of "show version" that tell who a switch is. Those of the system are called
// "NXOS" on a Nexus 9000 and 3000, "system" elsewhere, where the kickstart image has a
// version of its own (general knowledge, with the Ansible and NAPALM programs for it).
var (
	versionLine  = regexp.MustCompile(`^\s*(?:NXOS|system|kickstart):\s+version\s+(\S+)`)
	chassisLine  = regexp.MustCompile(`(?i)^\s*cisco\s+((?:nexus|nx-osv).*?)\s+chassis\b`)
	boardLine    = regexp.MustCompile(`(?i)^\s*processor board id\s+(\S+)`)
	deviceLine   = regexp.MustCompile(`(?i)^\s*device name:\s*(\S+)`)
	uptimeLine   = regexp.MustCompile(`(?i)^\s*kernel uptime is\s+(.*)$`)
	chassisSlots = regexp.MustCompile(`\s+\(.*$`)
)

// parseFacts reads "show version". mirror.ErrParse when there is no version of NX-OS.
func parseFacts(reply string) (f mirror.Facts, err error) {
	for _, line := range noise.Lines(reply) {
		for re, take := range map[*regexp.Regexp]func(string){
			versionLine: func(v string) { f.Version = v }, // system stands behind kickstart
			chassisLine: func(v string) { f.Model = chassisSlots.ReplaceAllString(v, "") },
			boardLine:   func(v string) { f.Serial = v },
			deviceLine:  func(v string) { f.Hostname = v },
			uptimeLine:  func(v string) { f.Uptime = text.Uptime(v) },
		} {
			if m := re.FindStringSubmatch(line); m != nil {
				take(m[1])
			}
		}
	}
	if f.Version == "" {
		return mirror.Facts{}, text.ParseError(showVersion, text.FirstLine(reply))
	}
	return f, nil
}

// A family is a line of switches that share what they can do.
type family string

// The families, by the words for them.
const (
	nexus9000 family = "Nexus 9000"
	nexus3000 family = "Nexus 3000"
	nexus3548 family = "Nexus 3548"
	nexus5000 family = "Nexus 5000 and 5500"
	nexus5600 family = "Nexus 5600 and 6000"
	nexus7000 family = "Nexus 7000"
)

var modelNumber = regexp.MustCompile(`\d{4,6}`)

// number is that of the chassis, the last of a model: "Nexus9000 C93180YC-EX" is 93180.
func number(f mirror.Facts) string {
	all := modelNumber.FindAllString(f.Model, -1)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// familyOf is that of a model; one that is not known is taken for a Nexus 9000, and the
// device has the last word.
func familyOf(f mirror.Facts) family {
	n := number(f)
	for _, of := range []struct {
		begins string
		is     family
	}{{"3548", nexus3548}, {"3524", nexus3548}, {"56", nexus5600}, {"6", nexus5600}, {"5", nexus5000}, {"7", nexus7000}, {"3", nexus3000}} {
		if strings.HasPrefix(n, of.begins) {
			return of.is
		}
	}
	return nexus9000
}
