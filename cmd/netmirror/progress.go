package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progress tells what becomes of the objects of one command: a line for each that is done
// and, on a terminal, a live line below them of what is at work.
type progress struct {
	out, err io.Writer
	terminal *os.File // of the live line; nil = none
	output   string   // text, json, name
	total    int

	mu      sync.Mutex
	done    []outcome
	working []working // in the order in which they began
	live    bool      // the live line is on the screen
	stop    chan struct{}
	stopped sync.WaitGroup
}

type working struct {
	name  string
	since time.Time
}

// redraw is how often the live line is drawn when nothing is done.
const redraw = time.Second

func newProgress(c console, output string, total int) *progress {
	p := &progress{out: c.out, err: c.err, output: output, total: total, stop: make(chan struct{})}
	if term, _ := c.env("TERM"); term != "dumb" {
		p.terminal = screenOf(c.err).terminal
	}
	if p.terminal == nil {
		return p
	}
	p.stopped.Go(func() {
		tick := time.NewTicker(redraw)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.mu.Lock()
				p.draw()
				p.mu.Unlock()
			case <-p.stop:
				return
			}
		}
	})
	return p
}

// end takes the live line away.
func (p *progress) end() {
	close(p.stop)
	p.stopped.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

func (p *progress) begin(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.working = append(p.working, working{name, time.Now()})
	p.draw()
}

// finish tells of an object that is done.
func (p *progress) finish(name string, o outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, w := range p.working {
		if w.name == name {
			p.working = append(p.working[:i:i], p.working[i+1:]...)
			break
		}
	}
	p.done = append(p.done, o)
	if stopsAll(o.err) { // it is told once, for all
		return
	}
	p.wipe()
	switch {
	case p.output == "text":
		fmt.Fprintln(p.out, o.text())
	case o.bad():
		fmt.Fprintln(p.err, o.text())
	case p.output == "name":
		fmt.Fprintln(p.out, o.String())
	}
	p.draw()
}

// atWork counts what is not done of what has begun.
func (p *progress) atWork() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.working)
}

// bad counts what was refused or failed.
func (p *progress) bad() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, o := range p.done {
		if o.bad() {
			n++
		}
	}
	return n
}

// more says that there is more to be done.
func (p *progress) more(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += n
}

// wipe takes the live line off the screen.
func (p *progress) wipe() {
	if p.live {
		_, _ = p.terminal.WriteString("\r\x1b[K")
		p.live = false
	}
}

// draw shows the live line: how much is done, and what takes longest.
func (p *progress) draw() {
	if p.terminal == nil || len(p.working) == 0 {
		return
	}
	oldest := p.working[0]
	line := fmt.Sprintf("%d of %d done, %s", len(p.done), p.total, plain(oldest.name))
	if more := len(p.working) - 1; more > 0 {
		line += fmt.Sprintf(" and %d more at work", more)
	} else {
		line += " at work"
	}
	if took := time.Since(oldest.since).Round(time.Second); took > 0 {
		line += fmt.Sprintf(", for %s", took)
	}
	width, _ := screen{terminal: p.terminal}.size()
	_, _ = p.terminal.WriteString("\r\x1b[K" + cut(line, width))
	p.live = true
}

// result tells the counts; the error is that not all went well.
func (p *progress) result() error {
	bad := p.bad()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	switch p.output {
	case "text":
		fmt.Fprintln(p.out, tallied(p.done))
	case "json":
		enc := json.NewEncoder(p.out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(map[string]any{"objects": p.done, "summary": tallied(p.done)}); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %s refused or failed", bad, counted("object", len(p.done)))
	}
	return nil
}
