package junos

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/lab/model/rpc"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// An operation of Junos' own; the content of its reply, "" = <ok/>.
type operation func(s *session, op *model.Element) (string, error)

// operations are those that clients of Junos use. Replies have the shape that public
// traces and clients show; what of them is general knowledge says so.
func operations() map[string]operation {
	return map[string]operation{
		"get-configuration": (*session).getConfiguration, "load-configuration": (*session).loadConfiguration,
		"commit-configuration": (*session).commitConfiguration,
		"lock-configuration":   func(s *session, _ *model.Element) (string, error) { return "", s.Lock(rpc.Candidate) },
		"open-configuration":   (*session).openConfiguration,
		"unlock-configuration": (*session).closeConfiguration, "close-configuration": (*session).closeConfiguration,
		"get-software-information": (*session).softwareInformation, "get-system-uptime-information": (*session).uptimeInformation,
		"get-native-analyzer-information": (*session).analyzerInformation, "command": (*session).command,
	}
}

// Kinds says which of them change something.
func (s *session) Kinds(op *model.Element) (edits, commits bool) {
	commits = op.Name == "commit-configuration" && op.Kid("check") == nil
	return !strings.HasPrefix(op.Name, "get-") && op.Name != "command", commits
}

// Other carries one out. Of the words for one that is not there the first two are
// general knowledge.
func (s *session) Other(op *model.Element) (string, bool, error) {
	if f := operations()[op.Name]; f != nil {
		body, err := f(s, op)
		return body, true, err
	}
	e := refused("syntax error")
	e.Info = [][2]string{{"bad-element", op.Name}}
	return "", true, e
}

func attr(e *model.Element, name, otherwise string) string {
	if v, is := e.Attr("", name); is {
		return v
	}
	return otherwise
}

func content(e *model.Element) string {
	if e == nil {
		return ""
	}
	return e.Text
}

// rollbackOf is a commit of the history by its number.
func (d *device) rollbackOf(number string) (config, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(d.History) {
		return nil, refused("rollback " + number + " does not exist" + notRecorded)
	}
	return d.History[n].Config, nil
}

// getConfiguration reads the candidate or what is in force, whole or in part, or what is
// changed.
func (s *session) getConfiguration(op *model.Element) (string, error) {
	defer s.d.locked()()
	c := s.Candidate()
	if attr(op, "compare", "") == "rollback" {
		from, err := s.d.rollbackOf(attr(op, "rollback", "0"))
		if err != nil {
			return "", err
		}
		return "<configuration-information>\n<configuration-output>\n" + rpc.Escape(cmdline.Compare(from, c)) + "</configuration-output>\n</configuration-information>", nil
	}
	if attr(op, "database", "candidate") == "committed" {
		c = s.d.Running
	}
	inherits := attr(op, "inherit", "") != ""
	if inherits {
		c = c.Inherit()
	}
	if n := op.Kid("configuration"); n != nil {
		c = narrow(c, n)
	}
	switch format := attr(op, "format", "xml"); format {
	case "text":
		return tagged("configuration-text", lines(c.Text(inherits))), nil
	case "set":
		return tagged("configuration-set", lines(c.Lines("", false))), nil
	case "xml":
		return s.d.configurationXML(c, attr(op, "groups", "") != ""), nil
	default:
		return "", refused("format '" + format + "' is not supported" + notRecorded)
	}
}

func tagged(name, text string) string {
	return "<" + name + ` xmlns="` + namespace + `">` + "\n" + rpc.Escape(text) + "</" + name + ">"
}

// configurationXML writes a configuration with when it was committed last; with origins it
// says which group something is from.
func (d *device) configurationXML(c config, origins bool) string {
	tree := treeOf(d.Schema(), c)
	if !origins {
		unmark(tree)
	}
	head := d.History[0]
	open := fmt.Sprintf(`<configuration xmlns="%s" junos:commit-seconds="%d" junos:commit-localtime="%s" junos:commit-user="%s"`,
		namespace, head.At.Unix(), head.At.UTC().Format(stamp), rpc.Escape(head.By))
	rest := strings.TrimPrefix(string(d.Schema().XML(tree)), `<configuration xmlns="`+namespace+`"`)
	if rest == "" {
		rest = "/>"
	}
	return open + rest
}

