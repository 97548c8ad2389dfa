package cmdline

import "testing"

func TestRoutesAreTheLongest(t *testing.T) {
	d := testLayout.Read("interface A\n   ip address 10.1.1.1/24\ninterface B\n   in blue\n   ip address 10.2.2.1/24 secondary\nip route 0.0.0.0/0 10.1.1.9\nip route 10.3.0.0/16 10.7.7.7\nip route 10.3.3.0/24 10.1.1.8\nip route bad\n")
	table := func(_ string, b Block) string { return b.Value("in") }
	for to, want := range map[string][2]string{"10.1.1.7": {"10.1.1.7", "A"}, "10.3.3.3": {"10.1.1.8", "A"}, "10.3.4.4": {"10.7.7.7", ""}, "10.2.2.2": {"10.1.1.9", "A"}} {
		if next, port := d.Route(to, d.Heads(), "", table); next != want[0] || port != want[1] {
			t.Errorf("%s: over %s, %s; want %q", to, next, port, want)
		}
	}
	if next, port := d.Route("10.2.2.2", nil, "blue", table); next != "10.2.2.2" || port != "B" {
		t.Errorf("in a table of its own: %s, %s", next, port)
	}
	if next, _ := d.Route("10.9.9.9", nil, "blue", table); next != "" {
		t.Errorf("no way there: %s", next)
	}
}
