package inventory

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/mirror"
)

// references are what an inventory file may say in place of a profile's name:
// it is a file of the controller's host, so that it may name variables and
// files of it.
type references struct {
	Username string `json:"username"`
	Password string `json:"password"`
	Enable   string `json:"enable"`
	Key      string `json:"key"`
	// SNMP is of transports.counters; its user name and protocols may be plain.
	SNMP credentials.SNMP `json:"snmp"`
}

// lifter takes the references out of the tree of an inventory file and leaves
// the names of profiles in their place, which are kept in memory alone.
type lifter struct {
	profiles map[string]credentials.Profile
	reasons  []mirror.Reason
}

func (l *lifter) add(at, code, format string, args ...any) {
	l.reasons = append(l.reasons, mirror.Reason{Pointer: at, Code: code, Message: fmt.Sprintf(format, args...)})
}

// lift changes the tree. Same references are one profile, bound to the addresses
// of everything that uses them: one wrong password is one wrong password.
func (l *lifter) lift(tree any) {
	root, _ := tree.(map[string]any)
	devices, _ := root["devices"].([]any)
	for i, d := range devices {
		device, _ := d.(map[string]any)
		transports, _ := device["transports"].(map[string]any)
		for name, t := range transports {
			transport, ok := t.(map[string]any)
			if !ok {
				continue
			}
			at := fmt.Sprintf("/devices/%d/transports/%s", i, name)
			address, _ := transport["address"].(string)
			addresses := []string{address}
			switch jump := transport["jumpHost"].(type) {
			case string:
				l.add(at+"/jumpHost", "wrong-type", "must be {address: host[:port], credentials: ...}")
				delete(transport, "jumpHost")
			case map[string]any:
				address, _ := jump["address"].(string)
				if host, _, err := net.SplitHostPort(address); err == nil {
					address = host
				}
				addresses = append(addresses, address)
				l.place(at+"/jumpHost", jump, address)
			}
			l.place(at, transport, addresses...)
		}
	}
}

// place puts a profile's name in the place of references. The addresses are those
// that it is shown to, or could be: the server's, and that of the jump host before it.
func (l *lifter) place(at string, in map[string]any, addresses ...string) {
	text, ok := in["credentials"].(map[string]any)
	if !ok {
		return
	}
	delete(in, "credentials")
	if strings.HasPrefix(strings.TrimPrefix(addresses[0], "unix:"), "/") {
		l.add(at+"/credentials", "unsupported", "a socket has no login")
		return
	}
	refs, err := decodeReferences(text)
	if err != nil {
		l.add(at+"/credentials", "bad-references", "must be the name of a profile, or have the fields username, password, enable and key, or snmp")
		return
	}
	before := len(l.reasons)
	for _, f := range []struct{ name, text string }{{"password", refs.Password}, {"enable", refs.Enable}, {"key", refs.Key},
		{"snmp/community", refs.SNMP.Community}, {"snmp/authPassword", refs.SNMP.AuthPassword}, {"snmp/privacyPassword", refs.SNMP.PrivacyPassword}} {
		if f.text != "" && !mirror.ValidReference(f.text) {
			l.add(at+"/credentials/"+f.name, "not-a-reference", "must be a reference, env:NAME or file:/PATH")
		}
	}
	p := credentials.Profile{Username: refs.Username, Password: refs.Password, Enable: refs.Enable, Key: refs.Key, SNMP: refs.SNMP}
	for _, a := range addresses {
		p.For = append(p.For, strings.Trim(a, "[]"))
	}
	if len(l.reasons) == before {
		for _, r := range p.Validate() {
			if strings.HasPrefix(r.Pointer, "/for") {
				return // the address is at fault, which is told of itself
			}
			l.add(at+"/credentials"+r.Pointer, r.Code, "%s", r.Message)
		}
	}
	if len(l.reasons) > before {
		return
	}
	name := nameOf(refs)
	in["credentials"] = name
	if known, ok := l.profiles[name]; ok {
		more := p.For
		p.For = known.For
		for _, a := range more {
			if !slices.Contains(p.For, a) {
				p.For = append(p.For, a)
			}
		}
	}
	l.profiles[name] = p
}

func decodeReferences(text map[string]any) (refs references, err error) {
	raw, err := json.Marshal(text)
	if err != nil {
		return refs, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&refs); err != nil && !errors.Is(err, io.EOF) {
		return refs, err
	}
	return refs, nil
}

var noWord = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf is the same for the same references, at every start.
func nameOf(refs references) string {
	text := cmp.Or(refs.Password, refs.Key, refs.SNMP.Community, refs.SNMP.AuthPassword)
	_, text, _ = strings.Cut(text, ":")
	word := strings.Trim(noWord.ReplaceAllString(strings.ToLower(text[strings.LastIndexByte(text, '/')+1:]), "-"), "-")
	if len(word) > 40 {
		word = strings.Trim(word[:40], "-")
	}
	// Without SNMP the names are those of earlier versions, to which pauses belong.
	told := fmt.Appendf(nil, "%q", struct{ Username, Password, Enable, Key string }{refs.Username, refs.Password, refs.Enable, refs.Key})
	if (refs.SNMP != credentials.SNMP{}) {
		told = fmt.Appendf(told, "%q", refs.SNMP)
	}
	sum := sha256.Sum256(told)
	return mirror.InventoryProfile + strings.TrimPrefix(word+"-"+hex.EncodeToString(sum[:3]), "-")
}
