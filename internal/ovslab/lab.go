package ovslab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Schema is where Debian's package puts the database schema.
const Schema = "/usr/share/openvswitch/vswitch.ovsschema"

// patience bounds every wait for a process or a command.
const patience = 2 * time.Minute

// labs counts the labs of this process, so that names never collide.
var labs atomic.Int64

// A Lab is a running private Open vSwitch. Its methods may be used by one
// goroutine at a time, except Close, which may be called at any time and twice.
type Lab struct {
	dir string
	tag string // in every name of the lab
	tcp int    // loopback port of the database

	mu       sync.Mutex
	db, sw   *process
	space    string // the network namespace of the switch process and its ports
	hosts    []*Host
	counter  int
	closed   bool
	closeErr error
}

// Start makes a database in a new folder under dir ("" = the system's folder
// for temporary files) and starts both daemons. The caller must Close the lab.
func Start(ctx context.Context, dir string) (*Lab, error) {
	root, err := newFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("ovslab: %w", err)
	}
	port, err := freePort(ctx)
	if err != nil {
		_ = os.RemoveAll(root)
		return nil, err
	}
	l := &Lab{dir: root, tcp: port, tag: fmt.Sprintf("%d%s", os.Getpid()%100000, letters(labs.Add(1)))}
	if err := l.start(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// socketPath is the most octets that the path of a unix socket holds on Linux
// (sun_path, unix(7)), its end mark not counted.
const socketPath = 107

// longestSocket is the longest name of a socket in the folder: a daemon's
// control socket with the largest process id.
const longestSocket = "ovs-vswitchd.4194304.ctl"

// newFolder makes the lab's folder under dir, or under /tmp where the path of a
// socket in it would be too long.
func newFolder(dir string) (string, error) {
	root, err := os.MkdirTemp(dir, "ovslab-")
	if err != nil || len(filepath.Join(root, longestSocket)) <= socketPath {
		return root, err
	}
	if err := os.Remove(root); err != nil {
		return "", err
	}
	return os.MkdirTemp("/tmp", "ovslab-")
}

func (l *Lab) start(ctx context.Context) error {
	if err := l.addSpace(ctx); err != nil {
		return err
	}
	if _, err := l.run(ctx, "ovsdb-tool", "create", l.path("conf.db"), Schema); err != nil {
		return err
	}
	if err := l.StartDB(ctx); err != nil {
		return err
	}
	// ovs-ctl writes the versions at boot; a database without them would be
	// unlike any real one.
	out, err := l.run(ctx, "ovs-vswitchd", "--version")
	if err != nil {
		return err
	}
	version := "unknown"
	if m := regexp.MustCompile(`\d+\.\d+\.\d+`).FindString(out); m != "" {
		version = m
	}
	if _, err := l.vsctl(ctx, "--no-wait", "init", "--", "set", "Open_vSwitch", ".", "ovs_version="+version,
		"external_ids:hostname=ovslab", "external_ids:system-id=ovslab-"+l.tag); err != nil {
		return err
	}
	return l.StartSwitchd(ctx)
}

// letters writes n in base 26, so that a counter after a number stays apart.
func letters(n int64) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('a'+(n-1)%26)) + s
	}
	return s
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	err := errors.New("no port is free")
	for range 20 {
		// Below the ports that the system gives to whoever asks for any, so that
		// nobody has it before the server listens, or while it is stopped.
		port := 10000 + rand.IntN(10000)
		var ln net.Listener
		if ln, err = lc.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = ln.Close() // only its number is wanted
			return port, nil
		}
	}
	return 0, fmt.Errorf("ovslab: %w", err)
}

func (l *Lab) path(name string) string { return filepath.Join(l.dir, name) }

// Socket is the path of the database's unix socket.
func (l *Lab) Socket() string { return l.path("db.sock") }

// TCPPort is the database's port on 127.0.0.1.
func (l *Lab) TCPPort() int { return l.tcp }

// Dir is the lab's folder: database, sockets and logs.
func (l *Lab) Dir() string { return l.dir }

// A process is a child that runs until it is stopped.
type process struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	output bytes.Buffer // read after ended only
}

func (l *Lab) spawn(program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), ended: make(chan struct{})}
	p.cmd.Dir = l.dir
	p.cmd.Env = l.environment()
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	// The kernel ends the child when we are killed, so that no run leaves
	// daemons behind.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// Pdeathsig follows the thread that forked; it must not end early.
		lockThread()
		defer close(p.ended)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is told by its log
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("ovslab: start %s: %w", program, err)
	}
	return p, nil
}

// stop asks, then insists.
func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// environment keeps every tool inside the lab's folder and in one language.
func (l *Lab) environment() []string {
	return append(os.Environ(), "OVS_RUNDIR="+l.dir, "OVS_LOGDIR="+l.dir, "OVS_DBDIR="+l.dir, "LC_ALL=C",
		"PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
}

// find looks a program up on the PATH and in the folders of administrators.
func find(program string) string {
	if p, err := exec.LookPath(program); err == nil {
		return p
	}
	return filepath.Join("/usr/sbin", program)
}

// run runs a program to its end and returns what it printed.
func (l *Lab) run(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, find(program), args...)
	cmd.Dir, cmd.Env = l.dir, l.environment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("ovslab: %s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(errs.String()+out.String()))
	}
	return out.String(), nil
}

