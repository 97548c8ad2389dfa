package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/netmirror/netmirror/api"
	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
)

// A served is a controller with its API in a process of its own: what the reader uses is
// not taken for what the server does.
type served struct {
	address string
	cmd     *exec.Cmd
	ask     io.WriteCloser
	tells   *json.Decoder
}

// serve runs this program again as a controller over a folder.
func serve(ctx context.Context, dir string) (*served, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &served{cmd: exec.CommandContext(ctx, self, "serve", dir)}
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
	if err := p.tells.Decode(&p.address); err != nil {
		return nil, fmt.Errorf("the controller did not start: %w", errors.Join(err, p.stop()))
	}
	return p, nil
}

// use is what the controller has used.
func (p *served) use() (u usage, err error) { return p.answer("use") }

func (p *served) answer(question string) (u usage, err error) {
	if _, err := io.WriteString(p.ask, question+"\n"); err != nil {
		return u, err
	}
	return u, p.tells.Decode(&u)
}

// calm waits until the controller has nothing to do any more: at its start it looks at
// all that is stored.
func (p *served) calm(ctx context.Context) error {
	before, err := p.answer("processor")
	for quiet := 0; err == nil && quiet < 5; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		var now usage
		if now, err = p.answer("processor"); now.since(before).CPU < 50*time.Millisecond {
			quiet++
		} else {
			quiet = 0
		}
		before = now
	}
	return err
}

func (p *served) stop() error { return errors.Join(p.ask.Close(), p.cmd.Wait()) }

// serveAPI is the other end of serve; it ends with its input. No device answers: what is
// served is what a controller knows right after its start, which costs it most, since of
// every session it tells what is not known any more.
func serveAPI(ctx context.Context, dir string) (err error) {
	db, err := store.Open(ctx, filepath.Join(dir, "netmirror.db"), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ctx, cancel := context.WithCancel(ctx)
	all := drivers.All()
	for i := range all {
		all[i].Connect, all[i].Watch = deaf, nil
	}
	log := slog.New(slog.DiscardHandler)
	eng, err := engine.New(ctx, engine.Config{Store: db, Drivers: all, Log: log, Profiles: profilesIn(dir), Timeouts: engine.Timeouts{Timeouts: worker.Timeouts{Dial: time.Hour}}})
	if err != nil {
		cancel()
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- eng.Run(ctx) }()
	defer func() { cancel(); err = errors.Join(err, <-ended) }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	page, err := pageOver(log)
	if err != nil {
		return err
	}
	server := api.NewServer(api.Config{Engine: eng, Log: log, Version: "bench", MaxStreams: 2 * manyStreams, Front: page})
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}()
	defer func() { err = errors.Join(err, server.Close()) }()
	if file := os.Getenv("BENCH_PROFILE"); file != "" {
		out, err := os.Create(file)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	tell := json.NewEncoder(os.Stdout)
	if err := tell.Encode(listener.Addr().String()); err != nil {
		return err
	}
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		used := usage{CPU: processor()} // without a look at the memory, which takes some
		if asked.Text() == "use" {
			used = use()
		}
		if err := tell.Encode(used); err != nil {
			return err
		}
	}
	return nil
}

// deaf is the door of a device that does not answer.
func deaf(ctx context.Context, _ mirror.Target) (worker.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
