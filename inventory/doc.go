// Package inventory reads devices and tools from a file and resolves the
// credentials that they refer to. It knows the domain only: who stores the
// entries and who connects with them is not its business, and no secret that
// it reads is ever kept or shown.
package inventory
