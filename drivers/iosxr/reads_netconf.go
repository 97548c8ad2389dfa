package iosxr

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// Where what was read is in the tree.
const (
	treeSessions    = "monitor-sessions"
	treeAttachments = "attachments" // of all interfaces, without what else they have
	treeInterfaces  = "interfaces"  // configuration, and as state those of OpenConfig
	treeSPAN        = "span-monitor-session"
	treeInventory   = "inventory"
	treeTime        = "system-time"
)

// A part is how a part of the tree is asked for. What is optional may be refused by a
// device that does not have it.
type part struct {
	filter   string
	state    bool
	optional bool
}

func element(name, module, inner string) string {
	return "<" + name + ` xmlns="` + module + `">` + inner + "</" + name + ">"
}

// attached selects the sources of an interface; the names of interfaces are asked for, since
// whether keys come by themselves is the server's choice (RFC 6241 section 6.2.5).
var attached = func() string {
	sources := element("monitor-sessions", yangOf(moduleSessions), "")
	inner := "<interface-name/>" + sources + element("l2transport", yangOf("Cisco-IOS-XR-um-if-l2transport-cfg"), sources) +
		element("monitor-session-deprecated", yangOf(moduleSessions), "")
	return element("interfaces", yangOf(moduleInterfaces), "<interface>"+inner+"</interface><interface-preconfigure>"+inner+"</interface-preconfigure>")
}()

// parts are those of the configuration, of state, and who the device is. Of the last, and of
// the state of ports, the names are those that public programs read (napalm, OpenConfig).
var parts = map[string]part{
	"config " + treeSessions:    {filter: element(treeSessions, yangOf(moduleSessions), "")},
	"config " + treeAttachments: {filter: attached},
	"config " + treeInterfaces:  {filter: element(treeInterfaces, yangOf(moduleInterfaces), "")},
	"state " + treeSPAN: {state: true, optional: true, filter: element(treeSPAN, yangOf(moduleSPAN),
		"<global><global-sessions/></global><nodes><node><node/><attachments/><hardware-sessions/><interfaces/></node></nodes>")},
	"state " + treeInterfaces: {state: true, filter: element(treeInterfaces, openConfig, "<interface><name/><state/>"+element("ethernet", openConfig+"/ethernet", "<state/>")+"</interface>")},
	"state " + treeInventory: {state: true, optional: true, filter: element(treeInventory, yangOf("Cisco-IOS-XR-invmgr-oper"),
		"<entities><entity><name>Rack 0</name><attributes><inv-basic-bag><software-revision/><model-name/><serial-number/></inv-basic-bag></attributes></entity></entities>")},
	"state " + treeTime: {state: true, optional: true, filter: element(treeTime, yangOf("Cisco-IOS-XR-shellutil-oper"), "<uptime/>")},
}

// openConfig is the namespace of openconfig-interfaces.
const openConfig = "http://openconfig.net/yang/interfaces"

func config(name string) models.Read { return models.Read{Path: data.Names(name)} }

func state(name string) models.Read { return models.Read{Path: data.Names(name), State: true} }

var helloReads = []models.Read{state(treeInventory), state(treeTime)}

func narrow(mirror.Facts) []models.Read {
	return []models.Read{config(treeSessions), config(treeAttachments), state(treeSPAN)}
}

func portsAround(mirror.Facts) []models.Read {
	return []models.Read{config(treeInterfaces), state(treeInterfaces)}
}

func partOf(r models.Read) part {
	kind := "config "
	if r.State {
		kind = "state "
	}
	return parts[kind+r.Path[0].Name]
}

// operationOf asks for each part by itself, so that what a device does not have is refused
// alone; all go in one round trip.
func operationOf(r models.Read) (netconf.Operation, bool) {
	p := partOf(r)
	if p.state {
		return netconf.Get(p.filter), true
	}
	return netconf.GetConfig(netconf.Running, p.filter), true
}

// told reads an answer: what there is of a part, nil = nothing.
func told(r models.Read, body []byte, refused *netconf.ErrorReply) (*data.Node, error) {
	p, name := partOf(r), r.Path[0].Name
	switch {
	case refused != nil && p.optional:
		return nil, nil
	case refused != nil:
		return nil, refused
	}
	reply, err := data.FromXML(slices.Concat([]byte("<reply>"), body, []byte("</reply>")))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(reply.Children) != 1 || reply.Children[0].Name != "data" || reply.Children[0].Module != netconf.BaseNamespace {
		return nil, strange(name, body)
	}
	is := name
	if name == treeAttachments {
		is = treeInterfaces
	}
	out := &data.Node{Name: name}
	for _, c := range reply.Children[0].Children {
		if c.Name != is {
			return nil, strange(name, body)
		}
		out.Module, out.Children = c.Module, append(out.Children, c.Children...)
	}
	return out, nil
}

// strange is an answer that is not understood.
func strange(what string, body []byte) error {
	const most = 200
	body = bytes.TrimSpace(body)
	return fmt.Errorf("%s: %q: %w", what, hiddenXML(string(body[:min(len(body), most)])), mirror.ErrParse)
}
