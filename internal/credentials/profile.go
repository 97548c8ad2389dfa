package credentials

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Profile is what a profile's file holds: a login, or what an SNMP agent is shown.
// Every field but For and the protocols of SNMP is a value, or a reference: env:NAME
// for a variable of the controller's environment, file:/PATH for a file on its host. A
// value that looks like a reference is written behind "value:", see Literal.
type Profile struct {
	For      mirror.Bindings `yaml:"for,flow"`
	Username string          `yaml:"username,omitempty"`
	Password string          `yaml:"password,omitempty"`
	Enable   string          `yaml:"enable,omitempty"`
	Key      string          `yaml:"key,omitempty"` // private key, PEM
	SNMP     SNMP            `yaml:"snmp,omitempty"`
}

const literal = "value:"

// Literal writes a value so that it is not taken for a reference.
func Literal(v string) string {
	for _, p := range []string{"env:", "file:", literal} {
		if strings.HasPrefix(v, p) {
			return literal + v
		}
	}
	return v
}

// A field of a profile, by the name that errors use.
type field struct{ name, text string }

func (p Profile) fields() []field {
	return append([]field{{"user name", p.Username}, {"password", p.Password}, {"enable secret", p.Enable}, {"private key", p.Key}}, p.SNMP.fields()...)
}

// Validate lists what is wrong with a profile, without any value of it.
func (p Profile) Validate() []mirror.Reason {
	var out []mirror.Reason
	for _, r := range p.For.Validate() {
		r.Pointer = "/for" + r.Pointer
		out = append(out, r)
	}
	switch {
	case p.SNMP == SNMP{}:
		if p.Username == "" {
			out = append(out, mirror.Reason{Pointer: "/username", Code: "missing", Message: "a user name is needed"})
		}
		if p.Password == "" && p.Key == "" {
			out = append(out, mirror.Reason{Pointer: "/password", Code: "missing", Message: "a password or a private key is needed"})
		}
	case p.Username+p.Password+p.Enable+p.Key != "":
		// A pause of the one would be a pause of the other.
		out = append(out, mirror.Reason{Pointer: "/snmp", Code: "contradiction", Message: "a profile is of a login or of SNMP, not of both: make two"})
	default:
		out = append(out, p.SNMP.validate()...)
	}
	for _, f := range p.fields() {
		if reference(f.text) && !mirror.ValidReference(f.text) {
			out = append(out, mirror.Reason{Code: "bad-reference", Message: f.name + ": a reference is env:NAME or file:/PATH"})
		}
	}
	return out
}

func reference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:")
}

// yamlLine finds the one part of the decoder's words that holds no value.
var yamlLine = regexp.MustCompile(`line \d+`)

// parse reads the content of a profile's file.
func parse(raw []byte) (p Profile, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&p); errors.Is(err, io.EOF) {
		return p, problem("the file is empty")
	} else if err != nil {
		at := yamlLine.FindString(err.Error())
		if at == "" {
			at = "the file"
		}
		return p, problem(at + " is not understood: a profile has the fields for (a list), username, password, enable and key, or for and snmp, " +
			"with community, or username, auth, authPassword, privacy and privacyPassword")
	}
	if reasons := p.Validate(); len(reasons) > 0 {
		texts := make([]string, len(reasons))
		for i, r := range reasons {
			texts[i] = r.Message
		}
		return p, problem(strings.Join(texts, "; "))
	}
	return p, nil
}

func (p Profile) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(p); err != nil {
		return nil, err
	}
	return b.Bytes(), enc.Close()
}

// resolve gives the value of one field. The error names neither the variable nor
// the file: a value written like a reference by mistake would be shown.
func resolve(text string, env func(string) (string, bool)) (mirror.Secret, error) {
	if v, ok := strings.CutPrefix(text, literal); ok {
		return mirror.NewSecret(v), nil
	}
	if name, ok := strings.CutPrefix(text, "env:"); ok {
		v, found := env(name)
		if !found || v == "" {
			return mirror.Secret{}, problem("the variable that it refers to is not set for the controller")
		}
		return mirror.NewSecret(v), nil
	}
	path, ok := strings.CutPrefix(text, "file:")
	if !ok {
		return mirror.NewSecret(text), nil
	}
	raw, _, err := readPrivate(path)
	if err != nil {
		return mirror.Secret{}, fmt.Errorf("what it refers to: %w", err)
	}
	v := strings.TrimRight(string(raw), "\r\n")
	if v == "" {
		return mirror.Secret{}, problem("the file that it refers to is empty")
	}
	return mirror.NewSecret(v), nil
}

// login resolves a profile, telling every fault at once.
func (p Profile) login(env func(string) (string, bool)) (mirror.Login, error) {
	l := mirror.Login{For: p.For, SNMP: mirror.SNMPLogin{Auth: p.SNMP.Auth, Privacy: p.SNMP.Privacy}}
	var faults []error
	for i, into := range []*mirror.Secret{&l.Username, &l.Password, &l.Enable, &l.Key,
		&l.SNMP.Community, &l.SNMP.Username, &l.SNMP.AuthPassword, &l.SNMP.PrivacyPassword} {
		f := p.fields()[i]
		if f.text == "" {
			continue
		}
		v, err := resolve(f.text, env)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", f.name, err))
		}
		*into = v
	}
	if strings.ContainsFunc(l.Username.Reveal(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
		faults = append(faults, problem("user name: it holds a line break or another control character"))
	}
	if len(faults) == 0 {
		faults = checkSNMP(l.SNMP)
	}
	texts := make([]string, len(faults))
	for i, f := range faults {
		texts[i] = f.Error()
	}
	if len(faults) > 0 {
		return mirror.Login{}, problem(strings.Join(texts, "; "))
	}
	return l, nil
}

// stamp tells whether a profile or a file that it refers to was changed. It is
// made of times and sizes, never of values. A variable cannot change while the
// controller runs.
func (p Profile) stamp(of string) string {
	sum := sha256.New()
	fmt.Fprintln(sum, of)
	for _, f := range p.fields() {
		path, ok := strings.CutPrefix(f.text, "file:")
		if !ok {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintln(sum, state(info))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
