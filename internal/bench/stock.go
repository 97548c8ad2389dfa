package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"

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

func openStock(sw *lab.Switch) (*network.Driver, error) {
	host, port, err := net.SplitHostPort(sw.Addr())
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	p, err := platform.NewPlatform("cisco_iosxe", host, options.WithPort(number), options.WithAuthUsername("bench"),
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

// stockSession is what a script with scrapligo does for the same safety: look,
// configure, look again, save.
func stockSession(d *network.Driver, config []string) error {
	look := func() error { return failed(d.SendCommand("show monitor session all detail")) }
	if err := look(); err != nil {
		return err
	}
	if err := stockLines(d, config); err != nil {
		return err
	}
	return errors.Join(look(), failed(d.SendCommand("write memory")))
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

func measureStock(sw *lab.Switch) (map[string]figure, error) {
	out := map[string]figure{}
	var err error
	take := func(what string, prepare, act func() error) {
		if err == nil {
			out[what], err = measure(sw, prepare, act)
		}
	}
	var d *network.Driver
	clean := func() error { return stockLines(d, []string{"no monitor session 66"}) }
	there := func() error { return stockLines(d, lines("rx")) }
	look := func() error { return failed(d.SendCommand("show monitor session all detail")) }
	change := func() error {
		var config []string
		for i, l := range lines("tx")[:4] {
			config = append(config, fmt.Sprintf("no monitor session 66 source interface GigabitEthernet1/0/%d", i+1), l)
		}
		return stockSession(d, config)
	}
	create := func() error { return stockSession(d, lines("rx")) }
	remove := func() error { return stockSession(d, []string{"no monitor session 66"}) }
	if d, err = openStock(sw); err != nil {
		return nil, err
	}
	cold := func(what string, prepare, act func() error) {
		take(what+", cold", func() error {
			err := prepare()
			_ = d.Close() // it reports the EOF of its own end
			return err
		}, func() error {
			var err error
			if d, err = openStock(sw); err != nil {
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
