package web

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
)

func TestRowsAreInOrderAndSomeAtATime(t *testing.T) {
	items := make([]int, 40)
	for i := range items {
		items[i] = i
	}
	var mu sync.Mutex
	now, most := 0, 0
	full := make(chan struct{})
	rows, err := rowsOf(items, func(i int) (string, error) {
		mu.Lock()
		if now++; now > most {
			if most = now; most == atOnce {
				close(full)
			}
		}
		mu.Unlock()
		<-full // the first ones wait for one another
		mu.Lock()
		now--
		mu.Unlock()
		return strconv.Itoa(i), nil
	})
	want := make([]string, len(items))
	for i := range want {
		want[i] = strconv.Itoa(i)
	}
	if err != nil || !slices.Equal(rows, want) || most != atOnce {
		t.Errorf("rows %v, %v, %d at a time", rows, err, most)
	}
	fault := errors.New("away")
	if _, err := rowsOf(items, func(i int) (int, error) {
		if i == 7 {
			return 0, fault
		}
		return i, nil
	}); !errors.Is(err, fault) {
		t.Errorf("got %v", err)
	}
	if _, err := rowsOf(items, func(i int) (int, error) { return items[i+1], nil }); err == nil {
		t.Error("a row that panics is none")
	}
}
