package doctest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A shell is the one of a page: bash -e in a folder of its own.
type shell struct {
	t       testing.TB
	dir     string
	replace *strings.Replacer
	ports   *regexp.Regexp
	free    map[string]string
	in      io.WriteCloser
	codes   chan string // of what ended
	gone    chan struct{}
	cmd     *exec.Cmd
	blocks  int
}

// newShell starts the shell of a page whose blocks and setups name the ports; bin is the
// folder of the program.
func newShell(t testing.TB, bin string, ports []string) *shell {
	t.Helper()
	s := &shell{t: t, dir: testkit.Dir(t), free: map[string]string{}, codes: make(chan string, 1), gone: make(chan struct{})}
	for _, p := range ports {
		s.free[p] = freePort(t, s.free)
	}
	if len(ports) > 0 {
		s.ports = regexp.MustCompile(`\b(` + strings.Join(ports, "|") + `)\b`)
	}
	pairs := []string{}
	for _, p := range Folders {
		pairs = append(pairs, p, s.dir+p)
		if err := os.MkdirAll(s.dir+p, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.replace = strings.NewReplacer(pairs...)
	if err := os.Symlink(bin, filepath.Join(s.dir, "bin")); err != nil {
		t.Fatal(err)
	}
	// Its table of progress would stand among what is answered.
	if err := s.write(".curlrc", "silent\nshow-error\n"); err != nil {
		t.Fatal(err)
	}
	ends, codes, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command("bash", "--noprofile", "--norc", "-e")
	s.cmd.Dir = s.dir
	// The race detector otherwise sleeps a second at every exit.
	s.cmd.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + s.dir, "LANG=C.UTF-8", "TMPDIR=" + s.dir, "GORACE=atexit_sleep_ms=10", "TF_CLI_ARGS=-no-color", "CHECKPOINT_DISABLE=1",
		"NETMIRROR_DATA=" + filepath.Join(s.dir, "var", "lib", "netmirror"),
		s.mapped("NETMIRROR_LISTEN=127.0.0.1:8420"), s.mapped("NETMIRROR_URL=http://127.0.0.1:8420"), "ROOT=" + testkit.Root(t)}
	s.cmd.ExtraFiles = []*os.File{codes}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.WaitDelay = testkit.Patience
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = codes.Close()
	if _, err := fmt.Fprintln(s.in, asked); err != nil {
		t.Fatal(err)
	}
	quiet := make(chan struct{}) // no process of the page is left: each has the pipe
	go func() {
		defer close(quiet)
		for lines := bufio.NewScanner(ends); lines.Scan(); {
			s.codes <- lines.Text()
		}
	}()
	go func() { _ = s.cmd.Wait(); close(s.gone) }()
	t.Cleanup(func() { s.end(quiet); _ = ends.Close() })
	return s
}

// end ends every process of the page and waits until they are gone.
func (s *shell) end(quiet chan struct{}) {
	group := -s.cmd.Process.Pid
	_ = syscall.Kill(group, syscall.SIGTERM)
	for {
		select {
		case <-quiet:
			return
		case <-s.codes:
		case <-time.After(testkit.Patience):
			_ = syscall.Kill(group, syscall.SIGKILL)
			s.t.Error("programs of the page did not end")
			return
		}
	}
}

// mapped is a text of the page with ports and folders of this run.
func (s *shell) mapped(text string) string {
	text = s.replace.Replace(text)
	if s.ports != nil {
		text = s.ports.ReplaceAllStringFunc(text, func(p string) string { return s.free[p] })
	}
	return text
}

func (s *shell) write(name, text string) error {
	return os.WriteFile(filepath.Join(s.dir, name), []byte(s.mapped(text)), 0o600)
}

// typed runs a text in the shell with a wrapper around it, and gives what it wrote and its
// exit code; an error when the shell itself has ended, or nothing ends in time.
func (s *shell) typed(text, input, wrapper string) (output func() string, code string, err error) {
	s.blocks++
	name := fmt.Sprintf(".block%d", s.blocks)
	if err := s.write(name, text); err != nil {
		return nil, "", err
	}
	if err := s.write(name+".in", input); err != nil {
		return nil, "", err
	}
	output = func() string {
		out, _ := os.ReadFile(filepath.Join(s.dir, name+".out"))
		return string(out)
	}
	if _, err := fmt.Fprintf(s.in, wrapper+"\n", filepath.Join(s.dir, name)); err != nil {
		return output, "", fmt.Errorf("the shell has ended: %w", err)
	}
	select {
	case code = <-s.codes:
		return output, code, nil
	case <-s.gone:
		return output, "", fmt.Errorf("a command failed (%s)", s.cmd.ProcessState)
	case <-time.After(testkit.Patience):
		return output, "", fmt.Errorf("it did not end")
	}
}

// asked has make say what it would do: that its targets are there is looked at, what they
// do others test. And sudo needs nobody's leave.
const asked = `make() { command make -n -C "$ROOT" "$@"; }; sudo() { if [ "$1" = -u ]; then shift 2; fi; "$@"; }`

const (
	// here runs in the shell itself, which ends with the first command that fails.
	here = `eval "$(cat %[1]s)" <%[1]s.in >%[1]s.out 2>&1; echo "$?" >&3`
	// inside runs in a shell below it, which may fail.
	inside = `set +e; (set -e; eval "$(cat %[1]s)") <%[1]s.in >%[1]s.out 2>&1; echo "$?" >&3; set -e`
	// aside goes on while the page does.
	aside = `(eval "$(cat %[1]s)") <%[1]s.in >%[1]s.out 2>&1 & echo 0 >&3`
)

// run does what a page shows; an error says what is otherwise, with the whole output.
func (s *shell) run(b Block) error {
	switch {
	case b.Skip != "":
		return nil
	case b.File != "":
		return s.write(b.File, b.Text)
	case b.Lang != "sh":
		return nil
	}
	quoted := func(err error, output string) error {
		return fmt.Errorf("line %d: %w\n--- it says\n%s", b.Line, err, output)
	}
	switch {
	case b.Background:
		output, _, err := s.typed(b.Text, b.Input, aside)
		if err != nil {
			return quoted(err, output())
		}
		return s.until(func() error { return shown(s, b, output(), true) }, func(err error) error { return quoted(err, output()) })
	case b.Again:
		var output func() string
		return s.until(func() (err error) {
			var code string
			if output, code, err = s.typed(b.Text, b.Input, inside); err == nil && code != fmt.Sprint(b.Exit) {
				err = fmt.Errorf("exit code %s, and %d is said", code, b.Exit)
			}
			if err != nil {
				return err
			}
			return shown(s, b, output(), false)
		}, func(err error) error { return quoted(err, output()) })
	}
	wrapper, want := here, "0"
	if b.Exit > 0 {
		wrapper, want = inside, fmt.Sprint(b.Exit)
	}
	output, code, err := s.typed(b.Text, b.Input, wrapper)
	if err == nil && code != want {
		err = fmt.Errorf("exit code %s, and %s is said", code, want)
	}
	if err == nil {
		err = shown(s, b, output(), false)
	}
	if err != nil {
		return quoted(err, output())
	}
	return nil
}

// until tries until there is no error; the last one is told when patience is over.
func (s *shell) until(try func() error, told func(error) error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(testkit.Patience)
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.gone:
			return told(err)
		case <-deadline:
			return told(err)
		}
	}
}

// shown holds an output against what the page shows of it.
func shown(s *shell, b Block, output string, open bool) error {
	if strings.Contains(output, "DATA RACE") {
		return fmt.Errorf("a data race in the program")
	}
	if len(b.Outputs) == 0 && b.Exit == 0 && strings.Contains(output, `"urn:netmirror:problem:`) {
		return fmt.Errorf("a request is refused, and the page does not show it")
	}
	for _, o := range b.Outputs {
		err := error(nil)
		if o.JSON {
			err = MatchJSON(s.mapped(o.Text), output)
		} else {
			err = Match(s.mapped(o.Text), output, open)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", o.Line, err)
		}
	}
	return nil
}

var taken sync.Map // ports that pages of this run have

// freePort is one that nobody listens at, below those that the system gives to whoever asks
// for any.
func freePort(t testing.TB, mine map[string]string) string {
	t.Helper()
	for range 100 {
		port := fmt.Sprint(20000 + rand.IntN(12000))
		tcp, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		_ = tcp.Close()
		udp, err := net.ListenPacket("udp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		_ = udp.Close()
		if _, other := taken.LoadOrStore(port, true); !other && mine[port] == "" {
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}
