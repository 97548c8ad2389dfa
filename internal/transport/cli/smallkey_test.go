package cli

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"io"
	"math/big"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// smallKey signs with a key that Go refuses to use: by hand, as RFC 8017 section
// 8.2.1 (RSASSA-PKCS1-v1_5) says.
type smallKey struct {
	ssh.PublicKey
	private *rsa.PrivateKey
}

func (k smallKey) sign(data []byte) *ssh.Signature {
	digest := sha512.Sum512(data)
	// The DER prefix of a SHA-512 DigestInfo.
	info := append([]byte{0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40}, digest[:]...)
	size := (k.private.N.BitLen() + 7) / 8
	block := make([]byte, size)
	block[1] = 1
	for i := 2; i < size-len(info)-1; i++ {
		block[i] = 0xff
	}
	copy(block[size-len(info):], info)
	s := new(big.Int).Exp(new(big.Int).SetBytes(block), k.private.D, k.private.N)
	return &ssh.Signature{Format: ssh.KeyAlgoRSASHA512, Blob: s.FillBytes(make([]byte, size))}
}

// smallSigner is smallKey as a signer of the library.
type smallSigner struct{ key smallKey }

func (s smallSigner) PublicKey() ssh.PublicKey { return s.key.PublicKey }
func (s smallSigner) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	return s.key.sign(data), nil
}
func (s smallSigner) SignWithAlgorithm(_ io.Reader, data []byte, _ string) (*ssh.Signature, error) {
	return s.key.sign(data), nil
}

func newSmallSigner(t *testing.T) ssh.Signer {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	private, err := rsa.GenerateKey(rand.Reader, 768)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return smallSigner{smallKey{public, private}}
}

// Old switches have RSA keys of 768 bits. The error says what to do, and what it
// says works.
func TestASmallHostKeyIsRefusedWithAWayOut(t *testing.T) {
	f := newFake(t)
	f.key = newSmallSigner(t)
	cfg := configFor(t, f.listen(t))
	c, err := Open(t.Context(), cfg) // with rsa1024min=0
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	t.Setenv("GODEBUG", "")
	_, err = Open(t.Context(), cfg)
	wantKind(t, err, mirror.ErrUnsupported, "768-bit keys are insecure", "GODEBUG=rsa1024min=0", "crypto key generate rsa modulus 2048")
}
