package srl

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/model"
)

const (
	notMirrorDest = "local-mirror-destination is only allowed on subinterfaces with type local-mirror-dest"
	// notRecorded marks a refusal whose words no public place records.
	notRecorded = " (simulation: the device's words are not recorded)"
)

// mostInstances is of all releases from 22.11 on.
const mostInstances = 8

// mirroring is the schema of mirroring with what the YANG says about whole
// configurations (fact sheet, 1 and 5).
func (k kind) mirroring() *model.Def {
	instance := model.List("mirroring-instance", "name",
		model.Leaf("name", name()), admin(), model.Leaf("oper-state", oper()).ReadOnly(), model.Leaf("description", description()),
		model.Leaf("oper-down-reason", model.Enum("mirror-inst-admin-down no-mirror-source local-mirror-subif-down remote-mirror-dst-unreachable")).ReadOnly(),
		model.Container("mirror-source", k.sources()...), model.Container("mirror-destination", k.destinations()...),
	).AtMost(mostInstances)
	return model.Presence("mirroring", instance).In(k.module("mirroring", "mirror:mirroring"))
}

func (k kind) sources() (out []*model.Def) {
	direction := func() *model.Def {
		return model.Leaf("direction", model.Enum("ingress-only egress-only ingress-egress")).Defaults("egress-only")
	}
	limited := func(d *model.Def) *model.Def {
		if !k.from(23, 10) {
			d.AtMost(128)
		}
		return d
	}
	if k.has["mirror-source-intf"] {
		out = append(out, limited(model.List("interface", "name", model.Leaf("name", interfaceName()).Must(func(n *model.Node) string {
			switch port := n.Root().Entry("interface", n.Value); {
			case port == nil:
				return "Must be an existing interface name"
			case k.from(24, 10) && port.At("breakout-mode") != nil:
				return "Interfaces with breakout-mode configured cannot be mirrored"
			}
			return ""
		}), direction())))
	}
	if k.has["mirror-source-subintf"] {
		kids := []*model.Def{model.Leaf("name", subifName()).Must(func(n *model.Node) string {
			switch s := subinterface(n, n.Value); {
			case s == nil:
				return "Must be an existing subinterface name"
			case s.Text("type") == "local-mirror-dest":
				return "subinterface cannot be a local-mirror-dest type"
			}
			return ""
		}), direction()}
		if k.from(24, 3) {
			kids = append(kids, model.Leaf("oper-state", oper()).ReadOnly(), model.Leaf("oper-down-reason", model.Enum("mirror-source-ingress-table-full mirror-source-egress-table-full not-applicable")).ReadOnly())
		}
		out = append(out, limited(model.List("subinterface", "name", kids...)))
	}
	return append(out, k.aclSources())
}

func (k kind) aclSources() *model.Def {
	entry := func() *model.Def {
		return model.List("entry", "sequence-id", model.Leaf("sequence-id", model.Uint(32, "").Ref("/acl/acl-filter/entry/sequence-id", func(n *model.Node) bool {
			return filterOf(n.Up().Up()).Entry("entry", n.Value) != nil
		})))
	}
	known := func(n *model.Node) bool { return filterOf(n.Up()) != nil }
	if k.from(24, 3) {
		return model.Container("acl", model.List("acl-filter", "name type", model.Leaf("name", name().Ref("/acl/acl-filter/name", known)), model.Leaf("type", model.Enum("ipv4 ipv6 mac").Ref("/acl/acl-filter/type", known)), entry()))
	}
	return model.Container("acl", model.List("ipv4-filter", "name", model.Leaf("name", name().Ref("/acl/ipv4-filter/name", known)), entry()),
		model.List("ipv6-filter", "name", model.Leaf("name", name().Ref("/acl/ipv6-filter/name", known)), entry()))
}

// filterOf is the access list that a source names.
func filterOf(source *model.Node) *model.Node {
	return source.Root().At("acl").Entry(source.Def.Name, source.KeyValues()...)
}

