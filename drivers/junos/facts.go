package junos

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Where analyzers stand, in Facts.Extra under extraHierarchy. A device that does not let
// itself be asked is taken for one of ELS.
const (
	extraHierarchy = "analyzers"
	hierarchyELS   = "forwarding-options"
	hierarchyOld   = "ethernet-switching-options" // EX switches before ELS
	hierarchyNone  = "none"                       // MX and PTX: instances of port-mirroring, which filters feed
)

var (
	factHost  = regexp.MustCompile(`(?i)^\s*Hostname:\s*(\S+)`)
	factModel = regexp.MustCompile(`(?i)^\s*Model:\s*(?:jnp\S+ \[)?([^\s\]]+)`)
	factJunos = regexp.MustCompile(`(?i)^\s*Junos:\s*(\S+)`)
	factSuite = regexp.MustCompile(`(?i)^\s*JUNOS .*\[(\d[^\]]*)\]\s*$`)
	factBoot  = regexp.MustCompile(`^\s*System booted: .*\((.*) ago\)`)
)

// parseFacts reads "show version" and "show system uptime". Of a Virtual Chassis the
// first member counts. mirror.ErrParse when there is no version.
func parseFacts(version, uptime string) (mirror.Facts, error) {
	lines := said(version)
	first := func(re *regexp.Regexp) string {
		for _, line := range lines {
			if m := re.FindStringSubmatch(line); m != nil {
				return m[1]
			}
		}
		return ""
	}
	// Until 12.3 or so, only the packages tell the version.
	f := mirror.Facts{Hostname: first(factHost), Model: first(factModel), Version: cmp.Or(first(factJunos), first(factSuite))}
	if f.Version == "" {
		return f, text.ParseError(showVersion, version)
	}
	lines = said(uptime)
	f.Uptime = text.Ago(first(factBoot))
	return f, nil
}

// learn tells from what a device does not know which of the hierarchies it has
// (juniper-junos.md 0).
func learn(r console.Replies, f mirror.Facts) {
	unknown := func(command string) bool {
		words, refused := showRefusal(r[command])
		return refused && missing.MatchString(words)
	}
	told := func(command string) bool { _, asked := r[command]; return asked && !absent(r[command]) }
	switch {
	case without(f.Model), unknown(probeELS) && unknown(probeOld):
		f.Extra[extraHierarchy] = hierarchyNone
	case told(probeOld):
		f.Extra[extraHierarchy] = hierarchyOld
	case told(probeELS):
		f.Extra[extraHierarchy] = hierarchyELS
	}
}

// without reports models that have no analyzers, or that are driven by filters instead.
func without(model string) bool { return family(model, "mx", "vmx", "ptx", "srx", "vsrx", "ex92") }

// family reports whether a model is of one of the families whose names begin so.
func family(model string, names ...string) bool {
	model = strings.TrimPrefix(strings.ToLower(model), "jnp")
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(model, n) })
}

// hierarchy is where the analyzers of a device stand.
func hierarchy(f mirror.Facts) string {
	if h := f.Extra[extraHierarchy]; h != "" {
		return h
	}
	if without(f.Model) {
		return hierarchyNone
	}
	return hierarchyELS
}

func legacy(f mirror.Facts) bool { return hierarchy(f) == hierarchyOld }

var releaseText = regexp.MustCompile(`^(\d{1,3})\.(\d{1,3})(?:[RXBF](\d{1,3}))?`)

// from reports whether a release is at least year.quarter and its revision r: 23.4R2.
func from(f mirror.Facts, year, quarter, r int) bool {
	m := releaseText.FindStringSubmatch(f.Version)
	if m == nil {
		return false
	}
	var is [3]int
	for i := range is {
		is[i], _ = strconv.Atoi(m[i+1])
	}
	return slices.Compare(is[:], []int{year, quarter, r}) >= 0
}
