package iosxe

import (
	"maps"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
)

// around is what the destination guard and Render ask beside the sessions.
type around struct {
	traffic console.Traffic
	handles map[string]string
	vlans   []mirror.VLAN // nil where the device does not list them
	noVLANs string        // why none can be made
	spread  mirror.VLANSpread
}

// surroundingsOf brings what is around up to date.
func surroundingsOf(old any, look mirror.Look, r console.Replies) (any, error) {
	a, _ := old.(around)
	var err error
	if _, anew := r[showVLANs]; anew {
		if a, err = readAround(r); err != nil {
			return a, err
		}
	}
	a.traffic, err = traffic.Read(a.traffic, look, r)
	return a, err
}

// observe makes an observation of replies.
func observe(_ mirror.Facts, r console.Replies, known any) (o mirror.Observation, err error) {
	a, _ := known.(around)
	views, err := parseMonitor(r[showMonitor])
	if err != nil {
		return o, err
	}
	var cfg *config
	if reply, asked := r[showConfig]; asked {
		if cfg, err = readConfig(reply); err != nil {
			return o, err
		}
		own, lengths := filterLists.Read(noise.Lines(reply))
		maps.Copy(lengths, a.handles)
		o.Footings, a.handles = own, lengths
	}
	o = mirror.Observation{Footings: o.Footings, Natives: merge(views, cfg), Handles: a.handles, VLANs: usedVLANs(a.vlans, cfg), NoVLANs: a.noVLANs, Spread: a.spread}
	if status, asked := r[showStatus]; asked {
		if o.Ports, err = readPorts(status, cfg, a); err != nil {
			return mirror.Observation{}, err
		}
	}
	if trunks, read := answered(r, showTrunks); read {
		err = checkTrunks(trunks)
	}
	return o, err
}

// readConfig is nil for a device that does not show its configuration to us.
func readConfig(reply string) (*config, error) {
	if absent(reply) {
		return nil, nil
	}
	cfg, err := parseSection(reply)
	if err != nil {
		return nil, err
	}
	return &cfg, nil
}
