package inventory

import (
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/mirror"
)

// decimal is a number that everybody reads alike.
var decimal = regexp.MustCompile(`^[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

// CheckNumbers refuses numbers in a YAML document that are not plainly decimal,
// each with its line and column. YAML 1.1 reads 0110 as octal 72, YAML 1.2 as
// 110, and people who pad a VLAN mean 110; 0x1F and 1_000 are as doubtful.
func CheckNumbers(document *yaml.Node) error {
	var reasons []mirror.Reason
	seen := map[*yaml.Node]bool{} // an anchor stands in the tree wherever it is used
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		if tag := n.ShortTag(); n.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") && !decimal.MatchString(n.Value) {
			reasons = append(reasons, mirror.Reason{Code: "doubtful-number",
				Message: fmt.Sprintf("line %d, column %d: %s could be read as more than one number; write it in decimal without leading zeros, or in quotes if it is a text", n.Line, n.Column, n.Value)})
		}
		walk(n.Alias)
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(document)
	return mirror.Refuse(mirror.ErrInvalid, reasons)
}
