// Package containerlab reads what `containerlab deploy` leaves in the folder of a lab and
// what `containerlab inspect` prints, and makes devices, tools and cables of it. Sources:
// srl-labs/containerlab at v0.79.0 (core/export_templates, core/inventory.go,
// cmd/inspect.go, types/types.go, docs/manual/kinds), hellt/vrnetlab for what virtual
// machines serve.
//
// The files hold logins in clear text, and a full export holds private keys: neither is
// ever read into anything. It connects to nothing and stores nothing.
package containerlab
