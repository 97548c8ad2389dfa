package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/inventory"
	"github.com/netmirror/netmirror/inventory/netbox"
)

// netboxSettings are how a NetBox is asked, as flags of import and settings of serve.
type netboxSettings struct {
	url, tokenFile, ca string
	clear              bool // over http
	filters, platforms []string
	oob                bool
	profile            string
	platformFlag       string // what remarks call that of platforms; "" = --platform
}

// netboxTimeout is how long one page may take.
const netboxTimeout = time.Minute

// source makes what asks, and how entries are made of the answer. Every fault is told.
func (s netboxSettings) source() (*netboxSource, error) {
	out := netboxSource{options: netbox.Options{Catalogue: catalogue(), Profile: s.profile, OOB: s.oob, PlatformFlag: s.platformFlag}}
	var faults [4]error
	out.filters, faults[0] = netbox.Filters(s.filters, s.oob)
	out.options.Platforms, faults[1] = netbox.Platforms(s.platforms)
	token, err := readSecretFile(s.tokenFile)
	if faults[2] = err; err != nil {
		faults[2] = fmt.Errorf("netbox: the file of the token: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if s.ca != "" {
		pem, err := os.ReadFile(s.ca)
		pool := x509.NewCertPool()
		if err == nil && !pool.AppendCertsFromPEM(pem) {
			err = fmt.Errorf("%s holds no certificate", s.ca)
		}
		if faults[3] = err; err != nil {
			faults[3] = fmt.Errorf("netbox: the file of certificates: %w", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	if err := errors.Join(faults[:]...); err != nil {
		return nil, err
	}
	out.server, err = netbox.NewServer(s.url, token, s.clear, &http.Client{Timeout: netboxTimeout, Transport: transport})
	return &out, err
}

// readSecretFile reads a small file.
func readSecretFile(path string) (string, error) {
	if path == "" {
		return "", errors.New("--netbox-token-file says which")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxValue))
	return string(raw), err
}

type netboxSource struct {
	server  *netbox.Server
	filters url.Values
	options netbox.Options
}

func (s *netboxSource) ask(ctx context.Context, profiles []mirror.Profile) (inventory.Found, error) {
	answer, err := s.server.Read(ctx, s.filters)
	if err != nil {
		return inventory.Found{}, err
	}
	o := s.options
	o.Profiles = profiles
	return answer.Entries(o), nil
}

func importNetBoxCommand(f *clientFlags) *cobra.Command {
	im := importing{flags: f, source: mirror.ManagedByNetBox}
	var s netboxSettings
	cmd := &cobra.Command{
		Use:   "netbox URL --netbox-token-file FILE",
		Short: "Devices and cables of NetBox",
		Long: "Devices and cables of NetBox: active devices that have a primary address, unless --filter or --oob says otherwise.\n" +
			"A token that may view devices, interfaces and platforms is enough; the command sends nothing else.\n\n" +
			"The platform of a device says what drives it: by the usual slugs, by those of --platform, and by the\n" +
			"platforms that it is below. Tags become labels tag/SLUG=true. When more than half of the devices have\n" +
			"vanished, nothing is changed: a token that may see less answers so, too. --shrink says that it is right.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.url = args[0]
			source, err := s.source()
			if err != nil {
				return failure{err, exitUsage}
			}
			return im.run(cmd.Context(), func(profiles []mirror.Profile) (inventory.Found, error) { return source.ask(cmd.Context(), profiles) })
		},
	}
	s.flags(cmd.Flags())
	cmd.Flags().StringVar(&s.profile, "profile", "", "credentials profile of all devices that log in (default: the one that is made for the address)")
	cmd.Flags().BoolVar(&im.shrink, "shrink", false, "it is right that more than half of the devices have vanished")
	im.commonFlags(cmd)
	return cmd
}

func (s *netboxSettings) flags(f *pflag.FlagSet) {
	f.StringVar(&s.tokenFile, "netbox-token-file", "", "file with the token of NetBox, of version 1 or 2")
	f.StringVar(&s.ca, "netbox-ca", "", "file of certificates (PEM) that NetBox's is signed by (default: the system's)")
	f.BoolVar(&s.clear, "netbox-insecure-http", false, "allow that the token crosses the network in clear text")
	f.StringSliceVar(&s.filters, "filter", nil, "NAME=VALUE of NetBox, such as tag=netmirror or site=berlin (repeatable; several of one name are any of them, of tag all)")
	f.StringSliceVar(&s.platforms, "platform", nil, "SLUG=PLATFORM[/PROTOCOL]: what drives devices of a platform of NetBox, or MANUFACTURER/TYPE=... those without one (repeatable)")
	f.BoolVar(&s.oob, "oob", false, "reach devices at their out-of-band address, and ask for no primary one")
}
