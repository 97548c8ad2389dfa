package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/client/contexts"
)

func contextCommand(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "context",
		Short: "Name the controllers that you work with, and choose one",
		Long: "Name the controllers that you work with, and choose one.\n\n" +
			"They are kept in $XDG_CONFIG_HOME/netmirror/config.yaml (~/.config where that is not set).\n" +
			"A command speaks to what --server or --context says, else to $NETMIRROR_URL or\n" +
			"$NETMIRROR_CONTEXT, else to the context that `netmirror context use` has chosen, else to\n" +
			defaultServer + ". The token of a context goes to its own server only.",
		Example: "  netmirror context set lab --server https://netmirror.lab:8420 --token-file ~/.netmirror-lab --ca lab-ca.pem\n" +
			"  netmirror context use lab\n  netmirror get sessions --context lab",
	}
	cmd.AddCommand(contextSet(c),
		&cobra.Command{Use: "use NAME", Short: "Choose the controller that commands speak to", Args: cobra.ExactArgs(1), ValidArgsFunction: completeContexts(c),
			RunE: func(_ *cobra.Command, args []string) error {
				return changeContexts(c, func(all *contexts.File) (string, error) {
					x, _, err := all.Named(args[0])
					if err != nil {
						return "", failure{err, exitUsage}
					}
					all.Current = x.Name
					return "context " + args[0] + " is used: " + x.Server, nil
				})
			}},
		&cobra.Command{Use: "list", Short: "Show them; * is the one that is used", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return listContexts(c) }},
		&cobra.Command{Use: "delete NAME", Short: "Forget one; the file with its token stays", Args: cobra.ExactArgs(1), ValidArgsFunction: completeContexts(c),
			RunE: func(_ *cobra.Command, args []string) error {
				return changeContexts(c, func(all *contexts.File) (string, error) {
					_, i, err := all.Named(args[0])
					if err != nil {
						return "", failure{err, exitUsage}
					}
					all.Contexts = slices.Delete(all.Contexts, i, i+1)
					text := "context " + args[0] + " deleted"
					if all.Current == args[0] {
						all.Current = ""
						text += "; it was used: none is now"
					}
					return text, nil
				})
			}})
	return cmd
}

// changeContexts reads the file, changes it and puts it back, and says what was
// done.
func changeContexts(c console, change func(*contexts.File) (string, error)) error {
	all, err := contexts.Read(c.env)
	if err != nil {
		return err
	}
	said, err := change(&all)
	if err != nil {
		return err
	}
	if err := all.Write(); err != nil {
		return err
	}
	fmt.Fprintln(c.out, said)
	return nil
}

func contextSet(c console) *cobra.Command {
	var given contexts.Context
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "Make or change one; what is not given stays as it is",
		Args:  cobra.ExactArgs(1), ValidArgsFunction: completeContexts(c),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !contexts.IsName(args[0]) {
				return failure{fmt.Errorf("%q is no name of a context: 1 to 63 of letters, digits, '.', '_' and '-'", args[0]), 2}
			}
			return changeContexts(c, func(all *contexts.File) (string, error) { return setContext(cmd, all, args[0], given) })
		},
	}
	cmd.Flags().StringVar(&given.Server, "server", "", "URL of the controller")
	cmd.Flags().StringVar(&given.TokenFile, "token-file", "", "file with the bearer token")
	cmd.Flags().StringVar(&given.CA, "ca", "", "file of certificates (PEM) that the controller's is signed by")
	cmd.Flags().StringVar(&given.ServerName, "server-name", "", "name in the controller's certificate, where it is not that of the URL")
	return cmd
}

func setContext(cmd *cobra.Command, all *contexts.File, name string, given contexts.Context) (string, error) {
	x, i, err := all.Named(name)
	if err != nil { // it is new
		x = contexts.Context{Name: name}
		if given.Server == "" {
			return "", failure{errors.New("a new context needs --server"), 2}
		}
	}
	for flag, to := range map[string]*string{"server": &x.Server, "token-file": &x.TokenFile, "ca": &x.CA, "server-name": &x.ServerName} {
		if !cmd.Flags().Changed(flag) {
			continue
		}
		value, _ := cmd.Flags().GetString(flag)
		if value != "" && (flag == "token-file" || flag == "ca") {
			if value, err = filepath.Abs(value); err != nil {
				return "", err
			}
		}
		*to = value
	}
	if _, err := client.New(client.Options{URL: x.Server, TokenFile: x.TokenFile, CAFile: x.CA, ServerName: x.ServerName}); err != nil {
		return "", failure{err, 2}
	}
	if i < 0 {
		all.Contexts = append(all.Contexts, x)
		slices.SortFunc(all.Contexts, func(a, b contexts.Context) int { return strings.Compare(a.Name, b.Name) })
	} else {
		all.Contexts[i] = x
	}
	text := "context " + name + " set"
	if len(all.Contexts) == 1 && all.Current == "" {
		all.Current = name
		text += ", and used"
	}
	return text, nil
}

func listContexts(c console) error {
	all, err := contexts.Read(c.env)
	if err != nil {
		return err
	}
	if len(all.Contexts) == 0 {
		fmt.Fprintln(c.out, "there are none: netmirror context set NAME --server URL makes one")
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "USED\tNAME\tSERVER\tTOKEN FILE\tCA")
	for _, x := range all.Contexts {
		used := ""
		if x.Name == all.Current {
			used = "*"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", used, plain(x.Name), plain(x.Server), plain(x.TokenFile), plain(x.CA))
	}
	return w.Flush()
}
