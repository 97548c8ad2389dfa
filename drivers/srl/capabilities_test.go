package srl_test

import (
	"testing"

	"github.com/netmirror/netmirror/drivers/srl"
	"github.com/netmirror/netmirror/internal/mirror"
)

// What was recorded is a 7220 IXR-D2L whose sources copy both directions; the rest is as far
// as documents, models and what a device lists of itself go.
func TestWhatWasNotRecordedIsUnverified(t *testing.T) {
	const all = "mirror-dest-local mirror-dest-remote mirror-dest-remote-tunnel-encap-l2ogre mirror-source-acl mirror-source-intf mirror-source-subintf mirroring"
	facts := func(model, schema, features string) mirror.Facts {
		return mirror.Facts{Model: model, Extra: map[string]string{"schema": schema, "mirroring": "2024-03-31", "features": features}}
	}
	type levels struct{ local, tunnel, port, portRX, sub, subTX mirror.Level }
	const y, u, n = mirror.Yes, mirror.Unverified, mirror.No
	for name, c := range map[string]struct {
		f    mirror.Facts
		want levels
	}{
		"D2L":                    {facts("7220 IXR-D2L", "24.3", all), levels{y, y, y, u, y, u}},
		"D5":                     {facts("7220 IXR-D5", "24.3", all), levels{y, y, y, u, n, n}},
		"D5, older":              {facts("7220 IXR-D5", "23.10", ""), levels{y, y, y, u, n, n}},
		"7250 with all":          {facts("7250 IXR-6e", "25.3", all), levels{u, u, u, u, u, u}},
		"7250 by lists and l3":   {facts("7250 IXR-6e", "24.3", "mirror-dest-remote mirror-dest-remote-tunnel-encap-l3ogre mirror-source-acl mirroring"), levels{n, n, n, n, n, n}},
		"7250 with sub-ifs":      {facts("7250 IXR-10e", "24.3", "mirror-dest-local mirror-dest-remote mirror-source-subintf mirroring"), levels{u, n, n, n, u, u}},
		"7250 that lists none":   {facts("7250 IXR-6e", "24.3", ""), levels{n, n, n, n, n, n}},
		"7250 before l3, 22.11":  {facts("7250 IXR-6e", "22.11", ""), levels{n, u, n, n, n, n}},
		"a chip of 7250s, 23.10": {facts("", "23.10", "jericho2cp"), levels{n, n, n, n, n, n}},
		"nothing is known":       {mirror.Facts{}, levels{y, y, y, u, y, u}},
	} {
		got := srl.Capabilities(c.f)
		is := levels{got.Roles[mirror.RoleLocal].Level, got.Roles[mirror.RoleERSPANSource].Level, got.Sources[mirror.SourcePort][mirror.Both].Level,
			got.Sources[mirror.SourcePort][mirror.RX].Level, got.Sources[mirror.SourceSub][mirror.Both].Level, got.Sources[mirror.SourceSub][mirror.TX].Level}
		if is != c.want {
			t.Errorf("%s: %+v, want %+v", name, is, c.want)
		}
		for role, s := range got.Roles {
			if s.Source == "" {
				t.Errorf("%s: %s has no source", name, role)
			}
		}
	}
}
