package web

import (
	"errors"
	"fmt"
	"sync"
)

// atOnce bounds how many rows of one page ask the API at the same time: a page shall be there
// soon, and leave room for others.
const atOnce = 4

// rowsOf makes a row of each item, some of them at a time, in the order of the items.
func rowsOf[I, R any](items []I, row func(I) (R, error)) ([]R, error) {
	out, errs := make([]R, len(items)), make([]error, len(items))
	var wait sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for i, item := range items {
		room <- struct{}{}
		wait.Go(func() {
			defer func() {
				if p := recover(); p != nil { // no handler of requests stands above a goroutine
					errs[i] = fmt.Errorf("a fault of ours in a row: %v", p)
				}
				<-room
			}()
			out[i], errs[i] = row(item)
		})
	}
	wait.Wait()
	return out, errors.Join(errs...)
}
