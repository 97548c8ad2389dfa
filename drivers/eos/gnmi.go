package eos

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/console"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/certs"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
	"github.com/netmirror/netmirror/internal/transport/gnmi/origincli"
)

// ProtocolGNMI is the other key of the catalogue: the same command line as the origin
// "cli" of the switch's gNMI server (arista-eos.md 3.2).
const ProtocolGNMI = "gnmi"

// gnmiPort is the server's own (management api gnmi, openmgmt's page of OpenConfig).
const gnmiPort = 6030

// gnmiSaves says when a Set is saved (openmgmt's page of OpenConfig, "Configuration
// Persistence"). No document has an exec command in a Set.
const gnmiSaves = `over gNMI nothing can be told to save; the switch itself saves each Set with "operation set persistence" (management api gnmi, from 4.28.0F), or save it there by "copy running-config startup-config"`

// overGNMI is the platform without what a Set does not have: candidates with a timer,
// and a command that saves.
func overGNMI() console.Platform {
	p := platform
	p.Can = CapabilitiesOverGNMI
	p.Hello.Facts = func(r console.Replies) (mirror.Facts, error) {
		f, err := platform.Hello.Facts(r)
		if err == nil && !showsText(f.Version) {
			err = mirror.Unsupported("EOS %s does not show its configuration over gNMI, which takes 4.29.2F or later (ASCII of origin cli); configure it over cli", f.Version)
		}
		return f, err
	}
	p.Commit, p.Check = nil, console.Check{}
	p.Save = &console.Save{Compare: showUnsaved, Unsaved: parseDiffs, About: about, Itself: gnmiSaves}
	return p
}

var gnmiDriver = console.Must(overGNMI())

// showsText reports whether a release answers a Get of origin cli in ASCII. One that is
// not named in the usual way is asked, and says so itself.
func showsText(version string) bool {
	var release [3]int
	if n, _ := fmt.Sscanf(version, "%d.%d.%d", &release[0], &release[1], &release[2]); n < 3 {
		return true
	}
	for i, least := range [3]int{4, 29, 2} {
		if release[i] != least {
			return release[i] > least
		}
	}
	return true
}

// CapabilitiesOverGNMI are those over the command line; a push is one Set, which the
// switch takes whole or not at all.
func CapabilitiesOverGNMI(f mirror.Facts) mirror.Capabilities {
	c := Capabilities(f)
	c.Atomic = true
	return c
}

// RenderOverGNMI is Render: what is sent are the same lines.
func RenderOverGNMI(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
	return gnmiDriver.Render(f, o, changes)
}

// told is what wakes the worker: when the switch was configured last, which a public
// recording of 4.30.1F has. Of mirror sessions nothing is told (arista-eos.md 3.2).
var told = models.Platform{Key: Platform, Origin: "openconfig", Watched: []data.Path{data.Names("system", "state", "last-configuration-timestamp")}}

// WatchOverGNMI calls changed whenever the switch was configured, see
// models.Driver.WatchGNMI.
func WatchOverGNMI(ctx context.Context, t mirror.Target, files certs.Files, changed func()) error {
	return models.GNMI(told).WatchGNMI(ctx, t, gnmi.Options{TLS: files, Port: gnmiPort}, changed)
}

// ConnectOverGNMI opens a connection with the gNMI server of a switch and reads who it is.
// Errors are those of gnmi.Dial, mirror.ErrUnsupported for a release that does not show
// its configuration, and ErrParse when the switch is not understood.
func ConnectOverGNMI(ctx context.Context, t mirror.Target, files certs.Files) (*Conn, error) {
	term, err := origincli.Open(ctx, t, gnmi.Options{TLS: files, Port: gnmiPort})
	if err != nil {
		return nil, err
	}
	c, err := gnmiDriver.Over(ctx, term, t, nil)
	if err != nil {
		return nil, errors.Join(err, term.Close())
	}
	return c, nil
}
