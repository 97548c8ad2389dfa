// Package inventory reads devices and tools from a file, and the references to
// credentials that the file may hold. It knows the domain only: who stores the
// entries and who connects with them is not its business, and it resolves no
// reference.
package inventory
