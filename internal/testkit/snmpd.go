package testkit

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// An SNMPD is net-snmp's agent, which serves the interfaces of the network namespace
// that it was started in.
type SNMPD struct {
	Port int // on 127.0.0.1

	t       testing.TB
	dir     string
	process *exec.Cmd
}

// StartSNMPD starts net-snmp's agent on a free port of 127.0.0.1 with lines of its
// configuration, and ends it with the test. The test is skipped where it is missing.
func StartSNMPD(t testing.TB, config ...string) *SNMPD {
	t.Helper()
	Need(t, "snmpd")
	a := &SNMPD{t: t, dir: t.TempDir()}
	a.Configure(config...)
	t.Cleanup(a.Stop)
	err := errors.New("no port is free")
	for range 20 {
		// Below the ports that the system gives to whoever asks for any, so that
		// nobody has it while the agent is stopped.
		a.Port = 20000 + rand.IntN(12000)
		if err = a.start(); err == nil {
			return a
		}
	}
	t.Fatal(err)
	return nil
}

// Configure makes it another agent, from the next Start on.
func (a *SNMPD) Configure(config ...string) {
	a.t.Helper()
	if err := os.RemoveAll(a.persistent()); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.dir, "snmpd.conf"), []byte(strings.Join(config, "\n")+"\n"), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// persistent is where it keeps how often it was started.
func (a *SNMPD) persistent() string { return filepath.Join(a.dir, "persistent") }

// Start starts it again, after Stop, on the same port. Its engine has booted once more.
func (a *SNMPD) Start() {
	a.t.Helper()
	if err := a.start(); err != nil {
		a.t.Fatal(err)
	}
}

func (a *SNMPD) start() error {
	program, err := exec.LookPath("snmpd")
	if err != nil {
		program = "/usr/sbin/snmpd"
	}
	a.process = exec.Command(program, "-f", "-Lo", "-I", "-smux", fmt.Sprintf("udp:127.0.0.1:%d", a.Port))
	a.process.Env = append(os.Environ(), "SNMPCONFPATH="+a.dir+":"+a.persistent(), "SNMP_PERSISTENT_DIR="+a.persistent(), "MIBS=")
	out, err := a.process.StdoutPipe()
	if err != nil {
		return err
	}
	a.process.Stderr = a.process.Stdout
	if err := a.process.Start(); err != nil {
		a.process = nil
		return err
	}
	said := bufio.NewScanner(out)
	var all []string
	for said.Scan() {
		all = append(all, said.Text())
		if strings.HasPrefix(said.Text(), "NET-SNMP version") {
			go func() {
				for said.Scan() { // until it ends, so that it is never held up
				}
			}()
			return nil
		}
	}
	a.Stop()
	return fmt.Errorf("snmpd does not start: %s", strings.Join(all, "\n"))
}

// Stop ends it and waits until it is gone.
func (a *SNMPD) Stop() {
	if a.process == nil {
		return
	}
	_ = a.process.Process.Signal(os.Interrupt)
	_ = a.process.Wait()
	a.process = nil
}
