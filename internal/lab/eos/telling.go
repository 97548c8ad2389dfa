package eos

import (
	"strconv"
	"time"

	tree "github.com/netmirror/netmirror/internal/lab/model"
)

// A telling is what the gNMI server tells by itself of openconfig-system: when the switch
// was configured last, which a switch of 4.30.1F showed in a public recording. Of what is
// told on change the fact sheet says nothing; here this is.
type telling struct{ d *device }

var system = tree.NewSchema(tree.Container("system", tree.Container("state",
	tree.Leaf("last-configuration-timestamp", tree.Uint(64, "")).ReadOnly())).In(&tree.Module{Name: "openconfig-system", Namespace: "http://openconfig.net/yang/system", Revision: "2022-12-19", Organization: "OpenConfig working group"}))

// Telling is what the switch tells.
func (d *device) Telling() tree.Telling { return telling{d} }

func (t telling) Schema() *tree.Schema { return system }

func (t telling) State() *tree.Node {
	defer t.d.locked()()
	root := system.New()
	root.Sub("system").Sub("state").Set("last-configuration-timestamp", strconv.FormatInt(t.d.configured.UnixNano(), 10))
	return root
}

func (t telling) Changed() <-chan struct{} {
	defer t.d.locked()()
	return t.d.news
}

// tell notes that the configuration in force is another.
func (d *device) tell() {
	d.configured = time.Now()
	if d.news != nil {
		close(d.news)
	}
	d.news = make(chan struct{})
}
