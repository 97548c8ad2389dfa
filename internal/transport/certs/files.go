// Package certs makes the controller's side of TLS towards devices of its PEM files.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Files are what TLS needs, as PEM files of the controller's host. They are read
// at each connection, so that renewed certificates are taken up.
type Files struct {
	CA        string // authorities that sign the servers' certificates; "" = the system's
	Cert, Key string // our own certificate for servers that ask for one; "" = none
}

// maxPEM bounds such a file, in octets.
const maxPEM = 1 << 20

// Config is the client's side of TLS towards host. The server's certificate must
// come from one of the authorities and bear the name of the host, or serverName
// when that is given. A certificate without any name but its subject's common
// name, as ovs-pki(8) makes them, passes only when serverName is that name: what
// is in it is no host, so that the address alone proves nothing.
func (f Files) Config(host, serverName string) (*tls.Config, error) {
	c, err := f.Unverified(host)
	if err != nil {
		return nil, err
	}
	var roots *x509.CertPool
	if f.CA != "" {
		pem, err := readPEM("CA", f.CA)
		if err != nil {
			return nil, err
		}
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("the file of authorities (CA) holds no certificate in PEM: %w", mirror.ErrInvalid)
		}
	}
	// It does what is skipped, and knows of common names.
	c.VerifyConnection = func(s tls.ConnectionState) error { return verify(s.PeerCertificates, roots, host, serverName) }
	return c, nil
}

// Unverified is Config for a server whose certificate nobody checks: whoever answers
// in its place reads what it is told.
func (f Files) Unverified(host string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, InsecureSkipVerify: true}
	if f.Cert == "" && f.Key == "" {
		return c, nil
	}
	cert, err := readPEM("certificate", f.Cert)
	if err != nil {
		return nil, err
	}
	key, err := readPEM("private key", f.Key)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("our certificate and its key: %w: %w", mirror.ErrInvalid, err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// readPEM names what it reads and not the path, which every viewer of the
// device's status would see.
func readPEM(what, path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxPEM) {
		err = errors.New("it is no small regular file")
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	if err != nil {
		return nil, fmt.Errorf("the controller's file of the %s for devices: %w: %w", what, mirror.ErrInvalid, err)
	}
	return raw, nil
}

// ErrRefused marks a server that could not prove who it is.
var ErrRefused = errors.New("the server's certificate is refused")

func verify(chain []*x509.Certificate, roots *x509.CertPool, host, serverName string) error {
	if len(chain) == 0 {
		return fmt.Errorf("%w: there is none", ErrRefused)
	}
	leaf, between := chain[0], x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between}); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	named := len(leaf.DNSNames)+len(leaf.IPAddresses)+len(leaf.URIs)+len(leaf.EmailAddresses) > 0
	switch {
	case !named && serverName == "":
		return fmt.Errorf("%w: it has no host name in it, only the common name %q; give that as serverName if it is the switch's", ErrRefused, leaf.Subject.CommonName)
	case !named && serverName != leaf.Subject.CommonName:
		return fmt.Errorf("%w: its common name is %q, not %q", ErrRefused, leaf.Subject.CommonName, serverName)
	case !named:
		return nil
	case serverName != "":
		host = serverName
	}
	if err := leaf.VerifyHostname(host); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return nil
}

// Explain adds to the end of a connection over TLS what it may come from. A
// server that wants a certificate of ours says so only after the handshake
// (RFC 8446, section 4.4.2.4), by an alert whose words all name certificates.
func Explain(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" && strings.Contains(op.Err.Error(), "certificate") {
		return fmt.Errorf("the server does not accept our certificate: %w", err)
	}
	return err
}
