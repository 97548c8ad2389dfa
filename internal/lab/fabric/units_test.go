package fabric

import "testing"

// Every platform writes addresses in groups of its own; all groupings are read.
func TestHardwareAddressesInAllGroupings(t *testing.T) {
	for text, ok := range map[string]bool{"0011.2233.44ff": true, "00:11:22:33:44:FF": true, "0011-2233-44ff": true, "00112233445": false, "00112233445566": false, "nope": false, "": false} {
		m, got := ParseMAC(text)
		if got != ok {
			t.Errorf("%q: %v, want %v", text, got, ok)
		}
		if ok && (m.Groups(2, ".") != "0011.2233.44ff" || m.Groups(1, ":") != "00:11:22:33:44:ff" || m.Groups(2, "-") != "0011-2233-44ff") {
			t.Errorf("%q is written %s", text, m.Groups(1, ":"))
		}
	}
	if got := (MAC{}).Groups(1, ":"); got != "" {
		t.Errorf("no address is written %q", got)
	}
	if a := macFor("a"); a[0] != 2 || a != macFor("a") || a == macFor("b") {
		t.Errorf("the address of a switch: %v", a)
	}
}