// await polls until ready gives true or the process has ended.
func await(ctx context.Context, p *process, what string, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-p.ended:
			return fmt.Errorf("ovslab: %s: the process ended: %s", what, p.output.String())
		case <-ctx.Done():
			return fmt.Errorf("ovslab: %s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

// StartDB starts the database server on the lab's database; it is an error
// when it runs.
func (l *Lab) StartDB(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db != nil || l.closed {
		return errors.New("ovslab: the database server runs already, or the lab is closed")
	}
	p, err := l.spawn(find("ovsdb-server"), l.path("conf.db"), "--remote=punix:"+l.Socket(),
		"--remote=ptcp:"+strconv.Itoa(l.tcp)+":127.0.0.1", "--remote=db:Open_vSwitch,Open_vSwitch,manager_options",
		"--private-key=db:Open_vSwitch,SSL,private_key", "--certificate=db:Open_vSwitch,SSL,certificate", "--ca-cert=db:Open_vSwitch,SSL,ca_cert",
		"--pidfile="+l.path("ovsdb-server.pid"),
		"--unixctl="+l.path("ovsdb-server.ctl"), "--log-file="+l.path("ovsdb-server.log"), "-vconsole:off")
	if err != nil {
		return err
	}
	l.db = p
	return await(ctx, p, "wait for the database server", func() bool {
		for _, at := range [][2]string{{"unix", l.Socket()}, {"tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(l.tcp))}} {
			conn, err := net.DialTimeout(at[0], at[1], time.Second)
			if err != nil {
				return false
			}
			_ = conn.Close() // it was a question only
		}
		return true
	})
}

// StopDB ends the database server and waits for its end.
func (l *Lab) StopDB() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.db.stop()
	l.db = nil
}

// StartSwitchd starts the switch process and waits until it has taken the
// database's present configuration.
func (l *Lab) StartSwitchd(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sw != nil || l.closed {
		return errors.New("ovslab: the switch process runs already, or the lab is closed")
	}
	// ip becomes the switch process: the process id is the same.
	p, err := l.spawn(find("ip"), "netns", "exec", l.space, find("ovs-vswitchd"), "unix:"+l.Socket(), "--pidfile="+l.path("ovs-vswitchd.pid"),
		"--unixctl="+l.path("ovs-vswitchd.ctl"), "--log-file="+l.path("ovs-vswitchd.log"), "-vconsole:off")
	if err != nil {
		return err
	}
	l.sw = p
	if err := await(ctx, p, "wait for the switch process", func() bool {
		conn, err := net.DialTimeout("unix", l.path("ovs-vswitchd.ctl"), time.Second)
		if err != nil {
			return false
		}
		_ = conn.Close() // it was a question only
		return true
	}); err != nil {
		return err
	}
	// ovs-vsctl returns when its change is taken; without a change it would
	// not wait.
	if _, err := l.vsctl(ctx, "set", "Open_vSwitch", ".", "external_ids:ovslab=starting"); err != nil {
		return err
	}
	_, err = l.vsctl(ctx, "remove", "Open_vSwitch", ".", "external_ids", "ovslab")
	return err
}

// StopSwitchd ends the switch process and waits for its end. The database
// stays, and so does the switch's configuration in it.
func (l *Lab) StopSwitchd() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sw.stop()
	l.sw = nil
}

// Vsctl runs ovs-vsctl against the lab and returns what it printed, without
// the space around it. It waits until the switch process has taken the change.
func (l *Lab) Vsctl(ctx context.Context, args ...string) (string, error) {
	return l.vsctl(ctx, args...)
}

func (l *Lab) vsctl(ctx context.Context, args ...string) (string, error) {
	out, err := l.run(ctx, "ovs-vsctl", append([]string{"--db=unix:" + l.Socket(), "--timeout=20"}, args...)...)
	return strings.TrimSpace(out), err
}

// Appctl runs a command of the switch process.
func (l *Lab) Appctl(ctx context.Context, args ...string) (string, error) {
	return l.run(ctx, "ovs-appctl", append([]string{"-t", l.path("ovs-vswitchd.ctl")}, args...)...)
}

// ForgetFlows empties the datapath's cache of flows, so that the next frame of
// each flow is decided anew. Open vSwitch 3.1 does not do it by itself when a
// mirror is made, changed or removed: an established flow keeps the mirroring
// of the moment it began until it has been idle for ten seconds or something
// else makes the switch look at all flows again.
func (l *Lab) ForgetFlows(ctx context.Context) error {
	_, err := l.Appctl(ctx, "revalidator/purge")
	return err
}

// Close ends the daemons by process id and removes the namespaces and the folder. It goes on after an error and returns them all.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.closeErr
	}
	l.closed = true
	ctx := context.Background()
	var faults []error
	l.sw.stop()
	l.db.stop()
	for _, h := range l.hosts {
		if _, err := l.run(ctx, "ip", "netns", "delete", h.namespace); err != nil {
			faults = append(faults, err)
		}
	}
	// With the namespace go the ports and the bridges in it.
	if l.space != "" {
		if _, err := l.run(ctx, "ip", "netns", "delete", l.space); err != nil {
			faults = append(faults, err)
		}
	}
	faults = append(faults, os.RemoveAll(l.dir))
	l.closeErr = errors.Join(faults...)
	return l.closeErr
}
