package testkit

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// StartNetconfd starts Debian's NETCONF server (yuma123) with one YANG module, behind a
// server of StartOpenSSH with its subsystem netconf, and ends both with the test. options
// are further ones of netconfd. The user may do everything. The test is skipped where a
// program is missing.
func StartNetconfd(t testing.TB, module, yang string, options ...string) *OpenSSH {
	t.Helper()
	Need(t, "sshd", "netconfd", "netconf-subsystem")
	return StartOpenSSH(t, func(d *OpenSSH) string {
		_, port, err := net.SplitHostPort(d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		d.Write(t, module+".yang", yang)
		dir, err := os.MkdirTemp("", "nm") // the path of a unix socket has 107 octets at most
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		socket := filepath.Join(dir, "s")
		runNetconfd(t, d.Dir, append([]string{"--port=" + port, "--ncxserver-sockname=" + socket, "--superuser=" + d.User, "--home=" + d.Dir,
			"--no-startup", "--modpath=" + d.Dir + ":/usr/share/yuma/modules", "--module=" + module, "--log-level=info"}, options...))
		return fmt.Sprintf("Subsystem netconf \"/usr/sbin/netconf-subsystem --ncxserver-sockname=%s@%s\"\n", port, socket)
	})
}

// runNetconfd starts netconfd and waits until it is ready.
func runNetconfd(t testing.TB, dir string, args []string) {
	t.Helper()
	binary, err := exec.LookPath("netconfd")
	if err != nil {
		binary = "/usr/sbin/netconfd"
	}
	var out output
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	cmd.Env = append(os.Environ(), "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("netconfd:\n%s", out.String())
		}
	})
	Eventually(t, Patience, "netconfd is ready", func() bool { return strings.Contains(out.String(), "Running netconfd server") })
}

// An output is what a program has written up to now.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
