package plain

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/lab/fabric"
	"github.com/netmirror/netmirror/internal/lab/mib"
	"github.com/netmirror/netmirror/internal/lab/plant"
)

// A Kind is what a platform adds to a plain switch.
type Kind struct {
	// New is the state of mirror sessions out of the box.
	New func() Mirror
	// Show adds the platform's objects to what is shown.
	Show func(View, *mib.Picture)
	// Set changes v.Config as bindings want that are not of the plain switch, in any
	// way if it fails: then nothing stays. index is that of a binding, from 1.
	Set func(v View, bindings []mib.Binding) (status mib.Status, index int)
	// Check tells what is wrong with a configuration that was read; may be nil.
	Check func(c *Config, ports map[string]*fabric.Port) error
	// Copies are the copies that a configuration makes; Prepare may change the states of
	// ports and VLANs for them.
	Copies  func(View) []fabric.CopySession
	Prepare func(View, *fabric.Plane)
	// Keeps saves each change at once. Else a restart forgets it: many agents change the
	// running configuration only, and how one saves it is the vendor's (fact sheet, 8).
	Keeps bool
	Model string
}

// A Device is a plain switch. The configuration is its Store's.
type Device struct {
	*plant.Store[*Config]
	sw   plant.Host
	kind Kind
}

// Open builds a switch. Its description's config is the startup configuration.
func Open(sw plant.Host, k Kind) (*Device, error) {
	d := &Device{sw: sw, kind: k}
	d.Store = plant.NewStore(plant.Keeping[*Config]{
		Clone: (*Config).Clone, Text: (*Config).Text, InForce: d.publish, Saved: sw.Saved,
		Load: func(text string) *Config { c, _ := d.load(text); return c }, // it was read once
	})
	d.Lock()
	defer d.Unlock()
	c, err := d.load(sw.Spec().Config)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	d.Startup = c.Text()
	d.Store.Boot()
	return d, nil
}

func (d *Device) load(text string) (*Config, error) {
	c := &Config{Ports: map[string]Port{}, VLANs: map[int]string{}, Mirror: d.kind.New()}
	ports := d.sw.Node().ByName
	err := c.read(text, ports)
	if err == nil && d.kind.Check != nil {
		err = d.kind.Check(c, ports)
	}
	return c, err
}

func (d *Device) locked() func() { d.Lock(); return d.Unlock }

// RunningConfig is the configuration in force.
func (d *Device) RunningConfig() string { defer d.locked()(); return d.Running.Text() }

// StartupConfig is the configuration after a restart.
func (d *Device) StartupConfig() string { defer d.locked()(); return d.Startup }

// Boot restarts: what was not saved is gone.
func (d *Device) Boot(string) { defer d.locked()(); d.Store.Boot() }

// Stop has nothing to end.
func (d *Device) Stop() {}

// FaultsChanged has the data plane told again: cables may be out.
func (d *Device) FaultsChanged() { defer d.locked()(); d.publish() }

// publish tells the fabric what the configuration in force means.
func (d *Device) publish() {
	spec := d.sw.Spec()
	pl := fabric.Plane{Ports: map[string]fabric.PortState{}, SystemName: spec.Hostname, Capabilities: "B", Speaks: []string{"lldp"}, Model: d.kind.Model,
		Description: "simulated by netmirror lab: " + d.kind.Model}
	v := d.view(d.Running)
	for _, p := range d.sw.Node().Ports {
		pl.Ports[p.Name] = d.Running.State(p.Name)
	}
	if d.kind.Prepare != nil {
		d.kind.Prepare(v, &pl)
	}
	pl.Copies = d.kind.Copies(v)
	d.sw.Fabric().Configure(d.sw.Node(), pl)
}

// A View is a configuration with the ports as they are at one moment.
type View struct {
	Config *Config
	// Names are the ports in their order. Index is a port's ifIndex; At finds a port by
	// it. Up are the ports whose ifAdminStatus and ifOperStatus are up.
	Names []string
	Index map[string]uint32
	At    map[uint32]string
	Up    map[string]bool
	// Drops are the copies that got lost at the sessions' ends, by a CopySession's name.
	Drops func() map[string]fabric.Tally

	host plant.Host
}

func (d *Device) view(c *Config) View {
	v := View{Config: c, Index: map[string]uint32{}, At: map[uint32]string{}, Up: map[string]bool{}, host: d.sw,
		Drops: func() map[string]fabric.Tally { return d.sw.Fabric().Tallies(d.sw.Node()) }}
	for _, p := range d.sw.Node().Ports {
		v.Names = append(v.Names, p.Name)
	}
	list, _ := d.sw.Fabric().Interfaces(d.sw.Node())
	for _, i := range list {
		index := uint32(i.Index-1) + d.sw.Spec().FirstIndex
		v.Index[i.Port], v.At[index] = index, i.Port
		v.Up[i.Port] = i.Up && !c.Ports[i.Port].Shut
	}
	return v
}

// Show is what the switch shows of its own.
func (d *Device) Show() mib.Picture {
	defer d.locked()()
	v := d.view(d.Running)
	p := mib.Picture{Objects: bridgeObjects}
	v.bridge(&p)
	v.neighbours(&p)
	d.kind.Show(v, &p)
	return p
}

// Set carries bindings out, all or none.
func (d *Device) Set(bindings []mib.Binding) (mib.Status, int) {
	defer d.locked()()
	v := d.view(d.Running.Clone())
	var others []mib.Binding
	var places []int
	for i, b := range bindings {
		mine, status := v.setPort(b)
		switch {
		case status != mib.NoError:
			return status, i + 1
		case !mine:
			others, places = append(others, b), append(places, i+1)
		}
	}
	if len(others) > 0 {
		if status, index := d.kind.Set(v, others); status != mib.NoError {
			if index > 0 {
				index = places[index-1]
			}
			return status, index
		}
	}
	d.Running = v.Config
	d.Changed("snmp")
	d.publish()
	if d.kind.Keeps {
		d.Save("snmp")
	}
	return mib.NoError, 0
}
