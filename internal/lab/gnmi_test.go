package lab

import (
	"context"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/testkit"
)

const described = "/interface[name=ethernet-1/1]/description"

func TestGNMICertificates(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	for name, tc := range map[string]struct {
		fault string
		names func(*tls.Config)
		want  string
	}{
		"expired":      {fault: "expired", want: "certificate has expired"},
		"another name": {fault: "wrongName", want: "127.0.0.1"},
		"no authority": {names: func(c *tls.Config) { c.RootCAs = nil }, want: "unknown authority"},
		"good":         {names: func(c *tls.Config) { c.ServerName = "leaf1" }},
	} {
		if err := sw.UpdateFaults(func(f *Faults) { f.GNMI.Certificate = tc.fault }); err != nil {
			t.Fatal(err)
		}
		change := func(c *tls.Config) {
			if c.ServerName = "127.0.0.1"; tc.names != nil {
				tc.names(c)
			}
		}
		_, err := dialGNMI(t, sw, change).Capabilities(call(t), &gpb.CapabilityRequest{})
		if tc.want == "" && err != nil || tc.want != "" && (status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := sw.UpdateFaults(func(f *Faults) { f.GNMI.Certificate = "torn" }); err == nil {
		t.Error("an unknown fault is taken")
	}
}

func TestGNMIClientCertificates(t *testing.T) {
	folder := t.TempDir()
	l := start(t, strings.Replace(srlLab, "gnmi: {}", `gnmi: {clientCertificates: true, folder: "`+folder+`"}`, 1))
	sw := l.Switch("leaf1")
	if _, err := dialGNMI(t, sw).Capabilities(call(t), &gpb.CapabilityRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("without a certificate: %v", err)
	}
	pair, err := tls.LoadX509KeyPair(folder+"/client.pem", folder+"/client-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dialGNMI(t, sw, func(c *tls.Config) { c.Certificates = []tls.Certificate{pair} }).Capabilities(call(t), &gpb.CapabilityRequest{}); err != nil {
		t.Errorf("with one: %v", err)
	}
}

func TestGNMIUsers(t *testing.T) {
	sw := start(t, strings.Replace(srlLab, "gnmi: {}", "gnmi: {plaintext: true}", 1)).Switch("leaf1")
	c := dialGNMI(t, sw)
	for user, want := range map[string][2]codes.Code{"admin pw": {codes.OK, codes.OK}, "op pw": {codes.OK, codes.PermissionDenied}, "admin x": {codes.Unauthenticated, codes.Unauthenticated}, " ": {codes.Unauthenticated, codes.Unauthenticated}} {
		name, password, _ := strings.Cut(user, " ")
		ctx, cancel := context.WithTimeout(asUser(name, password), testkit.Patience)
		_, read := c.Get(ctx, &gpb.GetRequest{Path: []*gpb.Path{protoPath(t, "/system")}, Encoding: gpb.Encoding_JSON_IETF})
		_, write := c.Set(ctx, &gpb.SetRequest{Update: []*gpb.Update{c.update(described, `"x"`)}})
		cancel()
		if got := [2]codes.Code{status.Code(read), status.Code(write)}; got != want {
			t.Errorf("%q: %v, want %v", user, got, want)
		}
	}
	if s := sw.Stats(); s.Logins != 1 || s.LoginFailures != 4 || s.ConfigLines != 1 {
		t.Errorf("%+v", s)
	}
}

func TestGNMIReads(t *testing.T) {
	c := dialGNMI(t, start(t, srlLab).Switch("leaf1"))
	get := func(enc gpb.Encoding, p *gpb.Path) (*gpb.GetResponse, codes.Code) {
		r, err := c.Get(call(t), &gpb.GetRequest{Path: []*gpb.Path{p}, Encoding: enc})
		return r, status.Code(err)
	}
	if _, code := get(gpb.Encoding_JSON, protoPath(t, "/system")); code != codes.Unimplemented {
		t.Errorf("JSON: %v", code)
	}
	if _, code := get(gpb.Encoding_JSON_IETF, protoPath(t, "/system/colour")); code != codes.InvalidArgument {
		t.Errorf("an unknown path: %v", code)
	}
	if _, code := get(gpb.Encoding_JSON_IETF, &gpb.Path{Origin: "cli"}); code != codes.Unimplemented {
		t.Errorf("an unknown origin: %v", code)
	}
	r, code := get(gpb.Encoding_PROTO, protoPath(t, "/interface[name=ethernet-1/1]/subinterface[index=*]/index"))
	if code != codes.OK || len(r.GetNotification()[0].GetUpdate()) != 1 || r.GetNotification()[0].GetUpdate()[0].GetVal().GetUintVal() != 0 {
		t.Errorf("PROTO: %v %v", r, code)
	}
	p := r.GetNotification()[0].GetUpdate()[0].GetPath().GetElem()
	if p[0].GetName() != "srl_nokia-interfaces:interface" || p[0].GetKey()["name"] != "ethernet-1/1" {
		t.Errorf("path %v", p)
	}
	if got := c.read("/interface[name=ethernet-1/99]", gpb.GetRequest_STATE); got != "" {
		t.Errorf("what is not there: %s", got)
	}
}

func TestGNMIFaults(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	set := func(text string) codes.Code {
		c := dialGNMI(t, sw)
		_, err := c.Set(call(t), &gpb.SetRequest{Update: []*gpb.Update{c.update(described, `"`+text+`"`)}, Delete: []*gpb.Path{protoPath(t, described)}})
		return status.Code(err)
	}
	fault := func(change func(*Faults)) {
		t.Helper()
		if err := sw.SetFaults(Faults{}); err != nil {
			t.Fatal(err)
		}
		if err := sw.UpdateFaults(change); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want string) {
		t.Helper()
		if !strings.Contains(sw.RunningConfig(), "description "+want+"\n") {
			t.Errorf("%s is not there", want)
		}
	}
	if code := set("zero"); code != codes.OK {
		t.Fatal(code)
	}
	fault(func(f *Faults) { f.DropAtConfigLine = 2 })
	if code := set("one"); code != codes.Unavailable {
		t.Errorf("lost before: %v", code)
	}
	is("zero")
	fault(func(f *Faults) { f.DropAfterConfigLine = 2 })
	if code := set("two"); code != codes.Unavailable {
		t.Errorf("the answer lost: %v", code)
	}
	is("two")
	fault(func(f *Faults) { f.Refuse = []Refusal{{Line: `^update .*"three"`, Answer: "Error: no room", Times: 1}} })
	if code := set("three"); code != codes.Aborted {
		t.Errorf("refused: %v", code)
	}
	is("two")
	fault(func(f *Faults) { f.GNMI.Unavailable = true })
	if code := set("four"); code != codes.Unavailable {
		t.Errorf("unavailable: %v", code)
	}
	fault(func(f *Faults) { f.Silent = true })
	ctx, cancel := context.WithTimeout(asUser("admin", "pw"), 200*time.Millisecond)
	if _, err := dialGNMI(t, sw).Capabilities(ctx, &gpb.CapabilityRequest{}); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("silent: %v", err)
	}
	cancel()
	fault(func(f *Faults) { f.Replace = []Replacement{{Command: `^get /system`, Output: `{"colour":`}} })
	if got := dialGNMI(t, sw).read("/system", gpb.GetRequest_STATE); got != `{"colour":` {
		t.Errorf("distorted: %s", got)
	}
	fault(func(*Faults) {})
	booted := make(chan struct{})
	sw.OnConfigLine(func(n int) bool {
		if n == 2 {
			sw.Reload()
			close(booted)
		}
		return n == 2
	})
	if code := set("five"); code != codes.Unavailable {
		t.Errorf("restarted in mid-Set: %v", code)
	}
	<-booted // a restart cuts its connections before it loads what was saved
	sw.OnConfigLine(nil)
	if strings.Contains(sw.RunningConfig(), "description") {
		t.Errorf("after a restart:\n%s", sw.RunningConfig())
	}
}

// A tail reads a stream.
type tail struct {
	t  testing.TB
	ss gpb.GNMI_SubscribeClient
}

func (c gnmiClient) subscribe(mode gpb.SubscriptionList_Mode, subs ...*gpb.Subscription) tail {
	c.t.Helper()
	ss, err := c.Subscribe(call(c.t))
	if err != nil {
		c.t.Fatal(err)
	}
	req := &gpb.SubscribeRequest{Request: &gpb.SubscribeRequest_Subscribe{Subscribe: &gpb.SubscriptionList{Mode: mode, Subscription: subs, Encoding: gpb.Encoding_JSON_IETF}}}
	if err := ss.Send(req); err != nil {
		c.t.Fatal(err)
	}
	return tail{c.t, ss}
}

// until reads up to an answer in which a text stands, as "path value" or "gone path".
func (r tail) until(text string) {
	r.t.Helper()
	for {
		m, err := r.ss.Recv()
		if err != nil {
			r.t.Fatalf("waiting for %s: %v", text, err)
		}
		said := ""
		if m.GetSyncResponse() {
			said = "synced"
		}
		name := func(p *gpb.Path) (out string) {
			for _, e := range p.GetElem() {
				out += "/" + e.GetName()[strings.IndexByte(e.GetName(), ':')+1:]
				for k, v := range e.GetKey() {
					out += "[" + k + "=" + v + "]"
				}
			}
			return out
		}
		for _, u := range m.GetUpdate().GetUpdate() {
			said += name(u.GetPath()) + " " + string(u.GetVal().GetJsonIetfVal()) + "\n"
		}
		for _, p := range m.GetUpdate().GetDelete() {
			said += "gone " + name(p) + "\n"
		}
		if strings.Contains(said, text) {
			return
		}
	}
}

func TestGNMISubscriptions(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	c := dialGNMI(t, sw)
	once := c.subscribe(gpb.SubscriptionList_ONCE, &gpb.Subscription{Path: protoPath(t, "/interface[name=ethernet-1/1]/admin-state")})
	once.until(`/interface[name=ethernet-1/1]/admin-state "enable"`)
	once.until("synced")
	if _, err := once.ss.Recv(); err == nil {
		t.Error("a stream of once goes on")
	}
	changes := c.subscribe(gpb.SubscriptionList_STREAM, &gpb.Subscription{Path: protoPath(t, "/system/mirroring"), Mode: gpb.SubscriptionMode_ON_CHANGE})
	changes.until("synced")
	if err := c.put(localBody); err != nil {
		t.Fatal(err)
	}
	changes.until(`/system/mirroring/mirroring-instance[name=span-1]/oper-state "up"`)
	sw.Exec("enter candidate private", "set / system mirroring mirroring-instance span-1 admin-state disable", "commit now")
	changes.until(`/oper-down-reason "mirror-inst-admin-down"`)
	sw.Exec("enter candidate private", "set / system mirroring mirroring-instance span-1 admin-state enable", "commit now")
	changes.until("gone /system/mirroring/mirroring-instance[name=span-1]/oper-down-reason")
	if err := sw.UpdateFaults(func(f *Faults) { f.Unplugged = []string{"ethernet-1/10"} }); err != nil {
		t.Fatal(err)
	}
	changes.until(`/oper-down-reason "local-mirror-subif-down"`)
	sw.Exec("enter candidate private", "delete / system mirroring mirroring-instance span-1", "commit now")
	changes.until("gone /system/mirroring/mirroring-instance[name=span-1]")
	samples := c.subscribe(gpb.SubscriptionList_STREAM, &gpb.Subscription{Path: protoPath(t, "/interface[name=ethernet-1/1]/statistics/in-octets"), Mode: gpb.SubscriptionMode_SAMPLE, SampleInterval: uint64(time.Second)})
	samples.until("synced")
	samples.until("/in-octets ")
	if err := sw.UpdateFaults(func(f *Faults) { f.GNMI.BreakStream = 1 }); err != nil {
		t.Fatal(err)
	}
	var err error
	broken := c.subscribe(gpb.SubscriptionList_ONCE, &gpb.Subscription{Path: protoPath(t, "/system")})
	for err == nil { // what was sent before may be lost, too
		m, more := broken.ss.Recv()
		if err = more; m.GetSyncResponse() {
			t.Error("the stream is whole")
		}
	}
	if status.Code(err) != codes.Unavailable {
		t.Errorf("after the break: %v", err)
	}
}
