package ovs

import (
	"encoding/json"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// ParseReply reads a server's reply to readOps for each bridge in it.
func ParseReply(text []byte) error {
	var results []ovsdb.Result
	if err := json.Unmarshal(text, &results); err != nil {
		return fmt.Errorf("%w: %w", mirror.ErrParse, err) // the transport's part
	}
	r, err := decodeReading(results)
	if err != nil {
		return err
	}
	for _, b := range r.bridges {
		name, err := b.String("name")
		if err != nil {
			return err
		}
		if _, err := r.observe(name); err != nil {
			return err
		}
	}
	return nil
}
