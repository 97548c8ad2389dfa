package lab

import (
	"context"
	"strings"
	"testing"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/testkit"
)

const eosGNMI = `
fabric:
  switches:
    - name: leaf1
      platform: arista_eos
      version: VERSION
      credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]
      gnmi: {}
      config: |
        management api gnmi
           transport grpc default
`

// eosClient speaks origin cli with a switch.
type eosClient struct {
	gnmiClient
	sw *Switch
}

func dialEOS(t *testing.T, version string) eosClient {
	sw := start(t, strings.Replace(eosGNMI, "VERSION", version, 1)).Switch("leaf1")
	return eosClient{dialGNMI(t, sw), sw}
}

func (c eosClient) show(ctx context.Context, command string, enc gpb.Encoding) (string, error) {
	c.t.Helper()
	r, err := c.Get(ctx, &gpb.GetRequest{Path: []*gpb.Path{{Origin: "cli", Elem: []*gpb.PathElem{{Name: command}}}}, Encoding: enc})
	if err != nil {
		return "", err
	}
	v := r.Notification[0].Update[0].Val
	return v.GetAsciiVal() + string(v.GetJsonVal()), nil
}

func (c eosClient) apply(ctx context.Context, lines ...string) error {
	c.t.Helper()
	r := &gpb.SetRequest{}
	for _, l := range lines {
		r.Update = append(r.Update, &gpb.Update{Path: &gpb.Path{Origin: "cli"}, Val: &gpb.TypedValue{Value: &gpb.TypedValue_AsciiVal{AsciiVal: l}}})
	}
	_, err := c.Set(ctx, r)
	return err
}

// TestEOSLinesByGNMI: what is set shows at a terminal, and is read back as it shows there.
func TestEOSLinesByGNMI(t *testing.T) {
	c := dialEOS(t, "4.30.4M")
	if err := c.apply(call(t), "interface Ethernet47", "   no shutdown", "   description tap", "monitor session web source Ethernet1,3 rx", "monitor session web destination Ethernet47"); err != nil {
		t.Fatal(err)
	}
	const command = "show running-config section monitor session"
	want := "monitor session web source Ethernet1 rx\nmonitor session web source Ethernet3 rx\nmonitor session web destination Ethernet47\n"
	got, err := c.show(call(t), command, gpb.Encoding_ASCII)
	typed := c.sw.Exec(command)
	if err != nil || got != want && !strings.Contains(typed, got) || !strings.Contains(typed, "web source") {
		t.Errorf("%q over gNMI, %v, and typed %q", got, err, typed)
	}
	if !strings.Contains(c.sw.RunningConfig(), "interface Ethernet47\n   description tap\n") {
		t.Error(c.sw.RunningConfig())
	}
	if got, err := c.show(call(t), "show version", gpb.Encoding_JSON); err != nil || !strings.Contains(got, `"version": "4.30.4M"`) {
		t.Errorf("%q, %v", got, err)
	}
	c.sw.Exec("configure terminal", "no monitor session web", "end")
	if got, err := c.show(call(t), command, gpb.Encoding_ASCII); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	if a, err := c.Capabilities(call(t), &gpb.CapabilityRequest{}); err != nil || a.GNMIVersion != "0.7.0" || len(a.SupportedEncodings) != 3 {
		t.Errorf("%v, %v", a, err)
	}
}

// TestAnEOSSetIsAllOrNothing: whatever is refused, nothing of the Set is in force, and no
// session of it is left.
func TestAnEOSSetIsAllOrNothing(t *testing.T) {
	c := dialEOS(t, "4.30.4M")
	for name, tc := range map[string]struct {
		lines []string
		want  string
	}{
		"no such line":   {[]string{"monitor session a source Ethernet1", "monitor session a source Ethernet999"}, "% Invalid input"},
		"one too many":   {[]string{"monitor session a source Ethernet1", "monitor session b source Ethernet1", "monitor session c source Ethernet1", "monitor session d source Ethernet1", "monitor session e source Ethernet1"}, "%"},
		"nothing there":  {[]string{"vlan 77", "no monitor session web"}, "does not exist"},
		"a save":         {[]string{"vlan 77", "copy running-config startup-config"}, "% Invalid input"},
		"a way out":      {[]string{"vlan 77", "end", "vlan 78"}, "leaves the session"},
		"its own commit": {[]string{"vlan 77", "commit"}, "% Invalid input"},
	} {
		before := c.sw.RunningConfig()
		err := c.apply(call(t), tc.lines...)
		if status.Code(err) != codes.Aborted || !strings.Contains(err.Error(), tc.want) || c.sw.RunningConfig() != before {
			t.Errorf("%s: %v", name, err)
		}
		if left := c.sw.Exec("show configuration sessions detail"); strings.Contains(left, "gnmi-") {
			t.Errorf("%s: %s", name, left)
		}
	}
	c.sw.Exec("configure session other", "vlan 9", "commit timer 00:05:00")
	if err := c.apply(call(t), "vlan 77"); status.Code(err) != codes.Aborted || !strings.Contains(err.Error(), "% Cannot commit") {
		t.Errorf("while a commit waits: %v", err)
	}
	c.sw.Exec("configure session other abort", "configure lock mine")
	if err := c.apply(call(t), "vlan 77"); status.Code(err) != codes.Aborted || !strings.Contains(err.Error(), "locked") {
		t.Errorf("while it is locked: %v", err)
	}
}

