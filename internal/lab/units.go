package lab

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// BitRate is bits per second. In YAML it is a number or a number with one of
// the decimal suffixes k, M, G, T ("40M", "2.5G").
type BitRate int64

// The rates of the usual interface types.
const (
	Mbps = BitRate(fabric.Mbps)
	Gbps = BitRate(fabric.Gbps)
)

// UnmarshalJSON reads a number, or a text with an optional suffix.
func (r *BitRate) UnmarshalJSON(b []byte) error {
	v, err := parseBitRate(strings.Trim(string(b), `"`))
	if err != nil {
		return fmt.Errorf("%s is not a rate such as 40000000 or \"40M\"", b)
	}
	*r = v
	return nil
}

// UnmarshalYAML reads a number with an optional suffix.
func (r *BitRate) UnmarshalYAML(n *yaml.Node) error {
	v, err := parseBitRate(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: %q is not a rate such as 40M or 1G", n.Line, n.Value)
	}
	*r = v
	return nil
}

func parseBitRate(s string) (BitRate, error) {
	s = strings.TrimSpace(s)
	mult := 1.0
	if s != "" {
		switch s[len(s)-1] {
		case 'k', 'K':
			mult = 1e3
		case 'M', 'm':
			mult = 1e6
		case 'G', 'g':
			mult = 1e9
		case 'T', 't':
			mult = 1e12
		}
		if mult > 1 {
			s = s[:len(s)-1]
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 0 || math.IsNaN(f) || f*mult > 1e15 {
		return 0, fmt.Errorf("%q is not a rate", s)
	}
	return BitRate(f * mult), nil
}

// Duration is a time.Duration written as text ("30ms", "5s") in YAML and JSON.
type Duration time.Duration

// UnmarshalYAML reads Go's duration syntax.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("line %d: %q is not a duration such as 30ms", n.Line, n.Value)
	}
	*d = Duration(v)
	return nil
}

// MarshalJSON writes Go's duration syntax.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads Go's duration syntax.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a duration such as 30ms", s)
	}
	*d = Duration(v)
	return nil
}
