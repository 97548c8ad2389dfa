package lab

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"github.com/openconfig/gnmi/proto/gnmi_ext"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/netmirror/netmirror/internal/lab/model"
	"github.com/netmirror/netmirror/internal/testkit"
)

const srlLab = `
fabric:
  switches:
    - name: leaf1
      platform: nokia_srl
      gnmi: {}
      credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]
      config: |
        set / interface ethernet-1/1 subinterface 0 type bridged
        set / interface ethernet-1/2 subinterface 0 type bridged
  hosts:
    - {at: "leaf1:ethernet-1/1", name: a, mac: 0200.0000.0001}
    - {at: "leaf1:ethernet-1/10", name: tool}
  traffic:
    - {at: "leaf1:ethernet-1/1", direction: in, bitsPerSecond: 8M, framesPerSecond: 1000}
`

// A gnmiClient is a stock client: nothing of ours is between it and the wire.
type gnmiClient struct {
	gpb.GNMIClient
	t  testing.TB
	cc *grpc.ClientConn
}

func dialGNMI(t testing.TB, sw *Switch, change ...func(*tls.Config)) gnmiClient {
	t.Helper()
	ca, err := sw.lab.Authority()
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	config := &tls.Config{RootCAs: pool}
	for _, f := range change {
		f(config)
	}
	creds := credentials.NewTLS(config)
	if sw.spec.GNMI.Plaintext {
		creds = insecure.NewCredentials()
	}
	cc, err := grpc.NewClient("passthrough:///"+sw.GNMIAddr(), grpc.WithTransportCredentials(creds))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cc.Close() })
	return gnmiClient{gpb.NewGNMIClient(cc), t, cc}
}

func asUser(user, password string) context.Context {
	return metadata.AppendToOutgoingContext(context.Background(), "username", user, "password", password)
}

func call(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(asUser("admin", "pw"), testkit.Patience)
	t.Cleanup(cancel)
	return ctx
}

func protoPath(t testing.TB, text string) *gpb.Path {
	t.Helper()
	p, err := model.ParsePath(text)
	if err != nil {
		t.Fatal(err)
	}
	out := &gpb.Path{}
	for _, e := range p {
		out.Elem = append(out.Elem, &gpb.PathElem{Name: e.Name, Key: e.Keys})
	}
	return out
}

func (c gnmiClient) update(path, body string) *gpb.Update {
	return &gpb.Update{Path: protoPath(c.t, path), Val: &gpb.TypedValue{Value: &gpb.TypedValue_JsonIetfVal{JsonIetfVal: []byte(body)}}}
}

// put updates the root.
func (c gnmiClient) put(body string) error {
	_, err := c.Set(call(c.t), &gpb.SetRequest{Update: []*gpb.Update{c.update("/", body)}})
	return err
}

// read is what one path holds, "" where nothing is.
func (c gnmiClient) read(path string, of gpb.GetRequest_DataType) string {
	c.t.Helper()
	r, err := c.Get(call(c.t), &gpb.GetRequest{Path: []*gpb.Path{protoPath(c.t, path)}, Type: of, Encoding: gpb.Encoding_JSON_IETF})
	if err != nil {
		c.t.Fatalf("get %s: %v", path, err)
	}
	if len(r.GetNotification()) != 1 {
		c.t.Fatalf("get %s: %v", path, r)
	}
	var all []string
	for _, u := range r.GetNotification()[0].GetUpdate() {
		all = append(all, string(u.GetVal().GetJsonIetfVal()))
	}
	return strings.Join(all, " ")
}

const localBody = `{"srl_nokia-interfaces:interface":[{"name":"ethernet-1/10","subinterface":[{"index":0,"type":"srl_nokia-interfaces:local-mirror-dest","admin-state":"enable",
 "srl_nokia-interfaces-local-mirror-destination:local-mirror-destination":{"admin-state":"enable"}}]}],
 "srl_nokia-system:system":{"srl_nokia-mirroring:mirroring":{"mirroring-instance":[{"name":"span-1","mirror-source":{"interface":[{"name":"ethernet-1/1","direction":"ingress-egress"}]},
 "mirror-destination":{"local":"ethernet-1/10.0"}}]}}}`

const span1 = "/system/mirroring/mirroring-instance[name=span-1]"

