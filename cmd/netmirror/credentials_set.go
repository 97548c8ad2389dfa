package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/mirror"
)

// maxValue bounds what a file or standard input gives for one field, in octets.
const maxValue = 64 << 10

// secretFlags are the two ways to give one field: a reference, or a file whose
// content is taken into the profile. A value in an argument would be seen by
// every user of the machine.
type secretFlags struct{ name, what, ref, file string }

func (s *secretFlags) declare(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.ref, s.name, "", "reference to the "+s.what+": env:NAME or file:/PATH, resolved at each connect")
	cmd.Flags().StringVar(&s.file, s.name+"-file", "", "file whose content becomes the "+s.what)
}

func (s *secretFlags) given() bool { return s.ref != "" || s.file != "" }

func (s *secretFlags) value() (string, error) {
	switch {
	case s.ref != "" && s.file != "":
		return "", fmt.Errorf("--%s and --%s-file exclude each other", s.name, s.name)
	case s.ref != "" && !mirror.ValidReference(s.ref):
		return "", fmt.Errorf("--%s takes a reference, env:NAME or file:/PATH, never a value: every user of this machine sees arguments. "+
			"Leave it out to be asked, or give --%s-file", s.name, s.name)
	case s.file == "":
		return s.ref, nil
	}
	f, err := os.Open(s.file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxValue+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if text == "" || len(raw) > maxValue {
		return "", fmt.Errorf("%s is empty or has more than %d octets", s.file, maxValue)
	}
	return credentials.Literal(text), nil
}

func (k *keeper) setCommand() *cobra.Command {
	var bound []string
	var user string
	var snmp snmpFlags
	secrets := []*secretFlags{{name: "password", what: "password"}, {name: "enable", what: "enable secret"}, {name: "key", what: "private key (PEM)"}}
	cmd := &cobra.Command{
		Use:   "set NAME --for CIDR|NAME|any {--username USER | --snmp 2c | --snmp 3 --username USER --auth PROTOCOL}",
		Short: "Make a profile, or replace it",
		Long: "The password, and where it is needed the enable secret, are asked for without echo,\n" +
			"or read from standard input: the first line and the second. Flags give them as\n" +
			"references or files instead.\n\n" +
			"--for says to which addresses the profile may be shown: IP addresses and prefixes are\n" +
			"compared with the address that is connected to, names with the address in the device's\n" +
			"entry. Behind a jump host, which resolves names itself, a prefix fits IP addresses alone;\n" +
			"the profile must be for the jump host, too.\n\n" +
			"With --snmp the profile is of an SNMP agent, for transports.counters: the community of\n" +
			"version 2c, or a user of version 3 with its passwords, which are asked for likewise.",
		Example: "  netmirror credentials set campus --for 10.20.0.0/16 --username netmirror\n" +
			"  netmirror credentials set campus --for 10.20.0.0/16 --username netmirror --password env:NM_PW --enable file:/run/secrets/enable\n" +
			"  netmirror credentials set counters --for 10.20.0.0/16 --snmp 3 --username netmirror --auth sha256 --privacy aes128",
		Args: cobra.ExactArgs(1),
		PreRunE: func(_ *cobra.Command, args []string) error { // before anybody types a password
			if !mirror.ValidName(args[0]) {
				return usage("%q is no name: 1 to 63 of a-z, 0-9 and '-'", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			p := credentials.Profile{For: bound, Username: user}
			fill := k.fill
			if snmp.version != "" {
				fill = snmp.fill(k)
			}
			if err := fill(cmd.Context(), &p, secrets); err != nil {
				return failure{err, 2}
			}
			if err := k.profiles().Set(args[0], p); errors.As(err, new(*mirror.Refusal)) {
				return failure{err, exitUsage}
			} else if err != nil {
				return err
			}
			k.say("credentials profile %s, for %s", args[0], strings.Join(p.For, ", "))
			if _, err := os.Stat(databasePath(k.data)); k.dir == "" && errors.Is(err, fs.ErrNotExist) {
				k.say("  it is in %s, where no controller has its database yet; --data or NETMIRROR_DATA names the folder of another", k.data)
			}
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&bound, "for", nil, "address that it may be shown to: an IP address, a prefix, a host name, or any; may be given several times")
	cmd.Flags().StringVar(&user, "username", "", "user name, or a reference to it")
	for _, s := range secrets {
		s.declare(cmd)
	}
	snmp.declare(cmd)
	_ = cmd.MarkFlagRequired("for")
	return cmd
}

// fill takes the secrets from the flags, and asks for the password and the
// enable secret when no flag tells how to log in.
func (k *keeper) fill(ctx context.Context, p *credentials.Profile, secrets []*secretFlags) error {
	var faults []error
	for i, into := range []*string{&p.Password, &p.Enable, &p.Key} {
		v, err := secrets[i].value()
		if err != nil {
			faults = append(faults, err)
		}
		*into = v
	}
	if p.Username == "" {
		faults = append(faults, errors.New("--username is needed"))
	}
	faults = append(faults, bindingFaults(p)...)
	if err := errors.Join(faults...); err != nil || secrets[0].given() || secrets[2].given() {
		return err
	}
	ask := k.asker()
	password, err := ask(ctx, "Password: ")
	if err != nil {
		return err
	}
	if password == "" {
		return errors.New("no password was given")
	}
	p.Password = credentials.Literal(password)
	if secrets[1].given() {
		return nil
	}
	enable, err := ask(ctx, "Enable secret (empty: none): ")
	p.Enable = credentials.Literal(enable)
	return err
}

func bindingFaults(p *credentials.Profile) (faults []error) {
	for _, r := range p.For.Validate() {
		faults = append(faults, fmt.Errorf("--for: %s", r.Message))
	}
	return faults
}

// asker reads one secret after the other: from a terminal without echo, else
// line by line from standard input.
func (k *keeper) asker() func(context.Context, string) (string, error) {
	if f, ok := k.console.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return func(ctx context.Context, prompt string) (string, error) {
			return askTerminal(ctx, f, k.console.err, prompt)
		}
	}
	in := bufio.NewReader(io.LimitReader(k.console.in, maxValue))
	return func(context.Context, string) (string, error) {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return strings.TrimRight(line, "\r\n"), err
	}
}

// askTerminal turns the echo off while it waits, and on again when it is
// interrupted.
func askTerminal(ctx context.Context, f *os.File, out io.Writer, prompt string) (string, error) {
	fd := int(f.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprint(out, prompt)
	type answer struct {
		text []byte
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		fmt.Fprintln(out)
		return string(a.text), a.err
	case <-ctx.Done():
		fmt.Fprintln(out)
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
