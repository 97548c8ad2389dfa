package iosxr

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/testkit"
)

// An agent is the virtual router of a bench over NETCONF.
type agent struct {
	*bench
	conn *models.Conn
	sent []string // by the last connection
}

func startAgent(t *testing.T, change func(*lab.SwitchSpec)) *agent {
	t.Helper()
	a := &agent{bench: startLab(t, func(s *lab.SwitchSpec) {
		s.NETCONF = &lab.NETCONFSpec{}
		if change != nil {
			change(s)
		}
	})}
	a.open()
	return a
}

// open makes a new connection, and leaves the one before open.
func (a *agent) open() *models.Conn {
	a.t.Helper()
	a.sent = nil
	sent := &a.sent
	conn, err := ConnectNETCONF(a.ctx(), a.target(), NETCONFOptions{Transcript: func(byUs bool, message string) {
		if byUs {
			*sent = append(*sent, message)
		}
	}})
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = conn.Close() })
	a.conn = conn
	return conn
}

// target is that of NETCONF.
func (a *agent) target() mirror.Target {
	a.t.Helper()
	target := a.bench.target()
	host, port, err := net.SplitHostPort(a.sw.NETCONFAddr())
	if err != nil {
		a.t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	target.Transport.Protocol, target.Transport.Address, target.Transport.Port = ProtocolNETCONF, host, n
	return target
}

// A router that announces no notifications, as the recorded one, is not watched.
func TestWatchWantsNotifications(t *testing.T) {
	a := startAgent(t, nil)
	err := WatchNETCONF(a.ctx(), a.target(), NETCONFOptions{}, func() { t.Error("something was told") })
	if !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), "announces no notifications") {
		t.Error(err)
	}
}

func (a *agent) seen() mirror.Observation {
	a.t.Helper()
	known, err := a.conn.Observe(a.ctx(), mirror.Look{Whole: true})
	if err != nil {
		a.t.Fatal(err)
	}
	return known.Observation
}

func (a *agent) pushes(ctx context.Context, tx string, changes ...mirror.Change) (mirror.PushReport, error) {
	a.t.Helper()
	p, err := RenderNETCONF(a.conn.Facts(), a.seen(), changes)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.conn.Push(ctx, tx, p)
}

// localChange is a local session that is to be made.
func localChange(id string) mirror.Change {
	n := mirror.NativeSession{ID: id, Mark: id, Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
		Sources:      []mirror.NativeSource{{Port: "TenGigE0/0/0/1", Direction: mirror.RX}, {Port: "TenGigE0/0/0/2", Direction: mirror.Both}},
		Destinations: []mirror.PortName{"TenGigE0/0/0/46"}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}
	return mirror.Change{Mark: id, After: &n}
}

const oursName = "nm-aaaaaaaaaa"

