package notify

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

// attribute is what the specification of CloudEvents 1.0.2 says of a context attribute
// (section 3.1), in the JSON format (section 2.2: all of ours are strings).
type attribute struct {
	required bool
	is       func(string) error
}

func nonEmpty(s string) error {
	if s == "" {
		return fmt.Errorf("is empty")
	}
	return nil
}

// cloudEventSchema has every attribute that the specification defines.
var cloudEventSchema = map[string]attribute{
	"specversion": {true, func(s string) error {
		if s != "1.0" {
			return fmt.Errorf("is not 1.0")
		}
		return nil
	}},
	"id": {true, nonEmpty},
	"source": {true, func(s string) error { // a non-empty URI reference
		if _, err := url.Parse(s); err != nil {
			return err
		}
		return nonEmpty(s)
	}},
	"type":    {true, nonEmpty},
	"subject": {false, nonEmpty},
	"time": {false, func(s string) error {
		_, err := time.Parse(time.RFC3339Nano, s)
		return err
	}},
	"datacontenttype": {false, func(s string) error { // RFC 2046
		if !regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+(;.*)?$`).MatchString(s) {
			return fmt.Errorf("is no media type")
		}
		return nil
	}},
	"dataschema": {false, func(s string) error {
		u, err := url.Parse(s)
		if err == nil && !u.IsAbs() {
			err = fmt.Errorf("is no absolute URI")
		}
		return err
	}},
}

// attributeName is how extensions may be called as well (section 3.1).
var attributeName = regexp.MustCompile(`^[a-z0-9]{1,20}$`)

// faultsOfCloudEvent is what the specification has against a body of structured mode.
func faultsOfCloudEvent(body []byte) (faults []string) {
	event := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &event); err != nil {
		return []string{err.Error()}
	}
	_, data := event["data"]
	if _, binary := event["data_base64"]; data && binary {
		faults = append(faults, "data and data_base64")
	}
	for name, a := range cloudEventSchema {
		if _, there := event[name]; a.required && !there {
			faults = append(faults, name+" is missing")
		}
	}
	for name, raw := range event {
		if name == "data" || name == "data_base64" {
			continue
		}
		a, known := cloudEventSchema[name]
		var text string
		switch err := json.Unmarshal(raw, &text); {
		case !attributeName.MatchString(name):
			faults = append(faults, name+" is no name of an attribute")
		case !known:
		case err != nil:
			faults = append(faults, name+" is no string")
		case strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f }): // section 3.1.1
			faults = append(faults, name+" has control characters")
		default:
			if err := a.is(text); err != nil {
				faults = append(faults, name+" "+err.Error())
			}
		}
	}
	return faults
}

// Whatever event there is, its body keeps to the specification of CloudEvents.
func TestEveryBodyIsACloudEvent(t *testing.T) {
	name := rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`)
	n := newNotifier(func(c *Config) {
		c.Encode = func(e mirror.Event) ([]byte, error) { return json.Marshal(map[string]string{"message": e.Message}) }
	})
	n.instance = "5f0c21d8"
	rapid.Check(t, func(rt *rapid.T) {
		e := mirror.Event{Seq: rapid.Int64Min(1).Draw(rt, "seq"), At: time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(rt, "at")),
			Type: rapid.StringMatching(`[A-Z][A-Za-z0-9]{1,62}`).Draw(rt, "type"), Actor: rapid.String().Draw(rt, "actor"), Message: rapid.String().Draw(rt, "message")}
		switch rapid.SampledFrom([]string{"session", "device", "object", "controller", "nothing"}).Draw(rt, "about") {
		case "session":
			e.Session = name.Draw(rt, "name")
		case "device":
			e.Device = name.Draw(rt, "name")
		case "object":
			e.Object = mirror.Object{Kind: rapid.SampledFrom(mirror.EventKinds).Draw(rt, "kind"), Name: name.Draw(rt, "name")}
		case "controller":
			e.Object.Kind = mirror.ObjectController
		}
		body, err := n.cloudEvent(e)
		if err != nil {
			rt.Fatal(err)
		}
		if faults := faultsOfCloudEvent(body); len(faults) > 0 {
			rt.Fatalf("%s: %s", body, faults)
		}
	})
}

// The schema finds what it is there for.
func TestWhatIsNoCloudEvent(t *testing.T) {
	good := `{"specversion":"1.0","id":"1","source":"urn:x","type":"t"}`
	if faults := faultsOfCloudEvent([]byte(good)); len(faults) > 0 {
		t.Error(faults)
	}
	for _, change := range [][2]string{{`"1.0"`, `"0.3"`}, {`"id":"1"`, `"id":""`}, {`"id":"1",`, ``}, {`"type":"t"`, `"type":7`}, {`"type":"t"`, `"type":"t","time":"yesterday"`},
		{`"type":"t"`, `"type":"t","Extension":"x"`}, {`"type":"t"`, `"type":"t","subject":""`}, {`urn:x`, `a\u0001`}, {`"type":"t"`, `"type":"t","data":1,"data_base64":"eA=="`},
		{`"type":"t"`, `"type":"t","dataschema":"relative"`}, {`"type":"t"`, `"type":"t","datacontenttype":"json"`}} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if len(faultsOfCloudEvent([]byte(bad))) == 0 {
			t.Errorf("nothing is wrong with %s", bad)
		}
	}
}
