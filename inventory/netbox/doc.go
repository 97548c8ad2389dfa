// Package netbox reads devices, their platforms, addresses and cables from NetBox over its
// REST interface, and makes entries of them. Sources: netbox-community/netbox at 4.6.8
// (netbox/dcim/api, netbox/netbox/api/pagination.py, netbox/users/api).
//
// It reads alone, and as little as it needs: a token that may only view devices, interfaces
// and platforms is enough. The token is sent to the configured host and to nobody else.
// Decoding is tolerant: a newer version has fields and values that nobody knows yet.
package netbox