// Whatever way a router is asked, it has the same sessions, and the same ports.
func TestTheSameSessionsOverBothTransports(t *testing.T) {
	a := startAgent(t, func(s *lab.SwitchSpec) {
		s.Config += "monitor-session split ethernet\n destination rx interface tunnel-ip5\n destination tx interface TenGigE0/0/0/22\nmonitor-session tape ethernet\n destination file size 2000 format pcapng\n" +
			"monitor-session nm-bbbbbbbbbb ethernet\n destination interface tunnel-ip20000\nmonitor-session drops ethernet\n destination interface TenGigE0/0/0/47\n rate-limit rx 10\n mirror first 64\n" +
			"interface tunnel-ip20000\n ipv4 address 169.254.1.0 255.255.255.254\n tunnel mode gre ipv4\n tunnel source 192.0.2.1\n tunnel vrf red\n tunnel ttl 9\n tunnel tos 32\n tunnel destination 198.51.100.9\n" +
			"interface TenGigE0/0/0/3\n shutdown\n ipv4 address 192.0.2.7 255.255.255.0\n monitor-session nm-bbbbbbbbbb ethernet direction rx-only port-level\n  mirror interval 1K\n" +
			"interface TenGigE0/0/0/24\n bundle id 5 mode active\ninterface Bundle-Ether5\n monitor-session orphan ethernet\n" +
			"interface TenGigE0/0/0/2.7 l2transport\n encapsulation dot1q 7\n monitor-session drops ethernet direction tx-only\n" +
			"ipv4 access-list nm-list\n 10 permit ipv4 any any capture\ninterface TenGigE0/0/0/23\n ipv4 access-group nm-list ingress\n monitor-session nm-cccccccccc ethernet direction rx-only acl\n" +
			"interface preconfigure GigabitEthernet9/0/0/1\n monitor-session later ethernet\n"
	})
	ours, theirs := a.seen(), a.observe()
	for i := range ours.Natives {
		n := &ours.Natives[i]
		n.Text, n.Programmed, n.ProgrammedReason, n.Waits = "", "", "", ""
	}
	for i := range theirs.Natives {
		n := &theirs.Natives[i]
		n.Text, n.Programmed, n.ProgrammedReason, n.Waits = "", "", "", ""
	}
	if len(ours.Natives) < 8 {
		t.Errorf("%d sessions", len(ours.Natives))
	}
	for _, list := range [][]mirror.NativeSession{ours.Natives, theirs.Natives} {
		for i := range list { // the words are those of each transport
			list[i].Opaque = strconv.FormatBool(list[i].Opaque != "")
		}
	}
	if d := cmp.Diff(theirs.Natives, ours.Natives); d != "" {
		t.Errorf("sessions (-command line +NETCONF):\n%s", d)
	}
	type seen struct {
		Name   mirror.PortName
		Kind   mirror.SourceKind
		Parent mirror.PortName
		Admin  mirror.State
		Lists  []string
		Uses   []mirror.PortUse
		Member []mirror.PortName
	}
	of := func(o mirror.Observation) (out []seen) {
		for _, p := range o.Ports {
			out = append(out, seen{p.Name, p.Kind, p.Parent, p.Admin, p.Lists, p.Uses, p.Members})
		}
		return out
	}
	if d := cmp.Diff(of(theirs), of(ours)); d != "" {
		t.Errorf("ports (-command line +NETCONF):\n%s", d)
	}
	tunnels := func(o mirror.Observation) (out []mirror.Footing) {
		for _, f := range o.Footings {
			if f.Kind == mirror.FootingTunnel {
				out = append(out, f)
			}
		}
		return out
	}
	if d := cmp.Diff(tunnels(theirs), tunnels(ours)); d != "" || len(tunnels(ours)) != 1 {
		t.Errorf("tunnels (-command line +NETCONF):\n%s", d)
	}
}

// Every push is one commit that waits under its name, which any connection ends.
func TestAPushOverNETCONFWaitsUnderItsName(t *testing.T) {
	a := startAgent(t, nil)
	config := a.sw.RunningConfig()
	push := func(tx string, c mirror.Change) {
		t.Helper()
		report, err := a.pushes(a.ctx(), tx, c)
		if err != nil || report.Blocks[0].Err != nil || report.Until.IsZero() {
			t.Fatalf("%+v %v", report, err)
		}
	}
	push("tx-1", localChange(oursName))
	if all := strings.Join(a.sent, "\n"); strings.Count(all, "<commit>") != 1 || !strings.Contains(all, "<persist>tx-1</persist>") || !strings.Contains(all, "<validate>") {
		t.Errorf("sent\n%s", all)
	}
	_ = a.conn.Close() // as a controller that is killed
	a.open()
	if p, err := a.conn.Pending(a.ctx()); err != nil || len(p) != 1 || p[0].Ours || p[0].Kind != mirror.WaitLock {
		t.Errorf("waits %+v, %v", p, err)
	}
	if err := a.conn.Confirm(a.ctx(), "tx-2"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("another name: %v", err)
	}
	if err := a.conn.Confirm(a.ctx(), "tx-1"); err != nil {
		t.Fatal(err)
	}
	a.sw.Lapse()
	i := 0
	for o := a.seen(); i < len(o.Natives) && o.Natives[i].ID != oursName; i++ {
	}
	is := a.seen().Natives[i]
	push("tx-3", mirror.Change{Mark: oursName, Before: &is})
	_ = a.conn.Close()
	if err := a.open().Abort(a.ctx(), "tx-3"); err != nil {
		t.Error(err)
	}
	if !strings.Contains(a.sw.RunningConfig(), oursName) {
		t.Error("taken back, and gone all the same")
	}
	push("tx-4", mirror.Change{Mark: oursName, Before: &is})
	a.sw.Lapse()
	if err := a.conn.Confirm(a.ctx(), "tx-4"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("behind its time: %v", err)
	}
	push("tx-5", mirror.Change{Mark: oursName, Before: &is})
	if err := a.conn.Confirm(a.ctx(), "tx-5"); err != nil {
		t.Error(err)
	}
	if got := passing(a.sw.RunningConfig()); got != passing(config) {
		t.Errorf("something is left:\n%s", cmp.Diff(passing(config), got))
	}
}

var changedAt = regexp.MustCompile(`(?m)^(?:!! Last configuration change at .*|interface \w+GigE\S+\n!)\n`)

