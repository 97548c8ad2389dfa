package notify

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TypePrefix begins the types of CloudEvents.
const TypePrefix = "dev.netmirror."

// mediaCloudEvent is that of structured content mode (CloudEvents 1.0, HTTP protocol
// binding, section 3.2).
const mediaCloudEvent = "application/cloudevents+json; charset=utf-8"

// A cloudEvent is an event in the JSON format of CloudEvents 1.0.
type cloudEvent struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject,omitempty"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// eventID is the same whenever the same event is told. Its time is in it because a
// database that was put back from a backup gives numbers again, to other events.
func eventID(e mirror.Event) string { return fmt.Sprintf("%d-%x", e.Seq, e.At.UnixMicro()) }

// cloudEvent is an event as a receiver is told it.
func (n *Notifier) cloudEvent(e mirror.Event) ([]byte, error) {
	data, err := n.cfg.Encode(e)
	if err != nil {
		return nil, fmt.Errorf("event %d: %w", e.Seq, err)
	}
	n.mu.Lock()
	instance := n.instance
	n.mu.Unlock()
	out := cloudEvent{SpecVersion: "1.0", ID: eventID(e), Source: "urn:netmirror:" + instance, Type: TypePrefix + e.Type, Time: e.At.UTC(),
		DataContentType: "application/json", Data: data}
	if o := e.About(); o.Kind != "" {
		out.Subject = o.Kind
		if o.Name != "" {
			out.Subject += "/" + o.Name
		}
	}
	return json.Marshal(out)
}