func unmark(n *model.Node) {
	delete(n.Marks, group)
	for _, k := range n.Kids {
		unmark(k)
	}
}

// narrow is a copy of what elements select: words, and names where they say one.
func narrow(n *cmdline.Statement, by *model.Element) *cmdline.Statement {
	chosen := slices.DeleteFunc(slices.Clone(by.Kids), func(k *model.Element) bool { return k.Name == "name" })
	if len(chosen) == 0 {
		return n.Clone()
	}
	c := *n
	c.Kids = nil
	for _, k := range n.Kids {
		for _, x := range chosen {
			if part := narrowed(n, k, x); part != nil {
				c.Kids = append(c.Kids, part)
				break
			}
		}
	}
	return &c
}

func narrowed(n, k *cmdline.Statement, x *model.Element) *cmdline.Statement {
	name := strings.TrimSpace(content(x.Kid("name")))
	alone := k.Form().Shape() == cmdline.ShapeEntry && n.Word != "family"
	switch {
	case alone && singles[n.Word] == x.Name && (name == "" || name == k.Word), !alone && k.Word == x.Name && name == "":
		return narrow(k, x)
	case alone || k.Word != x.Name:
		return nil
	}
	c := *k // a word before names
	c.Kids = nil
	if e := k.At(name); e != nil {
		c.Kids = []*cmdline.Statement{narrow(e, x)}
	}
	return &c
}

// openConfiguration begins to edit a copy, or the candidate alone.
func (s *session) openConfiguration(op *model.Element) (string, error) {
	defer s.d.locked()()
	m := plant.Together
	switch {
	case op.Kid("private") != nil:
		m = plant.Apart
	case op.Kid("exclusive") != nil:
		m = plant.Alone
	}
	if err := s.enter(m); err != nil {
		return "", err
	}
	if m == plant.Apart { // that only this one warns is general knowledge
		warning := refused("uncommitted changes will be discarded on exit")
		warning.Severity = "warning"
		return "<ok/>", rpc.Errors{warning}
	}
	return "", nil
}

func (s *session) closeConfiguration(*model.Element) (string, error) {
	defer s.d.locked()()
	if s.Mode == plant.Outside {
		return "", refused("\nConfiguration database is not open\n")
	}
	s.Leave()
	return "", nil
}

// commitConfiguration counts in minutes, unlike <commit> (fact sheet on transactions, 5).
func (s *session) commitConfiguration(op *model.Element) (string, error) {
	defer s.d.locked()()
	e, check := plant.Entry[config]{}, false
	for _, k := range op.Kids {
		switch value := strings.TrimSpace(k.Text); k.Name {
		case "check":
			check = true
		case "confirmed":
			e.Window = max(e.Window, 10*time.Minute)
		case "confirm-timeout":
			n, err := strconv.ParseUint(value, 10, 16)
			if err != nil || n == 0 {
				return "", refused("invalid numeric value: '" + value + "'")
			}
		case "log":
			e.Comment = value
		case "synchronize", "force-synchronize":
		default:
			bad := refused("syntax error")
			bad.Info = [][2]string{{"bad-element", k.Name}}
			return "", bad
		}
	}
	if minutes := op.Kid("confirm-timeout"); minutes != nil && e.Window > 0 {
		n, _ := strconv.Atoi(strings.TrimSpace(minutes.Text)) // read above
		e.Window = time.Duration(n) * time.Minute
	}
	return "", s.conclude(e, check)
}

// softwareInformation is "show version"; the order of its elements is general knowledge.
func (s *session) softwareInformation(*model.Element) (string, error) {
	defer s.d.locked()()
	m := s.d.model
	return fmt.Sprintf("<software-information>\n<host-name>%s</host-name>\n<product-model>%s</product-model>\n<product-name>%[2]s</product-name>\n<junos-version>%s</junos-version>\n"+
		"<package-information>\n<name>junos</name>\n<comment>JUNOS Software Release [%[3]s], simulated by netmirror lab</comment>\n</package-information>\n</software-information>",
		rpc.Escape(s.d.hostname()), rpc.Escape(m.sku), rpc.Escape(m.version)), nil
}

