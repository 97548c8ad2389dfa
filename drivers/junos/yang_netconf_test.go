package junos

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/testkit"
)

// yangModules are those of one family with what an analyzer is. Those of ports, VLANs and
// filters are not among them.
var yangModules = []string{"junos-common-types@2024-01-01.yang", "junos-qfx-conf-root@2024-01-01.yang", "junos-qfx-conf-forwarding-options@2024-01-01.yang"}

var otherHierarchies = regexp.MustCompile(`(?s)<(interfaces|vlans|firewall)\b.*?</(?:interfaces|vlans|firewall)>`)

// valid validates configurations of a QFX.
func valid(t *testing.T, documents ...string) error {
	t.Helper()
	return testkit.YANG{Dir: testkit.Shared(t, "yang/juniper"), Modules: yangModules, Args: []string{"-t", "config"}}.ValidateXML(t, documents...)
}

// Every analyzer that is made for the twenty intents is one by Juniper's own model.
func TestEveryPayloadIsOfTheModel(t *testing.T) {
	files, err := filepath.Glob("testdata/contract/netconf/*.txt")
	if err != nil || len(files) != 20 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	var documents []string
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for block := range strings.SplitSeq(string(raw), "--- ") {
			label, text, _ := strings.Cut(block, "\n")
			if !strings.HasPrefix(label, "forward") {
				continue
			}
			text = otherHierarchies.ReplaceAllString(strings.ReplaceAll(text, "/junos-ex/", "/junos-qfx/"), "")
			if strings.Contains(text, "forwarding-options") {
				documents = append(documents, text)
			}
		}
	}
	if len(documents) < 15 {
		t.Fatalf("%d documents", len(documents))
	}
	if err := valid(t, documents...); err != nil {
		t.Error(err)
	}
}

// So is what no intent asks for: a collector of either family, with an origin and DSCP.
func TestRemotePayloadsAreOfTheModel(t *testing.T) {
	for _, e := range []mirror.Options{
		{Collector: "192.0.2.9", ERSPAN: &mirror.ERSPAN{Encapsulation: mirror.EncapGRE, Origin: "192.0.2.1", DSCP: 8}},
		{Collector: "2001:db8::9", ERSPAN: &mirror.ERSPAN{Encapsulation: mirror.EncapGRE, Origin: "2001:db8::1"}, Truncate: 128, Sample: 10},
	} {
		w := want{role: mirror.RoleERSPANSource, sources: "both ge-0/0/1; rx ae5 ge-0/0/2.7 vlan110; tx irb.9", options: e}
		n := mirror.NativeSession{ID: first, Mark: first, Spec: w.spec(t)}
		p, err := RenderNETCONF(qfxYANG, mirror.Observation{}, []mirror.Change{{Mark: first, After: &n}})
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, p.Blocks[0].Text); err != nil {
			t.Error(err)
		}
	}
}

// The model refuses what is broken on purpose, so that it proves something.
func TestBrokenPayloadsAreNotOfTheModel(t *testing.T) {
	payload := func(lines string) string {
		t.Helper()
		edits, err := editsOf(lines)
		if err != nil {
			t.Fatal(err)
		}
		return data.XML(edits, spaces(qfxYANG))
	}
	const a = "set forwarding-options analyzer A "
	good := payload(a + "input ingress interface ge-0/0/1.0\n" + a + "input rate 10\n" + a + "output interface ge-0/0/2.0\n")
	if err := valid(t, good); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"two kinds of outputs": payload(a + "output interface ge-0/0/2.0\n" + a + "output ip-address 192.0.2.9\n"),
		"too large a rate":     payload(a + "input rate 65536\n"),
		"too long a packet":    payload(a + "input maximum-packet-length 9217\n"),
		"DSCP":                 payload(a + "output ip-address 192.0.2.9\n" + a + "output dscp 64\n"),
		"no such element":      strings.ReplaceAll(good, "ingress", "inwards"),
		"no name":              strings.ReplaceAll(good, "<name>A</name>", ""),
		"another namespace":    strings.ReplaceAll(good, "conf/forwarding-options", "conf/forwarding"),
		"the words of before":  payload("set ethernet-switching-options analyzer A ratio 10\n"),
	} {
		if valid(t, bad) == nil {
			t.Errorf("%s is of the model", name)
		}
	}
}
