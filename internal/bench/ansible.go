package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	ansiblePlaybook = "/usr/bin/ansible-playbook"
	forks           = 20
)

// One play for all platforms, so that as many switches are at work as there are forks.
const play = `
- hosts: all
  gather_facts: false
  tasks:
    - ansible.netcommon.cli_config:
        config: "{{ lookup('file', lines) }}"
    - ansible.netcommon.cli_command:
        command: "{{ save }}"
      when: save != ''
`

// ansible has Debian's Ansible put the same lines on the first switches of a fleet, and
// prints what it took beside what netmirror needed for all of them, logins included in
// both.
func ansible(ctx context.Context, f *fleet, texts []typed, ours time.Duration) (err error) {
	if _, err := os.Stat(ansiblePlaybook); err != nil {
		fmt.Printf("  Ansible is not installed as %s (Debian: apt install ansible python3-paramiko): not measured\n", ansiblePlaybook)
		return nil
	}
	dir, err := os.MkdirTemp("", "nmb-") // sockets are made below it, whose names have little room
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var hosts strings.Builder
	for i, text := range texts {
		host, port, err := net.SplitHostPort(f.lab.addresses[i]["cli"])
		if err != nil {
			return err
		}
		k := f.kinds[i%len(f.kinds)]
		lines := filepath.Join(dir, fmt.Sprintf("sw%d.txt", i))
		if err := os.WriteFile(lines, []byte(strings.Join(text.make, "\n")+"\n"), 0o600); err != nil {
			return err
		}
		fmt.Fprintf(&hosts, "sw%d ansible_host=%s ansible_port=%s ansible_network_os=%s lines=%s save='%s'\n", i, host, port, k.ansible, lines, k.save)
	}
	hosts.WriteString("[all:vars]\nansible_connection=ansible.netcommon.network_cli\nansible_network_cli_ssh_type=paramiko\nansible_user=bench\nansible_password=" + secret +
		"\nansible_python_interpreter=/usr/bin/python3\n")
	for i, k := range f.kinds {
		if k.secret {
			for n := i; n < len(texts); n += len(f.kinds) {
				hosts.WriteString(fmt.Sprintf("[privileged]\nsw%d\n", n))
			}
		}
	}
	hosts.WriteString("[privileged:vars]\nansible_become=yes\nansible_become_method=enable\nansible_become_password=" + secret + "\n")
	for name, text := range map[string]string{"hosts": hosts.String(), "play.yml": play} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	took, err := played(ctx, dir, len(texts))
	if err != nil {
		return err
	}
	fmt.Printf("  Ansible (network_cli over paramiko, %d forks), the same lines on %d of them: measured %v\n", forks, len(texts), took.Round(time.Millisecond))
	all := time.Duration(float64(took) * float64(f.size) / float64(len(texts)))
	fmt.Printf("  the same on %d, extrapolated, not measured: %v; %.0f times the %v that netmirror needed to open, read and configure all and to read them back\n",
		f.size, all.Round(time.Second), float64(all)/float64(ours), ours.Round(time.Millisecond))
	return nil
}

// changed is a line of Ansible's recap of a switch on which all was done.
var changed = regexp.MustCompile(`(?m)^sw\d+ +: ok=[12] +changed=1 +unreachable=0 +failed=0 `)

// played runs the play of a folder, and gives the time until all was done on so many
// switches.
func played(ctx context.Context, dir string, hosts int) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, ansiblePlaybook, "-i", "hosts", "-f", fmt.Sprint(forks), "play.yml")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + dir, "LANG=C.UTF-8", "ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_NOCOLOR=1",
		"ANSIBLE_LOCAL_TEMP=" + dir, "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=" + dir, "ANSIBLE_PERSISTENT_COMMAND_TIMEOUT=120", "ANSIBLE_PERSISTENT_CONNECT_TIMEOUT=120"}
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if done := len(changed.FindAll(out, -1)); err == nil && done != hosts {
		err = fmt.Errorf("the lines are on %d switches of %d", done, hosts)
	}
	if err != nil {
		return 0, fmt.Errorf("ansible-playbook: %w\n%s", err, out)
	}
	return took, nil
}