// TestWhatEOSRefusesOverGNMI: other origins, other forms, older releases, lesser users.
func TestWhatEOSRefusesOverGNMI(t *testing.T) {
	c := dialEOS(t, "4.29.1F")
	op, cancel := context.WithTimeout(asUser("op", "pw"), testkit.Patience)
	defer cancel()
	for name, tc := range map[string]struct {
		do   func() error
		want codes.Code
	}{
		"text before 4.29.2F": {func() error { _, err := c.show(call(t), "show version", gpb.Encoding_ASCII); return err }, codes.InvalidArgument},
		"JSON before 4.29.2F": {func() error { _, err := c.show(call(t), "show version", gpb.Encoding_JSON); return err }, codes.OK},
		"a bar":               {func() error { _, err := c.show(call(t), "show version | json", gpb.Encoding_JSON); return err }, codes.InvalidArgument},
		"no JSON of it":       {func() error { _, err := c.show(call(t), "show running-config", gpb.Encoding_JSON); return err }, codes.InvalidArgument},
		"no show":             {func() error { _, err := c.show(call(t), "write memory", gpb.Encoding_JSON); return err }, codes.InvalidArgument},
		"another encoding":    {func() error { _, err := c.show(call(t), "show version", gpb.Encoding_PROTO); return err }, codes.Unimplemented},
		"privileged": {func() error {
			_, err := c.show(op, "show configuration sessions detail", gpb.Encoding_JSON)
			return err
		}, codes.InvalidArgument},
		"a lesser user": {func() error { return c.apply(op, "vlan 77") }, codes.Aborted},
		"a model":       {func() error { _, err := c.Get(call(t), &gpb.GetRequest{Path: []*gpb.Path{{}}}); return err }, codes.Unimplemented},
		"a Set of it":   {func() error { _, err := c.Set(call(t), &gpb.SetRequest{Delete: []*gpb.Path{{}}}); return err }, codes.Unimplemented},
		"lines and a delete": {func() error {
			_, err := c.Set(call(t), &gpb.SetRequest{Delete: []*gpb.Path{{Origin: "cli"}}, Update: []*gpb.Update{{Path: &gpb.Path{Origin: "cli"}}}})
			return err
		}, codes.InvalidArgument},
		"no text": {func() error {
			_, err := c.Set(call(t), &gpb.SetRequest{Update: []*gpb.Update{{Path: &gpb.Path{Origin: "cli"}, Val: &gpb.TypedValue{Value: &gpb.TypedValue_StringVal{StringVal: "vlan 7"}}}}})
			return err
		}, codes.InvalidArgument},
	} {
		if err := tc.do(); status.Code(err) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if strings.Contains(c.sw.RunningConfig(), "vlan 7") {
		t.Error(c.sw.RunningConfig())
	}
}

// TestAnEOSSetIsSavedWhereItIsConfigured, and else is not.
func TestAnEOSSetIsSavedWhereItIsConfigured(t *testing.T) {
	for version, saves := range map[string]bool{"4.27.8M": false, "4.30.4M": true} {
		c := dialEOS(t, version)
		if err := c.apply(call(t), "vlan 7"); err != nil || strings.Contains(c.sw.StartupConfig(), "vlan 7\n") {
			t.Fatalf("%s: saved without being told: %v", version, err)
		}
		if err := c.apply(call(t), "management api gnmi", "operation set persistence"); err != nil {
			t.Fatal(err)
		}
		if err := c.apply(call(t), "vlan 8"); err != nil || strings.Contains(c.sw.StartupConfig(), "vlan 8\n") != saves {
			t.Errorf("%s: saved: %v, %v", version, !saves, err)
		}
	}
}
