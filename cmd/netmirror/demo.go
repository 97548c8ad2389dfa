package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/internal/ovslab"
)

func demoCommand(c console) *cobra.Command {
	var ovs bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try it: a real Open vSwitch with hosts, a controller, a first session",
		Long: "Starts a private Open vSwitch with four hosts in network namespaces, a controller\n" +
			"with a database of its own, and walks through a first session with real packets.\n" +
			"Everything is removed at the end. Needs root and Open vSwitch.\n" +
			"It runs until Ctrl-C; with DEMO_EXIT=1 it ends by itself.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !ovs {
				return failure{errors.New("say --ovs: the demonstration needs a real Open vSwitch"), 2}
			}
			return demoOVS(cmd.Context(), c)
		},
	}
	cmd.Flags().BoolVar(&ovs, "ovs", false, "with a real Open vSwitch and hosts in network namespaces (root)")
	return cmd
}

// A stage is a running controller, the switch under it, and the narrator.
type stage struct {
	ctx    context.Context
	out    io.Writer
	lab    *ovslab.Lab
	bridge string
	hosts  map[string]*ovslab.Host
	url    string
	token  string
}

// demoOVS tells and shows a first session.
func demoOVS(ctx context.Context, c console) (err error) {
	if os.Geteuid() != 0 {
		return failure{errors.New("demo --ovs makes network namespaces and needs root"), 2}
	}
	dir, err := os.MkdirTemp("", "netmirror-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &stage{ctx: ctx, out: c.out, hosts: map[string]*ovslab.Host{}}
	s.say("Starting a private Open vSwitch with the hosts alice, bob, tool and other ...")
	if s.lab, err = ovslab.Start(ctx, dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.lab.Close()) }()
	if err := s.cable(); err != nil {
		return err
	}
	stop, err := s.controller(dir, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := s.play(); err != nil {
		return err
	}
	if v, _ := c.env("DEMO_EXIT"); v == "1" {
		return nil
	}
	s.say("\nThe controller runs until Ctrl-C. Go on by hand, in another terminal:\n\n%s", s.byHand())
	<-ctx.Done()
	return nil
}

func (s *stage) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *stage) cable() (err error) {
	if s.bridge, err = s.lab.AddBridge(s.ctx); err != nil {
		return err
	}
	for i, name := range []string{"alice", "bob", "tool", "other"} {
		if s.hosts[name], err = s.lab.AddHost(s.ctx, s.bridge, name, fmt.Sprintf("10.20.0.%d/24", i+1)); err != nil {
			return err
		}
		s.say("  %-6s %-14s on port %s of bridge %s", name, s.hosts[name].Addr, s.hosts[name].Port, s.bridge)
	}
	return nil
}

// controller runs serve in this process, on a free port.
func (s *stage) controller(dir string, c console) (stop func() error, err error) {
	ctx, cancel := context.WithCancel(s.ctx)
	said := &firstLines{found: make(chan struct{})}
	quiet := console{in: c.in, out: said, err: io.Discard, env: func(string) (string, bool) { return "", false }}
	done := make(chan error, 1)
	cfg := Config{Listen: "127.0.0.1:0", Data: dir + "/data", Mode: "full", Resync: time.Minute, LogLevel: "error", LogFormat: "text", Parallel: 4}
	go func() { done <- serve(ctx, cfg, quiet) }()
	select {
	case <-said.found:
	case err := <-done:
		cancel()
		return nil, err
	}
	s.url, s.token = said.url, said.token
	s.say("\nA controller listens on %s.", s.url)
	return func() error { cancel(); return <-done }, nil
}

// firstLines waits for what serve says at its start.
type firstLines struct {
	mu         sync.Mutex
	buf        bytes.Buffer
	url, token string
	once       sync.Once
	found      chan struct{}
}

func (f *firstLines) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.buf.Write(p)
	for _, line := range strings.Split(f.buf.String(), "\n") {
		if v, ok := strings.CutPrefix(line, "admin token, shown this once: "); ok {
			f.token = v
		}
		if v, ok := strings.CutPrefix(line, "listening on "); ok && f.token != "" {
			f.url = v
			f.once.Do(func() { close(f.found) })
		}
	}
	return len(p), nil
}

// play is the guided first session.
func (s *stage) play() error {
	steps := []func() error{s.stepDevice, s.stepSession, s.stepPing, s.stepDrift, s.stepRefusal, s.stepDelete}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) stepDevice() error {
	s.say("\n1. Tell it of the switch.")
	return s.curl("PUT", "/devices/sw1", fmt.Sprintf(`{"platform": "openvswitch", "transports": {"config": {"protocol": "ovsdb", "address": %q, "bridge": %q}}}`,
		s.lab.Socket(), s.bridge), 201, nil)
}

func (s *stage) session(port string) string {
	return fmt.Sprintf(`{"sources": [{"device": "sw1", "interface": %q, "direction": "both"}], "destinations": [{"device": "sw1", "interface": %q}]}`,
		port, s.hosts["tool"].Port)
}

