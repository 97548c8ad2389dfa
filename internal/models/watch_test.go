package models

import (
	"testing"

	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

func TestNewsAreWhatWasNotToldBefore(t *testing.T) {
	n := news{volatile: func(n *data.Node) bool { return n.Name == "counters" }, last: map[string]string{}}
	at := gnmi.MustPath("/a/b")
	json := func(path gnmi.Path, text string) gnmi.Notification {
		return gnmi.Notification{Updates: []gnmi.Update{{Path: path, Value: gnmi.JSONIETF(text)}}}
	}
	for _, step := range []struct {
		name string
		gnmi.Notification
		want bool
	}{
		{"the first", json(at, `{"up":true,"counters":{"n":1}}`), true},
		{"a counter", json(at, `{"up":true,"counters":{"n":2}}`), false},
		{"another order", json(at, `{"counters":{"n":2},"up":true}`), false},
		{"another value", json(at, `{"up":false}`), true},
		{"a counter by itself", json(gnmi.MustPath("/a/b/counters/n"), `3`), false},
		{"gone", gnmi.Notification{Deletes: []gnmi.Path{at}}, true},
		{"a counter that is gone", gnmi.Notification{Deletes: []gnmi.Path{gnmi.MustPath("/a/counters")}}, false},
		{"back again", json(at, `{"up":false}`), true},
		{"a leaf", json(gnmi.MustPath("/a/b[k=1]/x"), `1`), true},
		{"a neighbour", json(gnmi.MustPath("/a/bc"), `1`), true},
		{"gone with all below it", gnmi.Notification{Deletes: []gnmi.Path{at}}, true},
		{"the leaf is back", json(gnmi.MustPath("/a/b[k=1]/x"), `1`), true},
		{"the neighbour was not below it", json(gnmi.MustPath("/a/bc"), `1`), false},
	} {
		if got, err := n.take(step.Notification); err != nil || got != step.want {
			t.Errorf("%s: news %v, %v", step.name, got, err)
		}
	}
	if _, err := n.take(json(at, `{`)); err == nil {
		t.Error("text that is no JSON was taken")
	}
}
