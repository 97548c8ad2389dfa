package plain

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// Canonical takes a port's name as it is: no grammar of names is told for switches of
// which only the MIB is known.
func Canonical(name string) (string, bool) {
	return name, name != "" && !strings.ContainsAny(name, " \t")
}

// Short is a port's name: ifName and ifDescr are the same.
func Short(name string) string { return name }

var run = regexp.MustCompile(`^(.*?)(\d+)-(\d+)$`)

// Expand spells runs such as "gi1-24" out. A port without a speed is of 1 Gb/s.
func Expand(list []fabric.PortSpec) (out []fabric.PortSpec, err error) {
	for _, p := range list {
		p.Speed = cmp.Or(p.Speed, fabric.Gbps)
		m := run.FindStringSubmatch(p.Name)
		if m == nil {
			if _, ok := Canonical(p.Name); !ok {
				return nil, fmt.Errorf("%q is no name of a port", p.Name)
			}
			out = append(out, p)
			continue
		}
		first, _ := strconv.Atoi(m[2])
		last, _ := strconv.Atoi(m[3])
		if first > last || last-first > 1024 {
			return nil, fmt.Errorf("ports %q: a run goes up, by at most 1024", p.Name)
		}
		for n := first; n <= last; n++ {
			out = append(out, fabric.PortSpec{Name: m[1] + strconv.Itoa(n), Speed: p.Speed})
		}
	}
	return out, nil
}
