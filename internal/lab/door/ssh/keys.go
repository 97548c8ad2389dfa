package ssh

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"strings"

	"golang.org/x/crypto/ssh"
)

// A Signer is a host key.
type Signer = ssh.Signer

// legacyAlgorithms are what switches of about 2010 offer (general knowledge,
// not from a recording).
func legacyAlgorithms(c *ssh.ServerConfig) {
	c.PublicKeyAuthAlgorithms = append(ssh.SupportedAlgorithms().PublicKeyAuths, ssh.KeyAlgoRSA)
	c.KeyExchanges = []string{ssh.InsecureKeyExchangeDH14SHA1, ssh.InsecureKeyExchangeDH1SHA1}
	c.Ciphers = []string{ssh.InsecureCipherAES128CBC, ssh.InsecureCipherTripleDESCBC}
	c.MACs = []string{ssh.HMACSHA1, ssh.InsecureHMACSHA196}
}

// NewKey makes a host key. With a seed it is the same in every run, except
// for the RSA keys of legacy switches, which are random.
func NewKey(seed string, legacy bool) (ssh.Signer, error) {
	if legacy {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		s, err := ssh.NewSignerFromKey(key)
		if err != nil {
			return nil, err
		}
		return ssh.NewSignerWithAlgorithms(s.(ssh.AlgorithmSigner), []string{ssh.KeyAlgoRSA})
	}
	raw := make([]byte, ed25519.SeedSize)
	if seed == "" {
		if _, err := rand.Read(raw); err != nil {
			return nil, err
		}
	} else {
		sum := sha256.Sum256([]byte("netmirror lab host key " + seed))
		copy(raw, sum[:])
	}
	return ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(raw))
}

// ParseAuthorized reads keys in authorized_keys form.
func ParseAuthorized(lines []string) ([]ssh.PublicKey, error) {
	var keys []ssh.PublicKey
	for _, l := range lines {
		k, _, _, _, err := ssh.ParseAuthorizedKey([]byte(l))
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// AuthorizedLine is a public key in authorized_keys form.
func AuthorizedLine(k ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(k)))
}
