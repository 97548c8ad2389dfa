package lab

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sync/errgroup"
)

// Five hundred switches in one process: nothing runs per switch but its
// listener, and a session on each can be configured through real SSH.
func TestFiveHundredSwitches(t *testing.T) {
	const n = 500
	var spec Spec
	for i := range n {
		spec.Fabric.Switches = append(spec.Fabric.Switches, SwitchSpec{Name: fmt.Sprintf("acc-%d", i), Platform: "cisco_iosxe", Model: "C9300-24T"})
	}
	idle := runtime.NumGoroutine()
	heap := heapInUse()
	began := time.Now()
	l, err := Start(context.Background(), spec)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Logf("%d switches started in %v, %d kB heap each, %d goroutines in all", n, time.Since(began), (heapInUse()-heap)/n/1024, runtime.NumGoroutine()-idle)
	if g := runtime.NumGoroutine() - idle; g > n+5 {
		t.Errorf("%d goroutines for %d idle switches, want one each", g, n)
	}
	began = time.Now()
	var group errgroup.Group
	group.SetLimit(8)
	clients := make([]*ssh.Client, n)
	for i, sw := range l.Switches() {
		group.Go(func() error {
			c, err := tryDial(sw, "admin", ssh.Password("admin"))
			if err != nil {
				return err
			}
			clients[i] = c
			return configureOver(c, "conf t\nmonitor session 66 source interface Gi1/0/1 - 4\nmonitor session 66 destination interface Gi1/0/24\nend\nexit\n")
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("one session on each in %v", time.Since(began))
	for i, sw := range l.Switches() {
		if !strings.Contains(sw.RunningConfig(), "monitor session 66 destination interface Gi1/0/24\n") {
			t.Errorf("%s has no session", sw.Name())
		}
		clients[i].Close()
	}
	l.Close()
}

// configureOver sends a block that ends the terminal and waits for its end.
func configureOver(c *ssh.Client, block string) error {
	s, err := c.NewSession()
	if err != nil {
		return err
	}
	var out strings.Builder
	s.Stdin, s.Stdout = strings.NewReader(block), &out
	if err := s.Shell(); err != nil {
		return err
	}
	if err := s.Wait(); err != nil {
		return fmt.Errorf("%w after %q", err, out.String())
	}
	if strings.Contains(out.String(), "% ") {
		return fmt.Errorf("refused: %s", out.String())
	}
	return nil
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMemoryOfAnOpenConnection(t *testing.T) {
	const n = 100
	l := startSpec(t, Spec{Fabric: FabricSpec{Switches: []SwitchSpec{{Name: "sw", Platform: "cisco_iosxe", SSH: SSHSpec{MaxSessions: n}}}}})
	sw := l.Switch("sw")
	heap, goroutines := heapInUse(), runtime.NumGoroutine()
	for range n {
		x := shell(t, dial(t, sw, "admin", "admin"), 24)
		x.until(`sw#$`)
	}
	t.Logf("client and server together: %d kB heap and %d goroutines for each open terminal", (heapInUse()-heap)/n/1024, (runtime.NumGoroutine()-goroutines)/n)
	if open := sw.Stats().ConnectionsOpen; open != n {
		t.Errorf("%d connections open, want %d", open, n)
	}
	if _, err := tryDial(sw, "admin", ssh.Password("admin")); err == nil {
		t.Errorf("connection %d accepted with %d terminal lines", n+1, n)
	}
}
