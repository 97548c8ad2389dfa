package watch

import (
	"container/heap"
	"time"
)

// A queue is the devices by when they are due.
type queue []*device

func (q *queue) first() *device {
	if len(*q) == 0 {
		return nil
	}
	return (*q)[0]
}

// set adds a device, or moves it.
func (q *queue) set(d *device, at time.Time) {
	d.at = at
	if d.index > 0 {
		heap.Fix((*byDue)(q), d.index-1)
		return
	}
	heap.Push((*byDue)(q), d)
}

func (q *queue) remove(d *device) {
	if d.index > 0 {
		heap.Remove((*byDue)(q), d.index-1)
	}
}

// byDue is the queue as package heap sees it.
type byDue []*device

func (q byDue) Len() int           { return len(q) }
func (q byDue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q byDue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i+1, j+1
}

// Push is heap.Interface's.
func (q *byDue) Push(x any) {
	d := x.(*device)
	*q = append(*q, d)
	d.index = len(*q)
}

// Pop is heap.Interface's.
func (q *byDue) Pop() any {
	last := len(*q) - 1
	d := (*q)[last]
	*q = (*q)[:last]
	d.index = 0
	return d
}
