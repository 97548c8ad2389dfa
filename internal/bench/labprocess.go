package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
)

// A labProcess is a lab in a process of its own, so that what the simulated
// switches use is not taken for what netmirror uses.
type labProcess struct {
	addresses
	cmd   *exec.Cmd
	ask   io.WriteCloser
	tells *json.Decoder
}

// addresses are those of the switches in the order of their description, by protocol.
type addresses []map[string]string

// usage is what a process has used so far.
type usage struct {
	CPU    time.Duration // of all threads, user and system
	Memory uint64        // octets of heap and stacks in use
}

func (u usage) since(before usage) usage { return usage{u.CPU - before.CPU, u.Memory - before.Memory} }

// use is what this process has used.
func use() usage {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{processor(), m.HeapAlloc + m.StackInuse}
}

// processor is the time that this process has used of all processors, 0 where the system
// does not tell.
func processor() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// startLab runs this program again as a lab of the switches that a file describes.
func startLab(ctx context.Context, file string) (*labProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &labProcess{cmd: exec.CommandContext(ctx, self, "lab", file)}
	p.cmd.Stderr = os.Stderr
	if p.ask, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.tells = json.NewDecoder(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	if err := p.tells.Decode(&p.addresses); err != nil {
		return nil, fmt.Errorf("the lab did not start: %w", errors.Join(err, p.stop()))
	}
	return p, nil
}

// use is what the lab has used.
func (p *labProcess) use() (u usage, err error) {
	return u, p.answer("use", &u)
}

// requests is how many requests its SNMP agents have taken.
func (p *labProcess) requests() (n int64, err error) { return n, p.answer("requests", &n) }

func (p *labProcess) answer(question string, to any) error {
	if _, err := io.WriteString(p.ask, question+"\n"); err != nil {
		return err
	}
	return p.tells.Decode(to)
}

// stop ends the lab: it runs until its input ends.
func (p *labProcess) stop() error { return errors.Join(p.ask.Close(), p.cmd.Wait()) }

// serveLab is the other end of startLab.
func serveLab(ctx context.Context, file string) error {
	description, err := os.Open(file)
	if err != nil {
		return err
	}
	spec, err := lab.Load(description)
	if err := errors.Join(err, description.Close()); err != nil {
		return err
	}
	l, err := lab.Start(ctx, spec)
	if err != nil {
		return err
	}
	defer l.Close()
	var at addresses
	for _, sw := range l.Switches() {
		doors := map[string]string{}
		for _, protocol := range protocols {
			doors[protocol] = doorOf(sw, protocol)
		}
		at = append(at, doors)
	}
	tell := json.NewEncoder(os.Stdout)
	if err := tell.Encode(at); err != nil {
		return err
	}
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		var answer any = use()
		if asked.Text() == "requests" {
			var n int64
			for _, sw := range l.Switches() {
				n += sw.Stats().SNMPRequests
			}
			answer = n
		}
		if err := tell.Encode(answer); err != nil {
			return err
		}
	}
	return nil
}
