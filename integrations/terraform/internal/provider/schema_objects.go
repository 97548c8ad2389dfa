package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// deviceAttributes are the entry of a device. Logins are no part of it: it names a
// credentials profile of the controller's host.
func deviceAttributes() map[string]schema.Attribute {
	config := transport("How the device is configured.")
	config.Required, config.Optional = true, false
	return map[string]schema.Attribute{
		"name":     nameAttribute("device"),
		"platform": needed("Key of the catalogue, such as `cisco_iosxe`; `netmirror platforms` lists them."),
		"transports": schema.SingleNestedAttribute{Required: true, MarkdownDescription: "How the device is reached.", Attributes: map[string]schema.Attribute{
			"config":   config,
			"counters": transport("For counters; default: `config`."),
			"state":    transport("For operational state; default: `config`."),
		}},
		"labels":         labels(),
		"mode":           usually("full", "`full`, or `observe`: everything but pushes."),
		"maintenance":    flag("No pushes until it ends."),
		"resync":         text("How often the device is read when undisturbed, such as `5m`."),
		"persist":        usually("if-clean", "When running is saved to startup after a push: `if-clean`, `always` or `never`."),
		"confirm":        text("`timer`: the device takes a push back by itself unless it is confirmed; `none`: a push stands; default: as usual on the platform."),
		"confirm_window": text("Within how long a push is to be confirmed; at most `1m`, which is the default."),
		"confirm_grace":  text("How late the device may be in taking it back; default `1m30s`."),
		"native_ids": object("Numbers of native sessions that netmirror may use, taken from the top; default: all of the platform.", map[string]schema.Attribute{
			"from": neededNumber("The lowest."),
			"to":   neededNumber("The highest."),
		}),
		"links": objects("What is cabled to the device, as far as somebody says so.", false, map[string]schema.Attribute{
			"interface":      needed("Of the device, in the platform's words."),
			"device":         needed("Who is at the other end: the name of a device, or of anything else."),
			"peer_interface": text("Of the other end."),
		}),
		"max_sessions": number("Native sessions that the device may hold, foreign ones too; default: the platform's limit."),
	}
}

func transport(doc string) schema.SingleNestedAttribute {
	return object(doc, map[string]schema.Attribute{
		"protocol":    needed("Such as `cli`, `netconf`, `gnmi`, `ovsdb` or `snmp`."),
		"address":     needed("Host name, IP address, or path of a unix socket."),
		"port":        number("Default: that of the protocol."),
		"bridge":      text("The virtual switch meant, when the address has several."),
		"credentials": text("Name of a credentials profile, made on the controller's host by `netmirror credentials set`."),
		"host_key":    text("`strict`: no unknown key; `SHA256:...`: none but the key of this fingerprint; `insecure`: none is looked at; default: pinned on first use."),
		"jump_host": object("An SSH server on the way.", map[string]schema.Attribute{
			"address":     needed("`host[:port]`."),
			"credentials": needed("Name of its credentials profile."),
		}),
		"legacy_algorithms": flag("Offer the SSH algorithms that old switches need."),
		"tls":               flag("Speak TLS over OVSDB."),
		"server_name":       text("Name that the server's certificate must bear; default: the address."),
		"insecure":          text("Of gNMI, for labs: `skip-verify` or `plaintext`."),
		"type_ahead":        text("`auto` (default), or `off`: one line at a time."),
		"max_write_bytes":   number("Most octets in one write to a command line; default 900."),
		"max_reply_bytes":   number("Most octets of one reply; default 4194304."),
		"keepalive":         text("Silence after which the server is probed."),
		"want_reply":        flag("Wait for the answers to the requests for a terminal and a shell."),
		"idle_close":        text("How long a connection that nothing needs stays open; default `2m`."),
		"timeouts": object("How long the device is waited for; default: the controller's settings.", map[string]schema.Attribute{
			"dial": text("Connecting, login included."),
			"read": text("Silence while output is waited for."),
			"push": text("One write of configuration with all its answers."),
		}),
	})
}

// deviceStatus are what the controller knows of a device.
func deviceStatus() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"managed_by": schema.StringAttribute{Computed: true, MarkdownDescription: "The door through which the device is managed; `api` for what Terraform makes."},
		"reachable":  schema.StringAttribute{Computed: true, MarkdownDescription: "`True`, `False` or `Unknown` (not read yet), when Terraform last looked."},
		"facts":      schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "`hostname`, `model`, `version` and `serial`, as far as they are known."},
	}
}

func toolAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name":            nameAttribute("tool"),
		"description":     text("For people."),
		"device":          text("Name of the device that it is connected to."),
		"interface":       text("Port of that device, in the platform's words."),
		"ip":              text("Address of a collector, instead of a port."),
		"capacity":        number("Bits per second on the wire; default: the speed of the port."),
		"max_utilization": share("Share of the capacity that copies may use, 0 to 1."),
		"owner":           text("Whom to ask."),
		"accepts":         texts("What it takes: `untagged`, `tagged`, `erspan2`, `erspan3`, `gre`.", false),
		"labels":          labels(),
	}
}

func filterAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name":        nameAttribute("filter"),
		"description": text("For people."),
		"rules": objects("In order; the first that matches decides, and what matches none is not copied.", true, map[string]schema.Attribute{
			"action":           needed("`permit` (copied) or `deny` (not copied)."),
			"protocol":         text("0 to 255, or a name such as `tcp`; default: any."),
			"source":           text("An address or a prefix; `0.0.0.0/0` is any of IPv4, `::/0` any of IPv6."),
			"source_port":      text("Of TCP or UDP: `443`, or a range such as `5060-5061`."),
			"destination":      text("As `source`."),
			"destination_port": text("As `source_port`."),
			"vlan":             number("Of one VLAN only."),
		}),
		"labels": labels(),
	}
}