func TestSRLMirrorsByGNMI(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	c := dialGNMI(t, sw)
	caps, err := c.Capabilities(call(t), &gpb.CapabilityRequest{})
	if err != nil || caps.GetGNMIVersion() != "0.10.0" {
		t.Fatalf("%v %v", caps, err)
	}
	found := false
	for _, m := range caps.GetSupportedModels() {
		found = found || m.GetName() == "urn:nokia.com:srlinux:mirror:mirroring:srl_nokia-mirroring" && m.GetVersion() == "2024-07-31" && m.GetOrganization() == "Nokia"
	}
	if !found {
		t.Errorf("mirroring is not among %v", caps.GetSupportedModels())
	}
	if err := c.put(localBody); err != nil {
		t.Fatal(err)
	}
	if got, want := c.read(span1, gpb.GetRequest_CONFIG), `{"name":"span-1","mirror-source":{"interface":[{"name":"ethernet-1/1","direction":"ingress-egress"}]},"mirror-destination":{"local":"ethernet-1/10.0"}}`; got != want {
		t.Errorf("configuration\n got %s\nwant %s", got, want)
	}
	if got, want := c.read(span1, gpb.GetRequest_STATE), `{"name":"span-1","admin-state":"enable","oper-state":"up","mirror-source":{"interface":[{"name":"ethernet-1/1","direction":"ingress-egress"}]},"mirror-destination":{"local":"ethernet-1/10.0"}}`; got != want {
		t.Errorf("state\n got %s\nwant %s", got, want)
	}
	testkit.Eventually(t, testkit.Patience, "copies leave the destination", func() bool {
		return sw.Counters()["ethernet-1/10"].OutFrames > 0 && c.read("/interface[name=ethernet-1/10]/statistics/out-mirror-packets", gpb.GetRequest_STATE) != `"0"`
	})
	if got := c.read("/system/features", gpb.GetRequest_STATE); !strings.Contains(got, `"mirror-dest-local"`) {
		t.Errorf("features: %s", got)
	}
	if _, err := c.Set(call(t), &gpb.SetRequest{Delete: []*gpb.Path{protoPath(t, span1), protoPath(t, "/interface[name=ethernet-1/10]/subinterface[index=0]")}}); err != nil {
		t.Fatal(err)
	}
	if got := c.read(span1, gpb.GetRequest_CONFIG); got != "" {
		t.Errorf("after its delete: %s", got)
	}
}

