package iosxe

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// The further protocols of this platform, as the catalogue has them.
const (
	ProtocolGNMI    = models.ProtocolGNMI
	ProtocolNETCONF = models.NETCONFFormat
)

// The modules that are read, by their names.
const (
	modNative     = "Cisco-IOS-XE-native"
	modOpenConfig = "openconfig-interfaces"
	modIETF       = "ietf-interfaces"
)

var namespaces = map[string]string{
	modNative:     "http://cisco.com/ns/yang/Cisco-IOS-XE-native",
	modOpenConfig: "http://openconfig.net/yang/interfaces",
	modIETF:       "urn:ietf:params:xml:ns:yang:ietf-interfaces",
}

// What a device announces, in Facts.Extra: the version of its native module, and the
// module that tells of links.
const (
	factNative = "native"
	factLinks  = "links"
)

// inNative is a path in the native model.
func inNative(steps ...data.Step) data.Path {
	return data.P(data.S(modNative + ":native")).To(steps...)
}

func nativeRead(names ...string) models.Read {
	return models.Read{Path: inNative(data.Names(names...)...)}
}

// overModels is this platform over a data model; what a session is, and how ports are
// called, is that of the command line.
func overModels() models.Platform {
	return models.Platform{
		Key: Platform, Ports: Ports, Can: ModelCapabilities, Namespaces: namespaces,
		Hello:  []models.Read{nativeRead("hostname"), nativeRead("version"), nativeRead("license", "udi")},
		Facts:  modelFacts,
		Narrow: func(mirror.Facts) []models.Read { return []models.Read{nativeRead("monitor"), nativeRead("vlan")} },
		Around: modelAround, Observe: observeModel,
		Against: modelAgainst, Write: writeModel, Allowed: allowedPath,
	}
}

// overNETCONF is what no capability of a server tells. The running configuration is saved
// by an operation of Cisco's own (Cisco-IOS-XE sheet, general knowledge: unverified).
func overNETCONF() models.NETCONF {
	save := netconf.RPC("save-config", `<save-config xmlns="http://cisco.com/yang/cisco-ia"/>`)
	return models.NETCONF{Keys: modelKeys(), Redact: hidden, Saves: &save}
}

// secretElements are the secrets of a configuration in XML.
var secretElements = regexp.MustCompile(`(?i)(<(?:secret|password|key|key-string|community|md5|md5-key)>)[^<]+`)

// hidden is what a device says without its secrets.
func hidden(said string) string {
	return secretElements.ReplaceAllString(platform.Hello.Redact.ReplaceAllString(said, "$1 "+console.Hidden), "${1}"+console.Hidden)
}

// modelKeys are the keys of the lists that are written.
func modelKeys() map[string][]string {
	const session = "/native/monitor/session"
	keys := map[string][]string{
		session: {"id"},
	}
	for _, at := range []string{"/source/interface", "/destination/interface", "/type/erspan-source/source/interface", "/type/erspan-destination/destination/interface"} {
		keys[session+at] = []string{"name"}
	}
	keys[session+"/source/vlan-list"] = []string{"vlan_set"}
	keys[session+"/filter/vlan"] = []string{"id"}
	keys[session+"/type/erspan-source/source/vlan"] = []string{"vlan1"}
	keys[session+"/type/erspan-source/filter/vlan"] = []string{"vlan1"}
	for _, k := range grammar.Kinds {
		keys["/native/interface/"+modelKind(k.Full)] = []string{"name"}
	}
	return keys
}

var (
	gnmiDriver    = models.GNMI(overModels())
	netconfDriver = overNETCONF().Driver(overModels())
)

// RenderGNMI makes one block per change, in the same order: a list of the operations of a
// Set. Errors are those of Render.
func RenderGNMI(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return gnmiDriver.Render(f, o, changes)
}

// RenderNETCONF makes one block per change, in the same order: what stands inside <config>
// of an edit-config. Errors are those of Render.
func RenderNETCONF(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return netconfDriver.Render(f, o, changes)
}

// A GNMIConn is a connection over gNMI.
type GNMIConn struct{ *models.Conn }

// Save tells that gNMI has no way to save that is documented; see the worker's Saver.
func (GNMIConn) Save(context.Context, bool, []mirror.Unsaved) (saved bool, why string, err error) {
	return false, "no way to save the configuration of IOS-XE over gNMI is documented; it is saved on the command line (write memory), or over NETCONF", nil
}

// ConnectGNMI opens a connection and reads who the device is. Errors are those of
// gnmi.Dial; mirror.ErrUnsupported for a device without the native model, and for one whose
// pushes are to be confirmed.
func ConnectGNMI(ctx context.Context, t mirror.Target, o gnmi.Options) (GNMIConn, error) {
	if err := confirmable(t); err != nil {
		return GNMIConn{}, err
	}
	conn, err := gnmiDriver.ConnectGNMI(ctx, t, o)
	return GNMIConn{Conn: conn}, err
}

// ConnectNETCONF opens a session and reads who the device is. Errors are those of
// netconf.Dial; mirror.ErrUnsupported for a device without the native model, for one with
// neither a candidate nor a running configuration that is written whole or not at all, and
// for one whose pushes are to be confirmed.
func ConnectNETCONF(ctx context.Context, t mirror.Target, o netconf.Options) (models.Saving, error) {
	if err := confirmable(t); err != nil {
		return models.Saving{}, err
	}
	wire, err := overNETCONF().Dial(ctx, t, overModels(), o)
	if err != nil {
		return models.Saving{}, err
	}
	conn, err := netconfDriver.Open(ctx, t, wire, 0)
	return models.Saving{Conn: conn}, err
}

