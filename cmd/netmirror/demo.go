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
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

func demoCommand(c console) *cobra.Command {
	var ovs, lab bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try it: switches, a controller, a first session",
		Long: "Starts simulated switches and a controller with a database of its own, and walks\n" +
			"through a first session. Where Open vSwitch is installed and you are root, a second\n" +
			"act follows with a real switch, hosts in network namespaces, and real packets.\n" +
			"Everything is removed at the end.\n\n" +
			"It runs until Ctrl-C; with DEMO_EXIT=1 it ends by itself. With DEMO_TYPE_AHEAD=off\n" +
			"the simulated switches are typed to one line at a time.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if missing := missingForOVS(); ovs && missing != "" {
				return failure{errors.New("the act with a real Open vSwitch needs " + missing), 2}
			}
			if !ovs && !lab {
				lab, ovs = true, missingForOVS() == ""
			}
			return demo(cmd.Context(), c, lab, ovs)
		},
	}
	cmd.Flags().BoolVar(&lab, "lab", false, "only the act with simulated switches")
	cmd.Flags().BoolVar(&ovs, "ovs", false, "only the act with a real Open vSwitch (root)")
	return cmd
}

// missingForOVS says what keeps the second act from being played.
func missingForOVS() string {
	if os.Geteuid() != 0 {
		return "root, for network namespaces"
	}
	for _, p := range []string{"ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ip", "ping", "ethtool"} {
		if _, err := exec.LookPath(p); err != nil {
			return "the program " + p
		}
	}
	return ""
}

// A stage is a running controller and the narrator.
type stage struct {
	ctx   context.Context
	out   io.Writer
	url   string
	token string
	data  string
	hints []string // lines with which to go on by hand
}

// An act brings switches and plays a first session on them.
type act interface {
	open(s *stage, dir string) error
	play(s *stage) error
	close() error
}

// demoSecrets are what the simulated switches ask for, as the controller's
// environment.
var demoSecrets = map[string]string{"DEMO_PASSWORD": "demo", "DEMO_ENABLE": "demo-enable"}

func demo(ctx context.Context, c console, lab, ovs bool) (err error) {
	dir, err := os.MkdirTemp("", "netmirror-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &stage{ctx: ctx, out: c.out, data: dir + "/data"}
	stop, err := s.controller(dir, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var acts []act
	if lab {
		typeAhead, _ := c.env("DEMO_TYPE_AHEAD")
		acts = append(acts, &labAct{typeAhead: typeAhead})
	}
	if ovs {
		acts = append(acts, &ovsAct{})
	}
	for _, a := range acts {
		if err := a.open(s, dir); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.close()) }()
		if err := a.play(s); err != nil {
			return err
		}
	}
	if missing := missingForOVS(); lab && !ovs && missing != "" {
		s.say("\n(A second act with a real Open vSwitch and real packets needs %s.)", missing)
	}
	if v, _ := c.env("DEMO_EXIT"); v == "1" {
		return nil
	}
	s.say("\nThe controller runs until Ctrl-C. Go on by hand, in another terminal:\n")
	s.say("  export NM=%s NETMIRROR_URL=%s NETMIRROR_TOKEN=%s", s.url, s.url, s.token)
	s.say("  alias nm='curl -s -H \"Authorization: Bearer $NETMIRROR_TOKEN\" -H \"Content-Type: application/json\" -H \"Prefer: wait=30\"'")
	for _, h := range s.hints {
		s.say("  %s", h)
	}
	s.say("  bin/netmirror get sessions")
	s.say("\nOr look at the page in a browser, and sign in with the token:\n")
	s.say("  %s/", s.url)
	s.say("  %s", s.token)
	<-ctx.Done()
	return nil
}

func (s *stage) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s *stage) hint(format string, args ...any) {
	s.hints = append(s.hints, fmt.Sprintf(format, args...))
}

// until asks again until ok, and tells how long it took.
func (s *stage) until(what string, ok func() (bool, error)) (time.Duration, error) {
	start := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := ok()
		if took := time.Since(start); err != nil || done {
			return took.Round(10 * time.Millisecond), err
		} else if took > 30*time.Second {
			return took, fmt.Errorf("not within 30 s: %s", what)
		}
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return 0, s.ctx.Err()
		}
	}
}

// controller runs serve in this process, on a free port.
func (s *stage) controller(dir string, c console) (stop func() error, err error) {
	ctx, cancel := context.WithCancel(s.ctx)
	said := &firstLines{found: make(chan struct{})}
	quiet := console{in: c.in, out: said, err: io.Discard, env: func(k string) (string, bool) { v, ok := demoSecrets[k]; return v, ok }}
	done := make(chan error, 1)
	cfg := Config{Listen: "127.0.0.1:0", Data: s.data, Mode: "full", Resync: 2 * time.Second, LogLevel: "error", LogFormat: "text", Parallel: 4,
		Watch: true, WatchCLI: 500 * time.Millisecond, WatchInterval: time.Second, WatchWindow: 3 * time.Second, ReliefHold: time.Second}
	go func() { done <- serve(ctx, cfg, quiet) }()
	select {
	case <-said.found:
	case err := <-done:
		cancel()
		return nil, err
	}
	s.url, s.token = said.url, said.token
	s.say("A controller listens on %s. It reads each switch every two seconds here, and its counters twice a second; every few minutes and once a minute are usual.", s.url)
	s.say("Each request below also bears -H \"Authorization: Bearer $NETMIRROR_TOKEN\" -H 'Content-Type: application/json'.")
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
	raw, err := io.ReadAll(io.LimitReader(resp.Body, client.DefaultMaxAnswer))
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