func TestSRLRefusesWhatTheYANGDoes(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	c := dialGNMI(t, sw)
	instance := func(inner string) string {
		return `{"srl_nokia-system:system":{"srl_nokia-mirroring:mirroring":{"mirroring-instance":[{"name":"a",` + inner + `}]}}}`
	}
	remote := func(inner string) string {
		return instance(`"mirror-destination":{"remote":{"encap":"l2ogre","network-instance":"default"` + inner + `}}`)
	}
	nine := ""
	for _, n := range strings.Fields("a b c d e f g h i") {
		nine += `,{"name":"` + n + `"}`
	}
	for name, tc := range map[string]struct{ body, want string }{
		"no such interface":    {instance(`"mirror-source":{"interface":[{"name":"ethernet-1/99"}]}`), "Must be an existing interface name"},
		"no such subinterface": {instance(`"mirror-source":{"subinterface":[{"name":"ethernet-1/3.0"}]}`), "Must be an existing subinterface name"},
		"not a destination":    {instance(`"mirror-destination":{"local":"ethernet-1/2.0"}`), "local-mirror-destination is only allowed on subinterfaces with type local-mirror-dest"},
		"local and remote":     {strings.Replace(remote(`,"tunnel-end-points":{"source-address":"192.0.2.1","destination-address":"192.0.2.2"}`), `"remote":`, `"local":"ethernet-1/2.0","remote":`, 1), "mirror destination can be either local or remote within the same mirror-instance"},
		"no far end":           {remote(`,"tunnel-end-points":{"source-address":"192.0.2.1"}`), "tunnel source-address and destination-address must be specified"},
		"no network-instance":  {strings.Replace(remote(``), `"default"`, `"x"`, 1), "'network-instance' refers to 'x', which does not exist in /network-instance/name"},
		"a mac-vrf":            {`{"srl_nokia-network-instance:network-instance":[{"name":"v","type":"srl_nokia-network-instance:mac-vrf"}],` + strings.Replace(remote(``), `"default"`, `"v"`, 1)[1:], "remote mirror tunnel can only be initiated in a network-instance of type 'ip-vrf' or 'default'"},
		"ip-mtu":               {`{"srl_nokia-interfaces:interface":[{"name":"ethernet-1/2","subinterface":[{"index":0,"ip-mtu":1500}]}]}`, "ip-mtu not allowed with type bridged or type local-mirror-dest"},
		"addresses":            {`{"srl_nokia-interfaces:interface":[{"name":"ethernet-1/2","subinterface":[{"index":0,"ipv4":{"admin-state":"enable"}}]}]}`, "ipv4 configuration not allowed on bridged or local-mirror-dest subinterfaces"},
		"bound":                {`{"srl_nokia-interfaces:interface":[{"name":"ethernet-1/2","subinterface":[{"index":0,"type":"local-mirror-dest"}]}],"srl_nokia-network-instance:network-instance":[{"name":"default","interface":[{"name":"ethernet-1/2.0"}]}]}`, "subinterface with type local-mirror-dest cannot be configured on network-instance"},
		"on an irb":            {`{"srl_nokia-interfaces:interface":[{"name":"irb0","subinterface":[{"index":0,"type":"srl_nokia-interfaces:local-mirror-dest"}]}]}`, "local-mirror-dest is not supported on this interface"},
		"nine":                 {`{"srl_nokia-system:system":{"srl_nokia-mirroring:mirroring":{"mirroring-instance":[` + nine[1:] + `]}}}`, "at most 8 entries"},
		"an unknown name":      {instance(`"colour":"red"`), "Path not valid - unknown element 'colour'. Options are [name, admin-state,"},
		"a bad name":           {instance(`"mirror-source":{"interface":[{"name":"eth1"}]}`), "Failed to parse value 'eth1' for key 'name' (Must match the pattern"},
		"a bad direction":      {instance(`"mirror-source":{"interface":[{"name":"ethernet-1/1","direction":"both"}]}`), "Failed to parse value 'both' for key 'direction'"},
		"l3ogre":               {strings.Replace(remote(``), "l2ogre", "l3ogre", 1), "Failed to parse value 'l3ogre' for key 'encap'"},
		"state":                {instance(`"oper-state":"up"`), "'oper-state' cannot be changed"},
		"its own destination":  {`{"srl_nokia-interfaces:interface":[{"name":"ethernet-1/2","subinterface":[{"index":0,"type":"srl_nokia-interfaces:local-mirror-dest"}]}],` + instance(`"mirror-source":{"subinterface":[{"name":"ethernet-1/2.0"}]}`)[1:], "subinterface cannot be a local-mirror-dest type"},
	} {
		was := sw.RunningConfig()
		err := c.put(tc.body)
		if err == nil || !strings.Contains(status.Convert(err).Message(), tc.want) {
			t.Errorf("%s:\n got %v\nwant %s", name, err, tc.want)
		}
		if sw.RunningConfig() != was {
			t.Errorf("%s: the configuration is another", name)
		}
	}
}

func TestSRLTakesTheExamples(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(testkit.Shared(t, "yang/nokia-srlinux/examples"), "*.json"))
	if len(files) < 4 {
		t.Fatalf("%d examples", len(files))
	}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		sw := start(t, srlLab).Switch("leaf1")
		c := dialGNMI(t, sw)
		if strings.Contains(f, "acl") {
			if err := c.put(`{"srl_nokia-acl:acl":{"acl-filter":[{"name":"span-acl","type":"ipv4","entry":[{"sequence-id":20,"action":{"accept":{}}}]}]}}`); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.put(string(body)); err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
		}
	}
}