// WatchNETCONF calls changed whenever the switch was configured, see models.NETCONF.Watch.
func WatchNETCONF(ctx context.Context, t mirror.Target, o netconf.Options, changed func()) error {
	return overNETCONF().Watch(ctx, t, o, changed)
}

// confirmable refuses pushes that are to be confirmed: no source tells how the device takes
// them back over its model.
func confirmable(t mirror.Target) error {
	if t.Device.Window(false) == 0 {
		return nil
	}
	return fmt.Errorf("connect to %s: pushes of IOS-XE over %s cannot be confirmed (confirm: timer): %w", t.Transport.Address, t.Transport.Protocol, mirror.ErrUnsupported)
}

// modelFacts takes the model of the switch from the line of its licence: no operational
// model that tells it is read.
func modelFacts(s models.Server, a models.Answers) (mirror.Facts, error) {
	module, ok := s.Model(modNative)
	if !ok {
		return mirror.Facts{}, fmt.Errorf("the device does not announce %s: %w", modNative, mirror.ErrUnsupported)
	}
	n := a.Config.Child("native")
	if n == nil {
		return mirror.Facts{}, fmt.Errorf("%s: neither a host name nor a version is shown: %w", modNative, mirror.ErrParse)
	}
	f := mirror.Facts{Hostname: n.Text("hostname"), Version: n.Text("version"), Model: n.Text("license", "udi", "pid"),
		Serial: n.Text("license", "udi", "sn"), Extra: map[string]string{factNative: module.Version}}
	for _, name := range []string{modIETF, modOpenConfig} { // the last one is the better one
		if _, ok := s.Model(name); ok {
			f.Extra[factLinks] = name
		}
	}
	return f, nil
}

// A novelty is what a release brought to the native module: with a revision, or, where a
// device tells that instead, with a semantic version of this first number
// (Cisco-IOS-XE-native, revisions in YangModels vendor/cisco/xe, 17.15.1 and 17.18.1).
type novelty struct {
	revision string
	major    int
	minor    int // of release 17
}

// in reports whether a device has it. Where its module was not read yet, as over the command
// line, the release tells which one that will be.
func (n novelty) in(f mirror.Facts) bool {
	v, told := f.Extra[factNative]
	if semantic.MatchString(v) {
		first, _, _ := strings.Cut(v, ".")
		major, err := strconv.Atoi(first)
		return err == nil && major >= n.major
	}
	if m := release.FindStringSubmatch(f.Version); !told && m != nil {
		major, _ := strconv.Atoi(m[1])
		minor, _ := strconv.Atoi(m[2])
		return major > 17 || major == 17 && minor >= n.minor
	}
	return dated.MatchString(v) && v >= n.revision
}

var (
	semantic = regexp.MustCompile(`^\d{1,4}\.\d+\.\d+$`)
	dated    = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	release  = regexp.MustCompile(`^(\d{2})\.(\d{1,2})(?:\.|$)`)
)

// What releases brought.
func canEnable(f mirror.Facts) bool      { return novelty{"2020-03-01", 3, 2}.in(f) }   // shutdown-source
func hasVLANList(f mirror.Facts) bool    { return novelty{"2024-07-01", 15, 15}.in(f) } // source/vlan-list, and low remote VLANs
func hasFilterVLANs(f mirror.Facts) bool { return novelty{"2025-07-01", 18, 18}.in(f) } // filter/vlan

// allowedPath: nothing else is ever sent. A session goes as a whole where the command
// line has no other way either (write).
func allowedPath(c mirror.Change, path string) bool {
	n := c.After
	if n == nil {
		n = c.Before
	}
	if f := n.Spec.Footing; f != nil {
		return f.Kind == mirror.FootingPort && path == strings.ReplaceAll(interfacePath(f.Port).To(data.S("shutdown")).String(), modNative+":", "")
	}
	rest, ok := strings.CutPrefix(path, "/native/monitor/session[id="+n.ID+"]")
	return ok && isNumber(n.ID) && (rest == "" || rest[0] == '/')
}

// interfacePath leads to the configuration of a port: of its kind, by its number.
func interfacePath(p mirror.PortName) data.Path {
	kind, number := kindAndNumber(p)
	return inNative(data.S("interface"), data.S(modelKind(kind), "name", number))
}

func kindAndNumber(p mirror.PortName) (kind, number string) {
	i := strings.IndexAny(string(p), "0123456789")
	if i < 0 {
		return string(p), ""
	}
	return string(p[:i]), string(p[i:])
}

// otherKinds are the kinds that the model calls otherwise than the command line does.
var otherKinds = map[string]string{"FiftyGigE": "FiftyGigabitEthernet"}

func modelKind(kind string) string {
	if k, ok := otherKinds[kind]; ok {
		return k
	}
	return kind
}

// portOfModel is a port by its kind and number in the model.
func portOfModel(kind, number string) string {
	for ours, theirs := range otherKinds {
		if kind == theirs {
			kind = ours
		}
	}
	return kind + number
}
