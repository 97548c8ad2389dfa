package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// sessionAttributes are the intent of a session, named after the fields of the API.
func sessionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name":        nameAttribute("session"),
		"description": text("For people."),
		"sources": objects("What is copied.", true, map[string]schema.Attribute{
			"device":    needed("Name of the device."),
			"interface": text("A port, a range of ports or a port-channel, in the platform's words. Either this or `vlan`."),
			"vlan":      number("A VLAN instead of an interface."),
			"direction": usually("both", "`rx` (enters the switch), `tx` or `both`."),
			"priority":  usualNumber(50, "1 to 100; higher is shed later."),
			"essential": flag("Never shed by `shed-sources`, nor left out by `rx-only`."),
		}),
		"destinations": objects("Where copies go. Each is a tool, a port of a device, or an IP address.", true, map[string]schema.Attribute{
			"tool":      text("Name of a tool."),
			"device":    text("Name of a device, with `interface`."),
			"interface": text("A port of the device, in the platform's words."),
			"ip":        text("Address of a collector (ERSPAN)."),
		}),
		"kind":         usually("auto", "`auto`, `span`, `rspan` or `erspan`."),
		"tags":         usually("preserve", "VLAN tags of the copies: `preserve` or `strip`."),
		"ingress":      usually("disabled", "What the destination sends in: `disabled` or `enabled`."),
		"filter_vlans": numbers("Copy only frames of these VLANs."),
		"filter":       text("Name of a filter."),
		"truncate":     number("Octets that are kept of each frame."),
		"sample":       number("Copy one of so many frames."),
		"native_id":    text("Pins the number or the name of the native session."),
		"force":        flag("Overrides the guard of the destination; recorded."),
		"rspan": object("The remote VLAN of a session over several switches.", map[string]schema.Attribute{
			"vlan": neededNumber("1 to 4094."),
			"transit": objects("The devices on its way.", false, map[string]schema.Attribute{
				"device": needed("Name of the device."),
				"trunks": texts("Trunks that carry the VLAN.", true),
			}),
		}),
		"erspan": object("The GRE tunnel that copies to a collector are sent in.", map[string]schema.Attribute{
			"id":            neededNumber("ID of the session in its header."),
			"origin":        text("Source address of the tunnel."),
			"vrf":           text("VRF that the tunnel is in."),
			"ttl":           number("Time to live of the outer header."),
			"dscp":          number("DSCP of the outer header."),
			"mtu":           number("MTU of the tunnel."),
			"type":          number("2 or 3."),
			"encapsulation": text("`erspan` (default), or `gre`: plain GRE of Ethernet frames, where `id` is the key."),
			"origins": objects("Source addresses of single devices; each goes before `origin`.", false, map[string]schema.Attribute{
				"device":  needed("Name of the device."),
				"address": needed("An IP address of it."),
			}),
		}),
		"enabled":  usualFlag(true, "`false` takes the session off the devices and keeps the intent."),
		"priority": usualNumber(50, "1 to 100; higher is shed later."),
		"admission": object("How the load to be expected is judged.", map[string]schema.Attribute{
			"mode":            text("`enforce` (default): what does not fit is refused; `warn`; `off`: nothing is reckoned."),
			"basis":           text("`measured` (default) or `worst-case`."),
			"max_utilization": share("Share of the capacity that may be used, 0 to 1; default: 0.8, or that of the tool."),
		}),
		"on_overload": object("What happens when a destination is oversubscribed.", map[string]schema.Attribute{
			"action": usually("report", "`report` or `relieve`."),
			"ladder": texts("Steps of relief in their order, of `truncate`, `sample`, `rx-only`, `shed-sources` and `suspend`.", false),
		}),
		"drift_policy":   usually("repair", "`repair`, or `report`: what others change on the device is told and left."),
		"delete_policy":  usually("remove", "`remove`, or `orphan`: what is on the devices stays there when the session is deleted."),
		"on_failure":     usually("rollback", "`rollback`, or `retry`: what other devices took is kept, and the one that refused is asked again."),
		"on_unreachable": usually("refuse", "For a device that is away: `refuse`, or `queue`: accept the session and make it when the device is back."),
		"lease": object("How long the session lives; then it leaves its devices.", map[string]schema.Attribute{
			"duration": text("From its acceptance, such as `4h` or `1h30m`."),
			"until":    text("A time (RFC 3339)."),
		}),
		"purpose": object("Why it exists.", map[string]schema.Attribute{
			"reason": text("In a sentence."),
			"ticket": text("Number of a ticket."),
		}),
		"labels": labels(),
	}
}

// sessionStatus are the attributes that the controller decides.
func sessionStatus() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"phase": schema.StringAttribute{Computed: true, MarkdownDescription: "`Active`, `Pending`, `Applying`, `Degraded`, `Unknown`, `Suspended`, `Expired` or `Failed`, " +
			"when Terraform last looked."},
		"conditions": schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "What is known of it, by name: `Admitted`, `Configured`, `Programmed`, `Effective`, " +
			"`DestinationHealthy` and `Persisted`, each `True`, `False` or `Unknown`, its reason, and where it is not `True` a message: `False (Drift): ...`."},
		"native_ids": schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Number or name of the native session on each device."},
	}
}
