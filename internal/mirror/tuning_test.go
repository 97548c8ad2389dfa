package mirror_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestTheSettingsOfATransport(t *testing.T) {
	good := mirror.Tuning{TypeAhead: "off", MaxWriteBytes: 512, MaxReplyBytes: 1 << 20, Keepalive: mirror.Duration(30 * time.Second), WantReply: true,
		IdleClose: mirror.Duration(2 * time.Minute), Timeouts: mirror.WaitingLimits{Dial: mirror.Duration(time.Minute), Read: mirror.Duration(time.Minute), Push: mirror.Duration(time.Minute)}}
	d := mirror.Device{Name: "d", Platform: "p", Transports: mirror.Transports{Config: mirror.Transport{Protocol: "cli", Address: "h", Tuning: good}}}.WithDefaults()
	if r := d.Validate(); len(r) != 0 {
		t.Error(r)
	}
	text, err := json.Marshal(d.Transports.Config)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"protocol":"cli","address":"h","typeAhead":"off","maxWriteBytes":512,"maxReplyBytes":1048576,"keepalive":"30s","wantReply":true,` +
		`"idleClose":"2m0s","timeouts":{"dial":"1m0s","read":"1m0s","push":"1m0s"}}`
	if string(text) != want {
		t.Errorf("written as %s", text)
	}
	var back mirror.Transport
	if err := json.Unmarshal(text, &back); err != nil || back != d.Transports.Config {
		t.Errorf("read back as %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"timeouts":{"read":"soon"}}`), &back); err == nil {
		t.Error("a duration that is none was read")
	}
	d.Transports.State = &mirror.Transport{Protocol: "cli", Address: "h", Tuning: mirror.Tuning{TypeAhead: "on", MaxWriteBytes: 100, MaxReplyBytes: 1, Keepalive: 1,
		IdleClose: -1, Timeouts: mirror.WaitingLimits{Dial: 1, Read: mirror.Duration(2 * time.Hour), Push: -1}}}
	var at []string
	for _, r := range d.Validate() {
		at = append(at, r.Pointer)
	}
	const s = "/transports/state/"
	if !slices.Equal(at, []string{s + "typeAhead", s + "maxWriteBytes", s + "maxReplyBytes", s + "keepalive", s + "idleClose",
		s + "timeouts/dial", s + "timeouts/read", s + "timeouts/push"}) {
		t.Errorf("faults at %q", at)
	}
}

func TestADevicesSettingsWinOverTheControllers(t *testing.T) {
	base := mirror.Tuning{TypeAhead: "off", MaxWriteBytes: 512, IdleClose: 5, Timeouts: mirror.WaitingLimits{Dial: 1, Read: 2, Push: 3}}
	own := mirror.Tuning{MaxWriteBytes: 700, Keepalive: 7, Timeouts: mirror.WaitingLimits{Read: 9}}
	want := mirror.Tuning{TypeAhead: "off", MaxWriteBytes: 700, Keepalive: 7, IdleClose: 5, Timeouts: mirror.WaitingLimits{Dial: 1, Read: 9, Push: 3}}
	if got := own.Over(base); got != want {
		t.Errorf("%+v", got)
	}
}

func TestWhatIsSaidOfCertificates(t *testing.T) {
	for name, c := range map[string]struct {
		transport mirror.Transport
		at        string // "" = no fault
	}{
		"gnmi":                          {mirror.Transport{Protocol: "gnmi"}, ""},
		"gnmi with a name":              {mirror.Transport{Protocol: "gnmi", ServerName: "sw1.example.net"}, ""},
		"gnmi, unverified":              {mirror.Transport{Protocol: "gnmi", Insecure: mirror.InsecureSkipVerify}, ""},
		"gnmi in clear text":            {mirror.Transport{Protocol: "gnmi", Insecure: mirror.InsecurePlaintext}, ""},
		"gnmi in another way":           {mirror.Transport{Protocol: "gnmi", Insecure: "true"}, "insecure"},
		"gnmi with tls":                 {mirror.Transport{Protocol: "gnmi", TLS: true}, "tls"},
		"a name that nobody checks":     {mirror.Transport{Protocol: "gnmi", Insecure: mirror.InsecureSkipVerify, ServerName: "x"}, "serverName"},
		"a bad name":                    {mirror.Transport{Protocol: "gnmi", ServerName: "a\nb"}, "serverName"},
		"ovsdb with tls and a name":     {mirror.Transport{Protocol: "ovsdb", TLS: true, ServerName: "sw1 id:1f0e"}, ""},
		"ovsdb with a name without tls": {mirror.Transport{Protocol: "ovsdb", ServerName: "x"}, "serverName"},
		"ovsdb, insecure":               {mirror.Transport{Protocol: "ovsdb", TLS: true, Insecure: mirror.InsecureSkipVerify}, "insecure"},
		"cli with tls":                  {mirror.Transport{Protocol: "cli", TLS: true}, "tls"},
		"cli, insecure":                 {mirror.Transport{Protocol: "cli", Insecure: mirror.InsecurePlaintext}, "insecure"},
	} {
		c.transport.Address = "192.0.2.1"
		d := mirror.Device{Name: "sw1", Platform: "cisco_iosxe", Transports: mirror.Transports{Config: c.transport}}.WithDefaults()
		reasons := d.Validate()
		if c.at == "" && len(reasons) != 0 || c.at != "" && (len(reasons) != 1 || reasons[0].Pointer != "/transports/config/"+c.at) {
			t.Errorf("%s: %v", name, reasons)
		}
	}
}
