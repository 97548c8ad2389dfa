package lab

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/scrapli/scrapligo/driver/options"
	scrapli "github.com/scrapli/scrapligo/platform"
)

// Stock scrapligo is a foreign client: it must be able to drive the lab.
func TestStockScrapligoConfiguresASession(t *testing.T) {
	sw := start(t, oneSwitch).Switch("acc-1")
	host, port, _ := net.SplitHostPort(sw.Addr())
	n, _ := strconv.Atoi(port)
	p, err := scrapli.NewPlatform("cisco_iosxe", host, options.WithPort(n), options.WithAuthUsername("op"), options.WithAuthPassword("pw"),
		options.WithAuthSecondary("en"), options.WithAuthNoStrictKey(), options.WithTransportType("standard"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.GetNetworkDriver()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Open(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r, err := d.SendCommand("show version")
	if err != nil || r.Failed != nil || !strings.Contains(r.Result, "Version 17.9.4") {
		t.Fatalf("show version: %v %v %q", err, r.Failed, r.Result)
	}
	before := sw.Stats()
	m, err := d.SendConfigs([]string{"monitor session 3 source interface Gi1/0/3 rx", "monitor session 3 destination interface Gi1/0/24"})
	if err != nil || m.Failed != nil {
		t.Fatalf("configs: %v %v", err, m.Failed)
	}
	if got := sw.Stats().RoundTrips - before.RoundTrips; got < 6 {
		t.Errorf("%d round trips counted for two lines by a client known to need two for each line and more for the mode", got)
	}
	if m, err = d.SendConfigs([]string{"monitor sesion 3"}); err != nil || m.Failed == nil {
		t.Errorf("a mistyped line did not fail: %v", err)
	}
	if !strings.Contains(sw.RunningConfig(), "monitor session 3 source interface Gi1/0/3 rx\n") {
		t.Errorf("the session is missing in\n%s", sw.RunningConfig())
	}
}
