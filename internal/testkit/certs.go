package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An Authority signs certificates of tests. CA is the path of its own, in PEM.
type Authority struct {
	CA string

	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority whose files live as long as the test.
func NewAuthority(t testing.TB, name string) *Authority {
	t.Helper()
	return NewAuthorityIn(t, t.TempDir(), name)
}

// NewAuthorityIn makes an authority whose files are in a folder.
func NewAuthorityIn(t testing.TB, dir, name string) *Authority {
	t.Helper()
	a := &Authority{dir: dir}
	template := certificate(name)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	a.cert, a.key = template, newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	a.CA = a.write(t, "ca.pem", "CERTIFICATE", der)
	return a
}

// Issue makes a certificate with a common name and, where hosts are given, with
// these names and addresses; it returns the paths of certificate and key.
func (a *Authority) Issue(t testing.TB, commonName string, hosts ...string) (cert, key string) {
	t.Helper()
	return a.issue(t, certificate(commonName), hosts)
}

// IssueExpired is Issue of a certificate whose time is over.
func (a *Authority) IssueExpired(t testing.TB, commonName string, hosts ...string) (cert, key string) {
	t.Helper()
	template := certificate(commonName)
	template.NotBefore, template.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	return a.issue(t, template, hosts)
}

func (a *Authority) issue(t testing.TB, template *x509.Certificate, hosts []string) (cert, key string) {
	t.Helper()
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	own := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &own.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		t.Fatal(err)
	}
	file := template.SerialNumber.String()
	return a.write(t, file+".pem", "CERTIFICATE", der), a.write(t, file+".key", "PRIVATE KEY", private)
}

func (a *Authority) write(t testing.TB, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func certificate(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100)) // crypto/rand never fails
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
}
