package engine

import (
	"slices"
	"testing"
)

func TestWhatMayWaitStandsBehindWhatSomebodyWaitsFor(t *testing.T) {
	q := newKeyQueue()
	for _, k := range []string{"a", "b", "c"} {
		q.addLater(k)
	}
	q.add("x")
	q.add("b") // is asked for meanwhile
	q.addLater("x")
	var got []string
	for k, _, ok := q.take(); ok; k, _, ok = q.take() {
		got = append(got, k)
	}
	if want := []string{"x", "b", "a", "c"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	q.addLater("b")
	if k, _, ok := q.take(); k != "b" || !ok {
		t.Errorf("again: %q %v", k, ok)
	}
}

func TestOnlyWhoWaitsForAnOperationHearsOfIt(t *testing.T) {
	var w watched
	mine, off := w.on("mine")
	other, offOther := w.on("other")
	w.tell([]string{"mine"})
	w.tell([]string{"mine"})
	select {
	case <-mine:
	default:
		t.Error("nothing was told")
	}
	select {
	case <-other:
		t.Error("told of another's operation")
	default:
	}
	off()
	offOther()
	if len(w.by) != 0 {
		t.Errorf("left: %v", w.by)
	}
}