func (s *stage) stepSession() error {
	s.say("\n2. Copy everything on alice's port to the tool. First what would be sent (dryRun):")
	var plan struct {
		Devices []struct {
			Forward struct{ Blocks []struct{ Text string } }
		}
	}
	if err := s.curl("PUT", "/sessions/watch-alice?dryRun=true", s.session(s.hosts["alice"].Port), 200, &plan); err != nil {
		return err
	}
	for _, d := range plan.Devices {
		for _, b := range d.Forward.Blocks {
			s.say("%s", indent(b.Text))
		}
	}
	s.say("   And now for real; the answer waits until the switch was read back:")
	return s.curl("PUT", "/sessions/watch-alice", s.session(s.hosts["alice"].Port), 201, nil)
}

func (s *stage) stepPing() error {
	s.say("\n3. alice pings bob three times; the tool listens.")
	capture, err := s.hosts["tool"].StartCapture()
	if err != nil {
		return err
	}
	defer capture.Close()
	if _, err := s.lab.Ping(s.ctx, s.hosts["alice"], s.hosts["bob"], 3); err != nil {
		return err
	}
	got, err := capture.Wait(s.ctx, 6, 200*time.Millisecond)
	if err != nil {
		return err
	}
	s.say("   The tool saw %d echo requests and %d replies: %d of 6 copies.", got.Requests, got.Replies, got.Echoes())
	return nil
}

func (s *stage) stepDrift() error {
	s.say("\n4. Somebody deletes the mirror by hand:  ovs-vsctl clear bridge %s mirrors", s.bridge)
	if _, err := s.lab.Vsctl(s.ctx, "clear", "Bridge", s.bridge, "mirrors"); err != nil {
		return err
	}
	start := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := s.lab.Vsctl(s.ctx, "get", "Bridge", s.bridge, "mirrors")
		if err != nil {
			return err
		}
		if out != "[]" {
			s.say("   Repaired after %v: the switch told us, no resync was due.", time.Since(start).Round(10*time.Millisecond))
			return nil
		}
		if time.Since(start) > 30*time.Second {
			return errors.New("the mirror did not come back within 30 s")
		}
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

func (s *stage) stepRefusal() error {
	s.say("\n5. What cannot be is refused with every reason, and nothing is sent.")
	bad := fmt.Sprintf(`{"sources": [{"device": "sw1", "interface": %q}], "destinations": [{"device": "sw1", "interface": %q}], "sample": 100}`,
		s.hosts["tool"].Port, s.bridge)
	var p problem
	if err := s.curl("PUT", "/sessions/bad", bad, 422, &p); err != nil {
		return err
	}
	s.say("%s", indent(p.Error()))
	return nil
}

func (s *stage) stepDelete() error {
	s.say("\n6. Delete it: the switch is cleaned first, then the intent goes.")
	if err := s.curl("DELETE", "/sessions/watch-alice", "", 204, nil); err != nil {
		return err
	}
	out, err := s.lab.Vsctl(s.ctx, "get", "Bridge", s.bridge, "mirrors")
	if err == nil {
		s.say("   ovs-vsctl get bridge %s mirrors:  %s", s.bridge, out)
	}
	return err
}

func indent(text string) string {
	return "     " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n     ")
}

// curl shows a request as a curl line, makes it, and shows the answer's status.
func (s *stage) curl(method, path, body string, want int, answer any) error {
	data := ""
	if body != "" {
		data = " \\\n       -d '" + body + "'"
	}
	s.say("   curl -X %s $NM/api/v1%s -H 'Prefer: wait=30'%s", method, path, data)
	req, err := http.NewRequestWithContext(s.ctx, method, s.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", "wait=30")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	phase := struct{ Status struct{ Phase string } }{}
	if json.Unmarshal(raw, &phase) == nil && phase.Status.Phase != "" {
		s.say("   -> %s, phase %s", resp.Status, phase.Status.Phase)
	} else {
		s.say("   -> %s", resp.Status)
	}
	if resp.StatusCode != want {
		return fmt.Errorf("%s %s: %s, want %d: %s", method, path, resp.Status, want, raw)
	}
	if answer != nil {
		return json.Unmarshal(raw, answer)
	}
	return nil
}

func (s *stage) byHand() string {
	lines := []string{
		"export NM=" + s.url + " NETMIRROR_URL=" + s.url + " NETMIRROR_TOKEN=" + s.token,
		"alias nm='curl -s -H \"Authorization: Bearer $NETMIRROR_TOKEN\" -H \"Prefer: wait=30\"'",
		"nm -X PUT $NM/api/v1/sessions/mine -d '" + s.session(s.hosts["alice"].Port) + "'",
		"ip netns exec " + s.hosts["tool"].Namespace() + " tcpdump -ni eth0 icmp &",
		"ip netns exec " + s.hosts["alice"].Namespace() + " ping -c 3 " + s.hosts["bob"].Addr.Addr().String(),
		"netmirror get sessions",
		"ovs-vsctl --db=unix:" + s.lab.Socket() + " list Mirror",
	}
	return "  " + strings.Join(lines, "\n  ")
}
