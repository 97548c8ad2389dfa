package testkit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/crypto/ssh"
)

// OpenSSH is Debian's server on a port of 127.0.0.1, one process for each connection,
// as inetd would start it. A user's key is the only way in: a password would be that of
// a real account.
type OpenSSH struct {
	Dir    string // keys, files, "log"
	Addr   string
	User   string
	Key    string        // of the user, PEM
	Public ssh.PublicKey // of the host

	mu    sync.Mutex
	procs []*exec.Cmd
}

// StartOpenSSH starts a server and ends it with the test. setup gives further lines of
// its configuration, and writes files into its folder as it likes. The test is skipped
// where the server is missing.
func StartOpenSSH(t testing.TB, setup func(d *OpenSSH) (config string)) *OpenSSH {
	t.Helper()
	Need(t, "sshd")
	binary, err := exec.LookPath("sshd") // sshd wants its absolute path
	if err != nil {
		binary = "/usr/sbin/sshd"
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // what the package's service unit would make
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d := &OpenSSH{Dir: t.TempDir(), User: me.Username}
	_, d.Public = WriteSSHKey(t, filepath.Join(d.Dir, "host"))
	var public ssh.PublicKey
	d.Key, public = WriteSSHKey(t, filepath.Join(d.Dir, "user"))
	d.Write(t, "authorized", string(ssh.MarshalAuthorizedKey(public)))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.Addr = l.Addr().String()
	d.Write(t, "config", fmt.Sprintf("HostKey %s/host\nAuthorizedKeysFile %s/authorized\nPidFile none\nUsePAM no\nStrictModes no\n"+
		"PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nPrintMotd no\nPrintLastLog no\n", d.Dir, d.Dir)+setup(d))
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { d.serve(binary, c.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		d.Signal(syscall.SIGKILL)
		wg.Wait()
	})
	return d
}

func (d *OpenSSH) serve(binary string, c *net.TCPConn) {
	f, err := c.File()
	_ = c.Close()
	if err != nil {
		return
	}
	log, err := os.OpenFile(filepath.Join(d.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer log.Close()
	cmd := exec.Command(binary, "-i", "-e", "-f", filepath.Join(d.Dir, "config"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = f, f, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	d.mu.Lock()
	err = cmd.Start()
	if err == nil {
		d.procs = append(d.procs, cmd)
	}
	d.mu.Unlock()
	_ = f.Close()
	if err == nil {
		_ = cmd.Wait()
	}
}

// Started is how many connections had a process up to now.
func (d *OpenSSH) Started() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.procs)
}

// Signal reaches the processes of every connection still there.
func (d *OpenSSH) Signal(s syscall.Signal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.procs {
		_ = syscall.Kill(-p.Process.Pid, s)
	}
}

// Write makes a file in the server's folder, that the user may run.
func (d *OpenSSH) Write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.Dir, name), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// Log is what the server wrote.
func (d *OpenSSH) Log() string {
	log, _ := os.ReadFile(filepath.Join(d.Dir, "log"))
	return string(log)
}

// WriteSSHKey makes a key pair and writes the private one, in PEM, to a path.
func WriteSSHKey(t testing.TB, path string) (private string, public ssh.PublicKey) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(block)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), signer.PublicKey()
}