func passing(config string) string { return changedAt.ReplaceAllString(config, "") }

// A lock is waited for, and then told with whose it is; nothing is sent.
func TestALockOverNETCONF(t *testing.T) {
	a := startAgent(t, nil)
	config := a.sw.RunningConfig()
	busy := func(words string, wait time.Duration) {
		t.Helper()
		p, err := a.conn.Pending(a.ctx())
		if err != nil || len(p) != 1 || p[0].Kind != mirror.WaitLock || !strings.Contains(p[0].Holder, words) {
			t.Errorf("waits %+v, %v", p, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		defer cancel()
		report, err := a.pushes(ctx, "tx-1", localChange(oursName))
		if err != nil || len(report.Blocks) != 1 || !errors.Is(report.Blocks[0].Err, mirror.ErrBusy) || !strings.Contains(report.Blocks[0].Err.Error(), words) {
			t.Fatalf("%+v %v", report, err)
		}
	}
	if err := a.sw.HoldLock("candidate"); err != nil {
		t.Fatal(err)
	}
	busy("NETCONF session 1469", time.Second)
	a.sw.ReleaseLock()
	if p, err := a.conn.Pending(a.ctx()); err != nil || len(p) != 0 {
		t.Errorf("nobody locks, and %+v waits, %v", p, err)
	}
	a.sw.Exec("configure exclusive", "snmp-server contact theirs", "commit confirmed 65535")
	busy("not NETCONF's", time.Second)
	a.sw.Lapse()
	if got := a.sw.RunningConfig(); passing(got) != passing(config) {
		t.Errorf("something is left:\n%s", cmp.Diff(config, got))
	}
	if err := a.sw.HoldLock("candidate"); err != nil { // and given back while it is waited for
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, a.sw.ReleaseLock)
	if report, err := a.pushes(a.ctx(), "tx-2", localChange(oursName)); err != nil || report.Blocks[0].Err != nil {
		t.Fatalf("%+v %v", report, err)
	}
	if err := a.conn.Confirm(a.ctx(), "tx-2"); err != nil {
		t.Error(err)
	}
}

// A connection that is lost at any operation of a push leaves nothing that is in force and
// that its name does not end.
func TestAConnectionLostOverNETCONF(t *testing.T) {
	for _, at := range []string{"lock", "edit-config", "validate", "commit"} {
		for _, after := range []bool{false, true} {
			a := startAgent(t, nil)
			config := a.sw.RunningConfig()
			a.seen()
			if err := a.sw.UpdateFaults(func(f *lab.Faults) {
				if f.NETCONF.DropBefore = "^" + at + " "; after {
					f.NETCONF.DropBefore, f.NETCONF.DropAfter = "", "^"+at+" "
				}
			}); err != nil {
				t.Fatal(err)
			}
			report, err := a.pushes(a.ctx(), "tx-1", localChange(oursName))
			if !errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrNotSent) != (at != "commit") {
				t.Errorf("%s, after %t: %+v %v", at, after, report, err)
			}
			held := strings.Contains(a.sw.RunningConfig(), oursName)
			if held != (at == "commit" && after) {
				t.Errorf("%s, after %t: in force: %t", at, after, held)
			}
			a.open()
			testkit.Eventually(t, testkit.Patience, "the lost session to end", func() bool {
				err = a.conn.Abort(a.ctx(), "tx-1")
				return err == nil || errors.Is(err, mirror.ErrNotFound)
			})
			if errors.Is(err, mirror.ErrNotFound) == held || passing(a.sw.RunningConfig()) != passing(config) {
				t.Errorf("%s, after %t: %v\n%s", at, after, err, a.sw.RunningConfig())
			}
		}
	}
}

// What the tables of the hardware say decides, and nothing else.
func TestProgrammedOverNETCONF(t *testing.T) {
	row := func(more string) string {
		return "<attachment><session>s</session><interface>TenGigE0/0/0/1</interface><session-is-configured>true</session-is-configured><source-interface-state>im-state-up</source-interface-state>" + more + "</attachment>"
	}
	held := func(code string) string {
		return "<interface><interface>TenGigE0/0/0/1</interface><platform-error>" + code + "</platform-error><attachment><name>s</name></attachment></interface>"
	}
	end := func(state string) string {
		return "<global-session><session>s</session><destination-data><interface-data><interface-name>TenGigE0/0/0/9</interface-name><interface-state>" + state + "</interface-state></interface-data></destination-data></global-session>"
	}
	n := mirror.NativeSession{ID: "s", Spec: mirror.NativeSpec{Sources: []mirror.NativeSource{{Port: "TenGigE0/0/0/1", Direction: mirror.RX}}}}
	for name, c := range map[string]struct {
		sessions, attachments, interfaces string
		want                              mirror.State
		words                             string
	}{
		"all is well":                 {end("im-state-up"), row(""), held("0"), mirror.True, ""},
		"nothing is told":             {"", "", "", mirror.Unknown, "does not tell"},
		"not in the hardware":         {end("im-state-up"), row(""), "", mirror.Unknown, "set up in the hardware"},
		"its source is not attached":  {end("im-state-up"), "", held("0"), mirror.Unknown, "not listed"},
		"the hardware refuses":        {end("im-state-up"), row(""), held("7"), mirror.False, "platform-error 7"},
		"an error of its source":      {end("im-state-up"), row("<pfi-error>3</pfi-error>"), held("0"), mirror.False, "pfi-error 3"},
		"a source is a destination":   {end("im-state-up"), row("<source-interface-is-a-destination>true</source-interface-is-a-destination>"), held("0"), mirror.False, "is a destination"},
		"a destination that is down":  {end("im-state-down"), row(""), "", mirror.Unknown, "destination TenGigE0/0/0/9 (im-state-down)"},
		"a session that is elsewhere": {strings.ReplaceAll(end("im-state-up"), ">s<", ">t<"), row(""), held("0"), mirror.Unknown, "does not tell"},
	} {
		span, err := data.FromXML([]byte("<span-monitor-session><global><global-sessions>" + c.sessions + "</global-sessions></global><nodes><node><node>0/0/CPU0</node><attachments>" + c.attachments +
			"</attachments><interfaces>" + c.interfaces + "</interfaces></node></nodes></span-monitor-session>"))
		if err != nil {
			t.Fatal(err)
		}
		if v := verdictOf(span, n); v.Programmed != c.want || !strings.Contains(v.Reason, c.words) {
			t.Errorf("%s: %+v, want %v with %q", name, v, c.want, c.words)
		}
	}
	if v := verdictOf(nil, n); v.Programmed != mirror.Unknown {
		t.Errorf("without the model: %+v", v)
	}
	a := startAgent(t, nil)
	if _, err := a.pushes(a.ctx(), "tx", localChange(oursName)); err != nil {
		t.Fatal(err)
	}
	programmed := func() mirror.State {
		for _, n := range a.seen().Natives {
			if n.ID == oursName {
				return n.Programmed
			}
		}
		return ""
	}
	if got := programmed(); got != mirror.True {
		t.Errorf("a session that copies is programmed: %v", got)
	}
	if err := a.sw.UpdateFaults(func(f *lab.Faults) { f.NotProgrammed = true }); err != nil {
		t.Fatal(err)
	}
	if got := programmed(); got != mirror.False {
		t.Errorf("one that the hardware refuses is programmed: %v", got)
	}
}

// A port that has what nobody looked at is no destination; one of a module that is known is.
func TestWhatIsOfNoKnownModuleSpeaksAgainstAPort(t *testing.T) {
	n, err := data.FromXML([]byte(`<interface xmlns="` + yangOf(moduleInterfaces) + `"><interface-name>TenGigE0/0/0/1</interface-name><description>x</description>` +
		`<carrier-delay xmlns="` + yangOf("Cisco-IOS-XR-um-if-ethernet-cfg") + `"><up>1</up></carrier-delay><pppoe xmlns="` + yangOf("Cisco-IOS-XR-um-pppoe-cfg") + `"><enable/></pppoe></interface>`))
	if err != nil {
		t.Fatal(err)
	}
	if uses := strangers(n); len(uses) != 1 || uses[0].Kind != "unknown" || !strings.Contains(uses[0].Detail, "pppoe of ") {
		t.Errorf("%+v", uses)
	}
}

// A device without the model is refused, and so is one that tells of no interface.
func TestDevicesWithoutTheModel(t *testing.T) {
	if _, err := factsOf(models.Server{Models: []models.Model{{Name: "openconfig-interfaces"}}}, models.Answers{Config: &data.Node{}, State: &data.Node{}}); !errors.Is(err, mirror.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := observeTrees(mirror.Facts{}, models.Answers{Config: &data.Node{}, State: &data.Node{}}); !errors.Is(err, mirror.ErrParse) {
		t.Error(err)
	}
}

// What a block may touch over NETCONF.
func TestOnlyOwnPathsAreTouchedOverNETCONF(t *testing.T) {
	session := localChange(oursName)
	port := mirror.Footing{Kind: mirror.FootingPort, Port: "TenGigE0/0/0/46", Setup: &mirror.PortSetup{Up: true}}
	footing := mirror.Change{Mark: "nm-p", After: &mirror.NativeSession{ID: port.ID(), Spec: port.Spec()}}
	const at = "/interfaces/interface[interface-name=TenGigE0/0/0/1]"
	for _, c := range []struct {
		change mirror.Change
		path   string
		ok     bool
	}{
		{session, "/monitor-sessions/monitor-session[session-name=" + oursName + "]/traffic-type", true}, {session, "/monitor-sessions/monitor-session[session-name=" + oursName + "]", true},
		{session, "/monitor-sessions/monitor-session[session-name=" + oursName + "x]", false}, {session, "/monitor-sessions/monitor-session", false}, {session, "/monitor-sessions", false},
		{session, at + "/monitor-sessions/monitor-session[session-name=" + oursName + "]/acl", true}, {session, at + "/monitor-sessions", false}, {session, at + "/shutdown", false}, {session, at, false},
		{session, "/interfaces/interface[interface-name=TenGigE0/0/0/3]/monitor-sessions/monitor-session[session-name=" + oursName + "]", false},
		{footing, "/interfaces/interface[interface-name=TenGigE0/0/0/46]/shutdown", true}, {footing, at + "/shutdown", false}, {footing, "/interfaces/interface[interface-name=TenGigE0/0/0/46]", false},
	} {
		if got := allowedPath(c.change, c.path); got != c.ok {
			t.Errorf("%s by %s: %t", c.path, c.change.Mark, got)
		}
	}
}

var yangModels = []string{"Cisco-IOS-XR-um-interface-cfg.yang", "Cisco-IOS-XR-um-if-l2transport-cfg.yang", "Cisco-IOS-XR-um-monitor-session-cfg.yang"}

// operation is an attribute of the protocol, of which a configuration knows nothing.
var operation = regexp.MustCompile(` xmlns:nc="[^"]*" nc:operation="replace"`)

func validXR(t *testing.T, documents ...string) error {
	t.Helper()
	for i, d := range documents {
		documents[i] = operation.ReplaceAllString(d, "")
	}
	return testkit.YANG{Dir: testkit.Shared(t, "yang/cisco-iosxr"), Modules: yangModels, Args: []string{"-t", "config"}}.ValidateXML(t, documents...)
}

// Every session that is made for the twenty intents is one by Cisco's own models, and what is
// broken on purpose is not.
func TestPayloadsAreOfTheModels(t *testing.T) {
	files, err := filepath.Glob("testdata/contract/netconf/*.txt")
	if err != nil || len(files) != 20 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	var documents []string
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for block := range strings.SplitSeq(string(raw), "--- ") {
			if label, text, _ := strings.Cut(block, "\n"); strings.HasPrefix(label, "forward: create") {
				documents = append(documents, text)
			}
		}
	}
	more := localChange(oursName)
	more.After.Spec.Options.Truncate, more.After.Spec.Options.Sample = 128, 1024
	p, err := RenderNETCONF(mirror.Facts{Model: "NCS-5501", Version: "7.5.2"}, mirror.Observation{}, []mirror.Change{more})
	if err != nil {
		t.Fatal(err)
	}
	good := p.Blocks[0].Text
	if documents = append(documents, good); len(documents) < 10 {
		t.Fatalf("%d documents", len(documents))
	}
	if err := validXR(t, documents...); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"no kind":           {"<traffic-type>ethernet</traffic-type>", ""},
		"an unknown kind":   {"<traffic-type>ethernet</traffic-type>", "<traffic-type>arp</traffic-type>"},
		"no class":          {"<ethernet/>", ""},
		"two classes":       {"<ethernet/>", "<ethernet/><ipv4/>"},
		"two directions":    {"<rx-only/>", "<rx-only/><tx-only/>"},
		"too long":          {"<first>128</first>", "<first>10001</first>"},
		"no power of two":   {"<interval>1K</interval>", "<interval>1024</interval>"},
		"no such element":   {"<port-level/>", "<port-levels/>"},
		"no name":           {"<session-name>" + oursName + "</session-name>", ""},
		"another namespace": {"um-monitor-session-cfg", "um-monitor-session"},
	} {
		bad := strings.ReplaceAll(good, change[0], change[1])
		if bad == good {
			t.Errorf("%s: %q is not in the payload", name, change[0])
		} else if validXR(t, bad) == nil {
			t.Errorf("%s is of the models", name)
		}
	}
}