// uptimeInformation is "show system uptime".
func (s *session) uptimeInformation(*model.Element) (string, error) {
	defer s.d.locked()()
	now, head := time.Now().UTC(), s.d.History[0]
	at := func(name string, t time.Time) string {
		return fmt.Sprintf("<%s>\n<date-time junos:seconds=\"%d\">%s</date-time>\n</%[1]s>\n", name, t.Unix(), t.UTC().Format(stamp))
	}
	return `<system-uptime-information xmlns="` + s.d.model.space("junos") + `">` + "\n" + at("current-time", now) + at("system-booted-time", now.Add(-s.d.sw.Uptime())) +
		strings.Replace(at("last-configured-time", head.At), "</last-configured-time>", "<user>"+rpc.Escape(head.By)+"</user>\n</last-configured-time>", 1) + "</system-uptime-information>", nil
}

// analyzerInformation has the elements of Juniper's RPC module (fact sheet, 2.3); a reply
// of a device is not recorded.
func (s *session) analyzerInformation(op *model.Element) (string, error) {
	defer s.d.locked()()
	d := s.d
	if d.model.legacy || d.model.router {
		bad := refused("syntax error")
		bad.Info = [][2]string{{"bad-element", op.Name}}
		return "", bad
	}
	var b strings.Builder
	leaf := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "<%s>%s</%[1]s>\n", name, rpc.Escape(value))
		}
	}
	fmt.Fprintf(&b, "<analyzer xmlns=\"%s\">\n", d.model.space("junos-analyzer"))
	wanted := strings.TrimSpace(content(op.Kid("analyzer-name")))
	for _, a := range analyzersOf(d.eff) {
		if wanted != "" && wanted != a.name {
			continue
		}
		b.WriteString("<analyzer-information>\n")
		leaf("analyzer-name", a.name)
		leaf("analyzer-rate", cmp.Or(a.Value("input", "rate"), "1"))
		leaf("analyzer-max-pkt-len", cmp.Or(a.Value("input", "maximum-packet-length"), "0"))
		leaf("analyzer-output-state", word(d.up(a), "up down"))
		for _, direction := range []string{"ingress", "egress"} {
			ifls, vlans := a.inputs(direction)
			for _, l := range ifls {
				fmt.Fprintf(&b, "<analyzer-%s-interface-list>\n<analyzer-%[1]s-interface-name>%s</analyzer-%[1]s-interface-name>\n</analyzer-%[1]s-interface-list>\n", direction, rpc.Escape(l))
			}
			for _, v := range vlans {
				fmt.Fprintf(&b, "<analyzer-%s-vlan-list>\n<analyzer-%[1]s-vlan-name>%s</analyzer-%[1]s-vlan-name>\n</analyzer-%[1]s-vlan-list>\n", direction, rpc.Escape("default-switch/"+d.vlanName(d.vlanID(v))))
			}
		}
		b.WriteString("<analyzer-monitor>\n")
		leaf("analyzer-monitor-port", a.Value("output", "interface"))
		if v := a.Value("output", "vlan"); v != "" {
			leaf("analyzer-monitor-vlan", "default-switch/"+d.vlanName(d.vlanID(v)))
		}
		leaf("analyzer-monitor-ipaddr", a.Value("output", "ip-address"))
		b.WriteString("</analyzer-monitor>\n</analyzer-information>\n")
	}
	return b.String() + "</analyzer>", nil
}

// command runs a line of operational mode. In XML the lab has the answers that are
// operations of their own; of the others it has the text alone.
func (s *session) command(op *model.Element) (string, error) {
	line := strings.TrimSpace(op.Text)
	if attr(op, "format", "xml") == "xml" {
		if f := map[string]operation{"show version": (*session).softwareInformation, "show system uptime": (*session).uptimeInformation}[line]; f != nil {
			return f(s, op)
		}
	}
	d := s.d.Login(s.user, s.privilege, s.from)
	defer d.Close()
	if strings.HasPrefix(line, "conf") || strings.HasPrefix(line, "edit") { // a terminal's
		return "", refused("command is not allowed" + notRecorded)
	}
	text := d.Run(line).Text
	if first, rest, _ := strings.Cut(text, "\n"); strings.TrimSpace(first) == "^" {
		bad := refused("\n" + rest)
		bad.Info = [][2]string{{"bad-element", line}}
		return "", bad
	}
	return "<output>\n" + rpc.Escape(text) + "</output>", nil
}
