package main

import (
	_ "embed"
	"fmt"
	"io"
)

// The fabric over which the README's "Over several switches" is typed, and the devices of
// it as apply takes them.
var (
	//go:embed example_fabric.yaml
	exampleFabric string
	//go:embed example_devices.yaml
	exampleDevices string
)

// printExample writes what lab --example asks for.
func printExample(what string, out io.Writer) error {
	text, known := map[string]string{"fabric": exampleFabric, "devices": exampleDevices}[what]
	if !known {
		return usage("there is no example %q: --example, or --example=devices", what)
	}
	_, err := io.WriteString(out, text)
	if err != nil {
		return fmt.Errorf("the example: %w", err)
	}
	return nil
}
