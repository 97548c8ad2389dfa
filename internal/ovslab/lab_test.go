package ovslab_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) *ovslab.Lab {
	t.Helper()
	testkit.Need(t, "ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl", "ip", "ping", "ethtool")
	testkit.NeedRoot(t)
	l, err := ovslab.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestCaptureSeesWhatAMirrorCopies(t *testing.T) {
	l, ctx := start(t), t.Context()
	br := must[string](t)(l.AddBridge(ctx))
	a := must[*ovslab.Host](t)(l.AddHost(ctx, br, "a", "10.1.0.1/24", "tag=10"))
	b := must[*ovslab.Host](t)(l.AddHost(ctx, br, "b", "10.1.0.2/24", "tag=10"))
	tool := must[*ovslab.Host](t)(l.AddHost(ctx, br, "tool", "10.1.0.3/24"))
	c := must[*ovslab.Capture](t)(tool.StartCapture())
	t.Cleanup(func() { _ = c.Close() })

	if err := l.Reach(ctx, a, b); err != nil {
		t.Fatal(err)
	}
	must[ovslab.Counts](t)(c.Wait(ctx, 0, 300*time.Millisecond)) // what was flooded until the switch had learned
	c.Reset()
	if n := must[int](t)(l.Ping(ctx, a, b, 3)); n != 3 {
		t.Fatalf("%d of 3 pings answered", n)
	}
	if n := must[ovslab.Counts](t)(c.Wait(ctx, 0, 300*time.Millisecond)); n.Echoes() > 0 {
		t.Errorf("without a mirror %+v reached the tool", n)
	}
	c.Reset()
	must[string](t)(l.Vsctl(ctx, "--", "--id=@s", "get", "Port", a.Port, "--", "--id=@d", "get", "Port", tool.Port, "--",
		"--id=@m", "create", "Mirror", "name=m", "select_src_port=@s", "select_dst_port=@s", "output_port=@d", "--", "add", "Bridge", br, "mirrors", "@m"))
	must[int](t)(l.Ping(ctx, a, b, 3))
	n := must[ovslab.Counts](t)(c.Wait(ctx, 6, 300*time.Millisecond))
	if n.Requests != 3 || n.Replies != 3 {
		t.Errorf("got %+v, want 3 requests and 3 replies", n)
	}
	for _, f := range c.Frames() {
		if f.VLAN != 10 || len(f.Raw) < 42 {
			t.Errorf("frame of %d octets in VLAN %d, want VLAN 10", len(f.Raw), f.VLAN)
		}
	}
}

// Two labs at once, of equal addresses, disturb neither each other nor the machine.
func TestLabsSideBySide(t *testing.T) {
	ctx := t.Context()
	for range 2 {
		l := start(t)
		br := must[string](t)(l.AddBridge(ctx))
		a := must[*ovslab.Host](t)(l.AddHost(ctx, br, "a", "10.4.0.1/24"))
		b := must[*ovslab.Host](t)(l.AddHost(ctx, br, "b", "10.4.0.2/24"))
		if err := l.Reach(ctx, a, b); err != nil {
			t.Fatal(err)
		}
		if n := must[int](t)(l.Ping(ctx, a, b, 3)); n != 3 {
			t.Errorf("%d of 3 pings answered", n)
		}
		if problems := must[string](t)(l.Vsctl(ctx, "--columns=name,error", "find", "Interface", `error!=[]`)); problems != "" {
			t.Errorf("interfaces with errors:\n%s", problems)
		}
		for _, port := range []string{br, a.Port} {
			if _, err := os.Stat("/sys/class/net/" + port); !os.IsNotExist(err) {
				t.Errorf("%s is seen outside of the lab: %v", port, err)
			}
		}
	}
}

func TestDumpLeavesOutWhatChangesByItself(t *testing.T) {
	l, ctx := start(t), t.Context()
	br := must[string](t)(l.AddBridge(ctx))
	a := must[*ovslab.Host](t)(l.AddHost(ctx, br, "a", "10.2.0.1/24"))
	b := must[*ovslab.Host](t)(l.AddHost(ctx, br, "b", "10.2.0.2/24"))
	before := must[string](t)(l.Dump(ctx))
	for _, want := range []string{"Bridge ", "Port ", "Interface ", "Open_vSwitch ", a.Port} {
		if !strings.Contains(before, want) {
			t.Errorf("the dump lacks %q:\n%s", want, before)
		}
	}
	must[int](t)(l.Ping(ctx, a, b, 1))
	l.StopSwitchd()
	if err := l.StartSwitchd(ctx); err != nil {
		t.Fatal(err)
	}
	if after := must[string](t)(l.Dump(ctx)); after != before {
		t.Errorf("the dump changed by itself\nbefore:\n%s\nafter:\n%s", before, after)
	}
	must[string](t)(l.Vsctl(ctx, "set", "Port", a.Port, "external_ids:x=y"))
	if after := must[string](t)(l.Dump(ctx)); after == before {
		t.Error("the dump does not show a changed row")
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	l, ctx := start(t), t.Context()
	br := must[string](t)(l.AddBridge(ctx))
	h := must[*ovslab.Host](t)(l.AddHost(ctx, br, "a", "10.3.0.1/24"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/run/netns/" + h.Namespace(), "/run/netns/" + l.Space(), l.Dir()} {
		testkit.Eventually(t, testkit.Patience, path+" to be gone", func() bool {
			_, err := os.Stat(path)
			return os.IsNotExist(err)
		})
	}
	if _, err := l.AddHost(ctx, br, "b", "10.3.0.2/24"); err == nil {
		t.Error("a closed lab takes hosts")
	}
}
