package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Rsyslog is Debian's syslog server. It writes what it read of each message.
type Rsyslog struct {
	UDP, TCP, TLS int // ports on 127.0.0.1

	t       testing.TB
	dir     string
	process *exec.Cmd
	said    bytes.Buffer // until the process is over
}

// A SyslogMessage is a message as rsyslogd read it.
type SyslogMessage struct {
	PRI, Time, Host, App, Process, MsgID, Message string
	Data                                          map[string]string // parameters of one SD-ID, without escapes
	Sequence                                      string            // of the element meta
}

// rsyslogConfig has ports, files and lines in it.
const rsyslogConfig = `global(workDirectory="%[1]s" maxMessageSize="8k")
module(load="imudp")
module(load="imtcp")
module(load="mmpstrucdata")
input(type="imudp" port="%[2]d" address="127.0.0.1")
input(type="imtcp" port="%[3]d" address="127.0.0.1")
input(type="imtcp" port="%[4]d" address="127.0.0.1" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="%[5]s"
      StreamDriver.CAFile="%[6]s" StreamDriver.CertFile="%[7]s" StreamDriver.KeyFile="%[8]s")
action(type="mmpstrucdata")
template(name="read" type="list" option.jsonf="on") {
  property(outname="PRI" name="pri" format="jsonf")
  property(outname="Time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="Host" name="hostname" format="jsonf")
  property(outname="App" name="app-name" format="jsonf")
  property(outname="Process" name="procid" format="jsonf")
  property(outname="MsgID" name="msgid" format="jsonf")
  property(outname="Message" name="msg" format="jsonf")
  property(outname="sequence" name="$!rfc5424-sd!meta!sequenceid" format="jsonf")
%[9]s}
action(type="omfile" file="%[1]s/messages" template="read")
`

// StartRsyslog starts rsyslogd and ends it with the test: over UDP, TCP and, with a
// certificate and its key, TLS. Of an SD-ID it reads the parameters that are named. With
// clients it takes only TLS clients that an authority of that file vouches for. The test
// is skipped where rsyslogd is missing, or its part for TLS.
func StartRsyslog(t testing.TB, cert, key, clients, id string, params ...string) *Rsyslog {
	t.Helper()
	Need(t, "rsyslogd")
	r := &Rsyslog{t: t, dir: t.TempDir()}
	t.Cleanup(r.Stop)
	mode := "anon"
	if clients != "" {
		mode = "x509/certvalid"
	} else {
		clients = cert
	}
	var data strings.Builder
	for _, p := range params {
		fmt.Fprintf(&data, "  property(outname=%q name=\"$!rfc5424-sd!%s!%s\" format=\"jsonf\")\n", "sd "+p, id, p)
	}
	for range 20 {
		// Below the ports that the system gives to whoever asks for any.
		r.UDP = 20000 + rand.IntN(12000)
		r.TCP, r.TLS = r.UDP+1, r.UDP+2
		conf := fmt.Sprintf(rsyslogConfig, r.dir, r.UDP, r.TCP, r.TLS, mode, clients, cert, key, data.String())
		if err := os.WriteFile(filepath.Join(r.dir, "rsyslog.conf"), []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		if r.start() {
			return r
		}
	}
	t.Fatalf("rsyslogd does not start: %s", r.said.String())
	return nil
}

// Start starts it again, after Stop, on the same ports.
func (r *Rsyslog) Start() {
	r.t.Helper()
	if !r.start() {
		r.t.Fatalf("rsyslogd does not start: %s", r.said.String())
	}
}

func (r *Rsyslog) start() bool {
	r.t.Helper()
	program, err := exec.LookPath("rsyslogd")
	if err != nil {
		program = "/usr/sbin/rsyslogd"
	}
	r.said.Reset()
	r.process = exec.Command(program, "-n", "-f", filepath.Join(r.dir, "rsyslog.conf"), "-i", filepath.Join(r.dir, "pid"))
	r.process.Stdout, r.process.Stderr = &r.said, &r.said
	if err := r.process.Start(); err != nil {
		r.t.Fatal(err)
	}
	for end := time.Now().Add(Patience / 10); time.Now().Before(end); {
		if bound("udp", r.UDP) && bound("tcp", r.TCP) && bound("tcp", r.TLS) {
			return true
		}
		if !r.runs() {
			break
		}
		<-time.After(20 * time.Millisecond)
	}
	r.Stop()
	if strings.Contains(r.said.String(), "lmnsd_ossl") {
		Skip(r.t, "rsyslog-openssl")
	}
	return false
}

func (r *Rsyslog) runs() bool {
	var status syscall.WaitStatus
	pid, err := syscall.Wait4(r.process.Process.Pid, &status, syscall.WNOHANG, nil)
	return err == nil && pid == 0
}

// bound reports whether somebody listens on a port of 127.0.0.1.
func bound(network string, port int) bool {
	raw, err := os.ReadFile("/proc/net/" + network)
	if err != nil {
		return false
	}
	state := map[string]string{"udp": "07", "tcp": "0A"}[network]
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 3 && f[1] == fmt.Sprintf("0100007F:%04X", port) && f[3] == state {
			return true
		}
	}
	return false
}

// Stop ends it and waits until it is gone.
func (r *Rsyslog) Stop() { r.end(syscall.SIGTERM) }

// Kill ends it at once, with what it has not read yet.
func (r *Rsyslog) Kill() { r.end(syscall.SIGKILL) }

func (r *Rsyslog) end(how syscall.Signal) {
	if r.process == nil {
		return
	}
	_ = r.process.Process.Signal(how)
	_ = r.process.Wait()
	r.process = nil
}

// Messages are those that it read until now, and wrote.
func (r *Rsyslog) Messages() (out []SyslogMessage) {
	r.t.Helper()
	raw, err := os.ReadFile(filepath.Join(r.dir, "messages"))
	if err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written
		}
		fields := map[string]string{}
		if err := json.Unmarshal(line, &fields); err != nil {
			r.t.Fatalf("rsyslogd wrote %s: %v", line, err)
		}
		if fields["App"] == "rsyslogd" {
			continue
		}
		m := SyslogMessage{PRI: fields["PRI"], Time: fields["Time"], Host: fields["Host"], App: fields["App"], Process: fields["Process"],
			MsgID: fields["MsgID"], Message: fields["Message"], Sequence: fields["sequence"], Data: map[string]string{}}
		for k, v := range fields {
			if name, ok := strings.CutPrefix(k, "sd "); ok && v != "" {
				m.Data[name] = v
			}
		}
		out = append(out, m)
	}
	return out
}