func (k kind) destinations() (out []*model.Def) {
	if k.has["mirror-dest-local"] {
		out = append(out, model.Leaf("local", subifName()).Must(func(n *model.Node) string {
			if subinterface(n, n.Value).Text("type") != "local-mirror-dest" {
				return notMirrorDest
			}
			return ""
		}))
	}
	source, destination, missing := "source-address", "destination-address", "tunnel source-address and destination-address must be specified"
	if !k.from(24, 3) {
		source, destination, missing = "src-ipv4", "dst-ipv4", "tunnel src-ip and dst-ip must be specified"
	}
	both := func(n *model.Node) string {
		ends := n.At("tunnel-end-points")
		if n.Up().At("local") != nil {
			return "mirror destination can be either local or remote within the same mirror-instance"
		}
		if !(ends.At(source) != nil && ends.At(destination) != nil) && !(ends.At("src-ipv6") != nil && ends.At("dst-ipv6") != nil) {
			return missing
		}
		return ""
	}
	ends := []*model.Def{model.Leaf(source, address(true, k.from(24, 3))), model.Leaf(destination, address(true, k.from(24, 3)))}
	if !k.from(24, 3) {
		apart := func(own, other, words string) *model.Def {
			return model.Leaf(own, address(strings.HasSuffix(own, "4"), strings.HasSuffix(own, "6"))).Must(func(n *model.Node) string {
				if words != "" && n.Up().At(other) != nil {
					return words
				}
				return ""
			})
		}
		ends = []*model.Def{apart("src-ipv4", "src-ipv6", "src-ipv4 and src-ipv6 cannot be specified together"), apart("dst-ipv4", "dst-ipv6", "dst-ipv4 and dst-ipv6 cannot be specified together"),
			apart("src-ipv6", "", ""), apart("dst-ipv6", "", "")}
	}
	ends = append(ends, admin(), model.Leaf("oper-state", oper()).ReadOnly())
	network := model.Leaf("network-instance", model.String("").Ref("/network-instance/name", func(n *model.Node) bool { return n.Root().Entry("network-instance", n.Value) != nil })).Required().Must(func(n *model.Node) string {
		if kind := n.Root().Entry("network-instance", n.Value).Text("type"); kind != "ip-vrf" && kind != "default" {
			return "remote mirror tunnel can only be initiated in a network-instance of type 'ip-vrf' or 'default'"
		}
		return ""
	})
	out = append(out, model.Presence("remote", model.Leaf("encap", model.Enum(k.encaps())).Required(), network, model.Container("tunnel-end-points", ends...)).Must(both))
	if k.has["mirror-dest-statistics"] {
		out = append(out, model.Container("statistics", counter("ingress-mirrored-packets"), counter("egress-mirrored-packets"), counter("ingress-mirrored-octets"), counter("egress-mirrored-octets")).ReadOnly())
	}
	return out
}

// encaps are the encapsulations of a chassis and release.
func (k kind) encaps() string {
	var out []string
	if k.has["mirror-dest-remote-tunnel-encap-l2ogre"] || !k.from(23, 10) {
		out = append(out, "l2ogre")
	}
	if k.has["mirror-dest-remote-tunnel-encap-l3ogre"] && k.from(23, 10) {
		out = append(out, "l3ogre")
	}
	return strings.Join(out, " ")
}

// subinterface finds one by its name.
func subinterface(n *model.Node, name string) *model.Node {
	port, index, _ := strings.Cut(name, ".")
	return n.Root().Entry("interface", port).Entry("subinterface", index)
}

func subifType(n *model.Node) string {
	port := n.Up().Up().Text("name")
	bears := func(kinds ...string) bool {
		return slices.ContainsFunc(kinds, func(k string) bool { return strings.HasPrefix(port, k) })
	}
	switch {
	case !bears("ethernet", "lag") && n.Value == "local-mirror-dest":
		return "local-mirror-dest is not supported on this interface"
	case !bears("ethernet", "lag"):
		return "type not supported on this interface"
	}
	return ""
}

// tagging wants vlan-tagging on the interface, some levels above.
func tagging(words string) func(*model.Node) string {
	return func(n *model.Node) string {
		for ; n != nil; n = n.Up() {
			if n.Def.Name == "interface" {
				if n.Text("vlan-tagging") == "true" {
					return ""
				}
				break
			}
		}
		return words
	}
}

// instances are the mirroring instances of a configuration.
func instances(c config) []*model.Node {
	return c.At("system", "mirroring").All("mirroring-instance")
}

// refuses is all that is wrong with a configuration, nil = nothing. What only the
// platform checks is [D] of the fact sheet, 5; that the software switch does, too, is not
// recorded.
func (d *device) refuses(next config) error {
	wrong := d.schema.Validate(next)
	add := func(n *model.Node, text string) {
		wrong = append(wrong, &model.Error{Tag: model.TagFailed, At: n.Path(), Name: n.Def.Name, Text: text + notRecorded})
	}
	ends, from := map[string]string{}, map[string]string{}
	for _, i := range instances(next) {
		id := i.Text("name")
		destination := i.At("mirror-destination")
		end := destination.Text("local")
		if r := destination.At("remote"); r != nil {
			end = r.Text("network-instance") + " " + tunnelEnd(r)
		}
		if other := ends[end]; end != "" && other != "" {
			add(destination, "the destination is in use by mirroring-instance "+other)
		}
		ends[end] = id
		for _, list := range []string{"interface", "subinterface"} {
			for _, s := range i.At("mirror-source").All(list) {
				name := s.Text("name")
				if other := from[name]; other != "" {
					add(s, "the source is in use by mirroring-instance "+other)
				}
				from[name] = id
				if d.kind.noEgress && list == "subinterface" && s.Text("direction") != "ingress-only" {
					add(s, "sub-interfaces cannot be egress sources on this platform")
				}
			}
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// tunnelEnd is the far end of a remote destination.
func tunnelEnd(remote *model.Node) string {
	e := remote.At("tunnel-end-points")
	for _, leaf := range []string{"destination-address", "dst-ipv4", "dst-ipv6"} {
		if e.At(leaf) != nil {
			return e.Text(leaf)
		}
	}
	return ""
}
