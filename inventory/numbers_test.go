package inventory

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestDoubtfulNumbersAreRefused(t *testing.T) {
	for _, number := range []string{"0110", "-0110", "+0110", "007", "08", "00", "0o156", "-0o7", "0x6E", "0X6e", "0b11", "-0b11", "1_000", "0_1", "01.5", "1_0.5", "!!int 0110", `!!int "0110"`, ".inf", ".nan"} {
		var got any
		err := Decode([]byte("sessions:\n  - sources:\n      - {vlan: "+number+"}\n"), &got)
		if !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(fmt.Sprint(err), "line 3, column 16") {
			t.Errorf("%s became %v, %v", number, got, err)
		}
	}
	for text, want := range map[string]string{"110": "110", "0": "0", "-5": "-5", "0.8": "0.8", ".8": "0.8", "1e9": "1e+09", "10000000000": "1e+10", `"0110"`: "0110", "'007'": "007", "!!str 0110": "0110", "a01": "a01", "01:30": "01:30", "0.0.1": "0.0.1"} {
		var got struct{ V any }
		if err := Decode([]byte("v: "+text), &got); err != nil || fmt.Sprint(got.V) != want {
			t.Errorf("%s became %v, %v; want %s", text, got.V, err, want)
		}
	}
	// Every one is told, those behind an anchor once, keys too.
	err := Decode([]byte("a: &x [010, 0x10]\nb: *x\n017: c\n"), new(any))
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || len(refusal.Reasons) != 3 {
		t.Errorf("%v", err)
	}
}

func TestAPaddedVLANOfAnInventoryFileIsRefused(t *testing.T) {
	_, err := Read(strings.NewReader("devices:\n  - name: sw1\n    platform: openvswitch\n    transports: {config: {protocol: ovsdb, address: /run/db.sock, port: 0664}}\n"))
	if !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), "line 4") || !strings.Contains(err.Error(), "0664") {
		t.Errorf("%v", err)
	}
}