func TestSRLTrials(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	c := dialGNMI(t, sw)
	commit := func(id string, action any) *gnmi_ext.Extension {
		e := &gnmi_ext.Commit{Id: id}
		switch a := action.(type) {
		case time.Duration:
			e.Action = &gnmi_ext.Commit_Commit{Commit: &gnmi_ext.CommitRequest{RollbackDuration: durationpb.New(a)}}
		case string:
			e.Action = &gnmi_ext.Commit_Confirm{Confirm: &gnmi_ext.CommitConfirm{}}
			if a == "cancel" {
				e.Action = &gnmi_ext.Commit_Cancel{Cancel: &gnmi_ext.CommitCancel{}}
			}
		}
		return &gnmi_ext.Extension{Ext: &gnmi_ext.Extension_Commit{Commit: e}}
	}
	try := func(id string, action any, updates ...*gpb.Update) codes.Code {
		_, err := c.Set(call(t), &gpb.SetRequest{Update: updates, Extension: []*gnmi_ext.Extension{commit(id, action)}})
		return status.Code(err)
	}
	describe := func(text string) *gpb.Update {
		return c.update("/interface[name=ethernet-1/1]/description", `"`+text+`"`)
	}
	is := func(want string) {
		t.Helper()
		if got := c.read("/interface[name=ethernet-1/1]/description", gpb.GetRequest_CONFIG); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if code := try("x1", 10*time.Minute, describe("one")); code != codes.OK {
		t.Fatal(code)
	}
	is(`"one"`)
	if code := try("x2", 10*time.Minute, describe("two")); code != codes.FailedPrecondition {
		t.Errorf("a second trial: %v", code)
	}
	if err := c.put(`{}`); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a Set while one waits: %v", err)
	}
	if code := try("x2", "confirm"); code != codes.InvalidArgument {
		t.Errorf("another id: %v", code)
	}
	if code := try("x1", "confirm", describe("three")); code != codes.InvalidArgument {
		t.Errorf("a confirm with changes: %v", code)
	}
	if code := try("x1", "confirm"); code != codes.OK {
		t.Errorf("confirm: %v", code)
	}
	sw.Lapse()
	is(`"one"`)
	if code := try("x3", 10*time.Minute, describe("two")); code != codes.OK {
		t.Fatal(code)
	}
	if code := try("x3", "cancel"); code != codes.OK {
		t.Errorf("cancel: %v", code)
	}
	is(`"one"`)
	if code := try("x4", 10*time.Minute, describe("two")); code != codes.OK {
		t.Fatal(code)
	}
	sw.Lapse()
	is(`"one"`)
	if code := try("x4", "confirm"); code != codes.InvalidArgument {
		t.Errorf("confirm too late: %v", code)
	}
}

func TestSRLWhatOneDoorSetsTheOtherShows(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	c := dialGNMI(t, sw)
	if err := c.put(localBody); err != nil {
		t.Fatal(err)
	}
	got := sw.Exec("info from state /system mirroring mirroring-instance span-1")
	want := `    system {
        mirroring {
            mirroring-instance span-1 {
                admin-state enable
                oper-state up
                mirror-source {
                    interface ethernet-1/1 {
                        direction ingress-egress
                    }
                }
                mirror-destination {
                    local ethernet-1/10.0
                }
            }
        }
    }
`
	if !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	sw.Exec("enter candidate private", "set / system mirroring mirroring-instance span-1 description \"ticket 42\"", "delete / system mirroring mirroring-instance span-1 mirror-source interface ethernet-1/1", "commit now")
	var read struct {
		Description string
		Source      any `json:"mirror-source"`
	}
	if err := json.Unmarshal([]byte(c.read(span1, gpb.GetRequest_CONFIG)), &read); err != nil || read.Description != "ticket 42" || read.Source != nil {
		t.Errorf("%v %+v", err, read)
	}
	if got := c.read(span1+"/oper-down-reason", gpb.GetRequest_STATE); got != `"no-mirror-source"` {
		t.Errorf("without a source: %s", got)
	}
}

func TestSRLOpenConfigCounters(t *testing.T) {
	sw := start(t, srlLab).Switch("leaf1")
	c := dialGNMI(t, sw)
	announced := func() bool {
		caps, err := c.Capabilities(call(t), &gpb.CapabilityRequest{})
		return err == nil && strings.Contains(caps.String(), "openconfig-interfaces")
	}
	const counters = "/interfaces/interface[name=ethernet-1/1]/state/counters/in-octets"
	if got := c.read(counters, gpb.GetRequest_STATE); got != "" || announced() {
		t.Errorf("without its server: %s", got)
	}
	sw.Exec("enter candidate private", "set / system management openconfig admin-state enable", "set / interface lag1 admin-state enable", "set / interface ethernet-1/2 ethernet aggregate-id lag1", "commit now")
	if !announced() {
		t.Error("OpenConfig is not announced")
	}
	testkit.Eventually(t, testkit.Patience, "octets are counted", func() bool { got := c.read(counters, gpb.GetRequest_STATE); return got != "" && got != `"0"` })
	if got := c.read("/interfaces/interface[name=ethernet-1/1]/ethernet/state/port-speed", gpb.GetRequest_STATE); got != `"openconfig-if-ethernet:SPEED_25GB"` {
		t.Errorf("speed: %s", got)
	}
	if got := c.read("/interfaces/interface[name=lag1]/aggregation/state/lag-speed", gpb.GetRequest_STATE); got != `0` {
		t.Errorf("speed of a lag without a member that is up: %s", got)
	}
}
