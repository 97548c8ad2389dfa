package junos

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// What is asked: the configuration that runs, as it stands and, as state, with what it
// inherits from groups and ranges; the operations whose replies Juniper's models document;
// and, where these say nothing, the text that the command line has for it.
const (
	askAnalyzers = "get-native-analyzer-information"
	askSoftware  = "get-software-information"
	askUptime    = "get-system-uptime-information"
)

// A command that was run is in the tree with its line, and its text or the words of its
// refusal.
const (
	toldCommands = "command"
	toldLine     = "line"
	toldText     = "text"
	toldRefused  = "refused"
)

func running(words ...string) models.Read {
	return models.Read{Path: data.Names(append([]string{root}, words...)...)}
}

func inherited(words ...string) models.Read {
	r := running(words...)
	r.State = true
	return r
}

func command(line string) models.Read {
	return models.Read{Path: data.P(data.S(toldCommands, toldLine, line)), State: true}
}

func operation(name string) models.Read { return models.Read{Path: data.Names(name), State: true} }

var hello = []models.Read{operation(askSoftware), operation(askUptime), command(probeELS), command(probeOld)}

// home is the hierarchy that analyzers, or instances of port-mirroring, stand in.
func home(f mirror.Facts) string {
	if legacy(f) {
		return hierarchyOld
	}
	return hierarchyELS
}

// narrow are the analyzers with their state, the VLANs, the filters of the switch's ports and
// where these stand.
func narrow(f mirror.Facts) []models.Read {
	state := operation(askAnalyzers)
	switch {
	case legacy(f):
		state = command(spell(f, showState))
	case hierarchy(f) == hierarchyNone:
		state = command(showInstances)
	}
	return []models.Read{running(home(f)), inherited(home(f)), state, inherited("vlans"), inherited("firewall", "family", filterFamily),
		running("interfaces", "interface", "unit", "family", filterFamily, "filter")}
}

func beyond(mirror.Facts) []models.Read {
	return []models.Read{running("interfaces"), inherited("interfaces"), inherited("firewall"),
		command(showStatus), command(showLLDP), command(showMACs)}
}

// operationOf is how a read is asked for.
func operationOf(r models.Read) (netconf.Operation, bool) {
	switch name := r.Path[0].Name; {
	case name == toldCommands:
		return commandOperation(r.Path[0].Keys[0].Value), true
	case name != root:
		return netconf.Operation{Name: name, Body: "<" + name + "/>"}, true
	case r.State: // of the two databases it reads the candidate unless told otherwise
		return netconf.Operation{Name: "get-configuration", Body: `<get-configuration database="committed" inherit="inherit" groups="groups">` + filterOf(r.Path) + "</get-configuration>"}, true
	}
	return netconf.GetConfig(netconf.Running, filterOf(r.Path)), true
}

// commandOperation runs a command of the command line, and has its text.
func commandOperation(line string) netconf.Operation {
	return netconf.Operation{Name: line, Body: `<command format="text">` + netconf.Escape(line) + "</command>"}
}

func xmlOf(nodes ...*data.Node) string {
	var edits []data.Edit
	for _, n := range nodes {
		edits = append(edits, data.Edit{Op: data.Update, Path: data.Names(n.Name), Value: n})
	}
	return data.XML(edits, nil)
}

// filterOf selects what is at a path. Names are in no namespace, which stands for every
// one (RFC 6241 section 6.2.1); entries on the way are shown with their names.
func filterOf(path data.Path) string {
	edits := []data.Edit{data.Upd(path)}
	for i, s := range path[:len(path)-1] {
		if s.Name == "unit" || s.Name == "interface" {
			edits = append(edits, data.Upd(path[:i+1].To(data.S("name"))))
		}
	}
	return data.XML(edits, map[string]string{"": ""})
}

// told reads an answer. What an account may not ask, or a device does not have, is not in
// the tree, but that a configuration must be shown.
func told(r models.Read, body []byte, refused *netconf.ErrorReply) (*data.Node, error) {
	name := r.Path[0].Name
	switch {
	case name == toldCommands:
		return toldCommand(r.Path[0].Keys[0].Value, body, refused)
	case refused != nil && name == root:
		return nil, refused
	case refused != nil:
		return nil, nil
	case name == root && withheld(body):
		return nil, &mirror.DeviceError{Sent: r.Path.String(), Answer: denied, Kind: mirror.ErrRejected}
	}
	reply, err := data.FromXML(slices.Concat([]byte("<"+name+">"), body, []byte("</"+name+">")))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if name != root {
		return reply, nil
	}
	if !r.State {
		if len(reply.Children) != 1 || reply.Children[0].Name != "data" {
			return nil, strange("get-config", body)
		}
		reply = reply.Children[0]
	}
	if r.State && len(reply.Children) == 0 || len(reply.Children) > 1 || slices.ContainsFunc(reply.Children, func(n *data.Node) bool { return n.Name != root }) {
		return nil, strange("configuration", body)
	}
	return reply.Child(root), nil
}

// withheld reports that an account may not see something of a configuration: what it is not
// shown would read as not configured. How that is told as elements is not recorded; on a
// command line it is a comment, which as an element is <junos:comment>, and a comment or a
// text may stand in its place too. A description may say anything.
func withheld(body []byte) bool {
	const word = "ACCESS-DENIED"
	dec, at := xml.NewDecoder(bytes.NewReader(body)), ""
	for {
		token, err := dec.Token()
		switch token := token.(type) {
		case xml.StartElement:
			at = token.Name.Local
		case xml.EndElement:
			at = ""
		case xml.Comment:
			if bytes.Contains(token, []byte(word)) {
				return true
			}
		case xml.CharData:
			text := string(bytes.TrimSpace(token))
			if at == "comment" && strings.Contains(text, word) || at != "description" && text == denied {
				return true
			}
		}
		if err != nil {
			return false // FromXML says what is wrong
		}
	}
}

// below are the elements of a name, wherever they stand: of a Virtual Chassis each member's
// answer has elements of its own around it.
func below(n *data.Node, name string) (out []*data.Node) {
	for _, c := range n.Children {
		if c.Name == name {
			out = append(out, c)
			continue
		}
		out = append(out, below(c, name)...)
	}
	return out
}

func strange(what string, body []byte) error {
	const most = 200
	return fmt.Errorf("%s: %q: %w", what, hidden(string(body[:min(len(body), most)])), mirror.ErrParse)
}

// toldCommand reads the text of a command.
func toldCommand(line string, body []byte, refused *netconf.ErrorReply) (*data.Node, error) {
	n := data.E(toldCommands, data.V(toldLine, line))
	if refused != nil {
		n.Children = append(n.Children, data.V(toldRefused, refused.Errors[0].String()))
		return n, nil
	}
	if len(bytes.TrimSpace(body)) == 0 { // it says nothing
		n.Children = append(n.Children, data.V(toldText, ""))
		return n, nil
	}
	reply, err := data.FromXML(slices.Concat([]byte("<reply>"), body, []byte("</reply>")))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", line, err)
	}
	outputs := below(reply, "output")
	if len(outputs) == 0 {
		return nil, strange(line, body)
	}
	var all strings.Builder
	for _, c := range outputs {
		all.WriteString(c.Text() + "\n")
	}
	n.Children = append(n.Children, data.V(toldText, all.String()))
	return n, nil
}
