package plan

import "github.com/netmirror/netmirror/internal/mirror"

// Cables are the declared links of a device by port. ports is that of its driver, see
// DeviceInfo; what is no port of it any more is left out.
func Cables(d mirror.Device, ports func(string) ([]mirror.PortName, error)) map[mirror.PortName][]mirror.Link {
	var out map[mirror.PortName][]mirror.Link
	for _, l := range d.Links {
		at, err := ports(l.Interface)
		if err != nil || len(at) != 1 {
			continue
		}
		if out == nil {
			out = map[mirror.PortName][]mirror.Link{}
		}
		out[at[0]] = append(out[at[0]], l)
	}
	return out
}
