package junos

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// ProtocolNETCONF is the catalogue key of this platform over NETCONF.
const ProtocolNETCONF = models.NETCONFFormat

// extraYANG is the part of namespaces that the device's YANG modules share, in
// Facts.Extra: "http://yang.juniper.net/junos-qfx/conf/". Without it names are in no
// namespace, which every device takes (juniper-junos.md 3).
const extraYANG = "yang"

// A commit takes minutes on a large configuration, and the device is silent for as long
// (transactions.md 6).
const commitSilence = 5 * time.Minute

// elements are the secrets of a configuration in XML.
var elements = regexp.MustCompile(`(?i)(<(?:encrypted-password|plain-text-password-value|secret|(?:pre-shared-|authentication-)?key|community|password|ascii-text|hexadecimal)>)[^<]+`)

func hidden(said string) string {
	return secrets.ReplaceAllString(elements.ReplaceAllString(said, "${1}"+console.Hidden), "$1 "+console.Hidden)
}

// overNETCONF is what no capability of a server tells.
func overNETCONF() models.NETCONF {
	asked := commandOperation(showCommits)
	return models.NETCONF{
		Keys: keys(), Attributes: []string{attrInactive + "=" + attrInactive, attrActive + "=" + attrActive},
		Own: operationOf, Told: told, Redact: hidden,
		Waits: &asked, Waiting: waiting, Shared: &shared,
	}
}

// overModels is what differs from other platforms over NETCONF; what a session is, and
// how its statements are, is that of the command line.
func overModels() models.Platform {
	return models.Platform{
		Key: Platform, Ports: Ports, Can: CapabilitiesNETCONF, Spaces: spaces,
		Hello: hello, Facts: factsOf,
		Narrow: narrow, Around: beyond, Observe: observeTrees,
		Against: against, Write: write, Allowed: allowedPath,
		CountReads: countReads, Count: count,
	}
}

// CapabilitiesNETCONF are those of the command line. What is recorded are command lines
// alone: nothing is known to work as elements.
func CapabilitiesNETCONF(f mirror.Facts) mirror.Capabilities {
	return Capabilities(f).Unseen(srcYANG + "; what is recorded is a command line")
}

// RenderNETCONF makes one block per change, in the same order: what stands inside <config>
// of an edit-config. Errors are those of Render.
func RenderNETCONF(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return overNETCONF().Driver(overModels()).Render(f, o, changes)
}

// NETCONFOptions of a session beside the target.
type NETCONFOptions = netconf.Options

// ConnectNETCONF opens a session and reads who the device is. Errors are those of
// netconf.Dial; mirror.ErrParse when its answers are not understood.
func ConnectNETCONF(ctx context.Context, t mirror.Target, o NETCONFOptions) (*models.Conn, error) {
	n, p := overNETCONF(), overModels()
	o.Timeouts.Reply = cmp.Or(o.Timeouts.Reply, max(commitSilence, t.Transport.Timeouts.Read.Std()))
	wire, err := n.Dial(ctx, t, p, o)
	if err != nil {
		return nil, err
	}
	return n.Driver(p).Open(ctx, t, wire, t.Device.Window(true))
}

// WatchNETCONF calls changed whenever the switch was configured, see models.NETCONF.Watch:
// some devices with Junos OS Evolved tell of it, where that was turned on, and announce it
// then; Juniper's manual has nothing like it for others.
func WatchNETCONF(ctx context.Context, t mirror.Target, o NETCONFOptions, changed func()) error {
	return overNETCONF().Watch(ctx, t, o, changed)
}

// spaces are the namespaces of a device's configuration: a module for what stands around
// all, and one for each word below it, named as in way.
func spaces(f mirror.Facts) map[string]string {
	base := f.Extra[extraYANG]
	if base == "" {
		return map[string]string{"root": ""}
	}
	out := map[string]string{"root": base + "root"}
	for word := range schema {
		out[word] = base + word
	}
	return out
}

// write is a change as the command line has it, as edits.
func write(f mirror.Facts, o mirror.Observation, c mirror.Change) ([]data.Edit, error) {
	lines, err := driver.TextOn(f, o, c)
	if err != nil {
		return nil, err
	}
	return editsOf(lines)
}

// allowedPath: what a block touches is allowed where a line of the command line would be
// that says the same.
func allowedPath(c mirror.Change, path string) bool {
	words := strings.Join(wordsAt(path), " ")
	return allowed(c, "", "set "+words) || allowed(c, "", "delete "+words)
}

// shared is how Junos commits. Over NETCONF a commit has room for a text in an operation of
// Junos' own alone, whose time is in minutes; a push is confirmed by a plain commit, since
// the lock is held and the candidate is what runs (transactions.md 2.5 and 5).
var shared = models.SharedCommit{
	Name: func(tx string) string { return mirror.MarkPrefix + tx },
	Arm: func(name string, within time.Duration) netconf.Operation {
		return commitOperation("<confirmed/>", data.V("confirm-timeout", max(1, int((within+time.Minute-1)/time.Minute))), data.V("log", name))
	},
	Plain:   func(name string) netconf.Operation { return commitOperation("", data.V("log", name)) },
	Check:   commitOperation("<check/>"),
	Step:    time.Minute,
	Confirm: netconf.Commit(),
	Back:    netconf.Operation{Name: "load-configuration rollback 1", Body: `<load-configuration rollback="1"/>`},
	Undone:  func(name string) string { return name + "_back" },
	Place:   placeOf,
}

func commitOperation(what string, more ...*data.Node) netconf.Operation {
	return netconf.Operation{Name: "commit-configuration", Body: "<commit-configuration>" + what + xmlOf(more...) + "</commit-configuration>"}
}

// waiting reads what a device tells of its commits.
func waiting(body []byte) ([]mirror.Pending, error) {
	n, err := toldCommand(showCommits, body, nil)
	if err != nil {
		return nil, err
	}
	list, err := waits(mirror.Facts{}, console.Replies{showCommits: n.Text(toldText)}, time.Time{})
	if err != nil {
		return nil, err
	}
	out := make([]mirror.Pending, 0, len(list))
	for _, w := range list {
		out = append(out, w.Pending)
	}
	return out, nil
}

// placeOf is what an error is about: "[edit forwarding-options analyzer A]" and the element.
func placeOf(e netconf.RPCError) string {
	at := faultAt.FindStringSubmatch(strings.TrimSpace(e.Path))
	if at == nil {
		return ""
	}
	words := append(strings.Fields(at[1]), strings.Fields(e.Detail("bad-element"))...)
	for ; len(words) > 1; words = words[:len(words)-1] {
		if path, err := way(words); err == nil {
			for i := range path {
				if _, bare, ok := strings.Cut(path[i].Name, ":"); ok {
					path[i].Name = bare
				}
			}
			return path.String()
		}
	}
	return ""
}
