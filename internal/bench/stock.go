package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/scrapli/scrapligo/driver/network"
	"github.com/scrapli/scrapligo/driver/options"
	"github.com/scrapli/scrapligo/platform"
	"github.com/scrapli/scrapligo/response"

	"github.com/netmirror/netmirror/internal/lab"
)

// lines are what netmirror sends for the session of put.
func lines(direction string) []string {
	out := []string{}
	for i := 1; i <= 4; i++ {
		out = append(out, fmt.Sprintf("monitor session 66 source interface GigabitEthernet1/0/%d %s", i, direction))
	}
	return append(out, "monitor session 66 destination interface GigabitEthernet1/0/23 encapsulation replicate")
}

func openStock(k kind, sw *lab.Switch) (*network.Driver, error) {
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	p, err := platform.NewPlatform(k.scrapligo, host, options.WithPort(number), options.WithAuthUsername("bench"),
		options.WithAuthPassword(secret), options.WithAuthSecondary(secret), options.WithAuthNoStrictKey(),
		options.WithTransportType("standard"), options.WithTimeoutOps(patience))
	if err != nil {
		return nil, err
	}
	d, err := p.GetNetworkDriver()
	if err != nil {
		return nil, err
	}
	return d, d.Open()
}

// A script is what somebody writes with scrapligo: it looks at the session, configures,
// looks again and saves. Careful, it reads and compares what netmirror does for the same
// result: the destination port, how the configuration and the hardware have the session,
// and whose lines a save would take with it.
type script struct {
	d       *network.Driver
	careful bool
}

const port = "GigabitEthernet1/0/23"

func (s script) show(commands ...string) error {
	for _, c := range commands {
		if err := failed(s.d.SendCommand(c)); err != nil {
			return err
		}
	}
	return nil
}

const (
	showSession = "show monitor session all detail"
	showUnsaved = "show archive config differences nvram:startup-config system:running-config"
)

// session sends the lines. made says that the session is there afterwards; a session
// that goes away needs no look at its destination and none at the hardware.
func (s script) session(config []string, made bool) error {
	before, after := []string{showSession}, []string{showSession}
	save := []string{"write memory"}
	if s.careful {
		after = append(after, "show running-config | section ^monitor session|^interface")
		save = []string{showUnsaved, "show startup-config", "write memory", "show startup-config"}
		if made {
			before = append(before, "show running-config interface "+port, "show interfaces "+port+" status", "show interfaces "+port,
				"show mac address-table dynamic interface "+port, "show lldp neighbors", "show cdp neighbors")
			after = append(after, "show platform software monitor session 66")
		}
	}
	if err := s.show(before...); err != nil {
		return err
	}
	if err := stockLines(s.d, config); err != nil {
		return err
	}
	return s.show(append(after, save...)...)
}

func stockLines(d *network.Driver, config []string) error {
	r, err := d.SendConfigs(config)
	if err == nil && r.Failed != nil {
		err = r.Failed
	}
	return err
}

func failed(r *response.Response, err error) error {
	if err == nil && r.Failed != nil {
		err = r.Failed
	}
	return err
}

func measureStock(sw *lab.Switch, careful bool) (map[string]figure, error) {
	out := map[string]figure{}
	var err error
	take := func(what string, prepare, act func() error) {
		if err == nil {
			out[what], err = measure(catalyst.at(sw).trips, prepare, act)
		}
	}
	var d *network.Driver
	clean := func() error { return stockLines(d, []string{"no monitor session 66"}) }
	there := func() error { return stockLines(d, lines("rx")) }
	by := func() script { return script{d, careful} }
	look := func() error { return by().show(showSession) }
	next := "tx"
	change := func() error {
		var config []string
		for i, l := range lines(next)[:4] {
			config = append(config, fmt.Sprintf("no monitor session 66 source interface GigabitEthernet1/0/%d", i+1), l)
		}
		next = map[string]string{"tx": "rx", "rx": "tx"}[next]
		return by().session(config, true)
	}
	create := func() error { return by().session(lines("rx"), true) }
	remove := func() error {
		if !careful {
			return by().session([]string{"no monitor session 66"}, false)
		}
		// By name, as netmirror does: the number may be another hand's by now.
		var config []string
		for _, l := range lines("")[:4] {
			config = append(config, "no "+strings.TrimSpace(l))
		}
		return by().session(append(config, "no monitor session 66 destination interface "+port), false)
	}
	if d, err = openStock(catalyst, sw); err != nil {
		return nil, err
	}
	cold := func(what string, prepare, act func() error) {
		take(what+", cold", func() error {
			err := prepare()
			_ = d.Close() // it reports the EOF of its own end
			return err
		}, func() error {
			var err error
			if d, err = openStock(catalyst, sw); err != nil {
				return err
			}
			return act()
		})
	}
	cold("create", clean, create)
	cold("change", there, change)
	cold("delete", there, remove)
	cold("resync", there, look)
	take("create, warm", clean, create)
	take("the 5 lines alone, warm", clean, there)
	take("change, warm", nil, change)
	take("delete, warm", there, remove)
	take("resync, warm", there, look)
	if d != nil {
		_ = d.Close()
	}
	return out, err
}
