// Package api is netmirror's REST API: chi routes, huma declares the
// operations and makes the OpenAPI document, and this package decodes strictly,
// calls the engine and encodes. One file per resource holds its types, routes
// and handlers.
//
// It holds no business rule, knows no platform and no store, and imports of
// ours only engine and mirror. Wire types are its own, so that the domain may
// change without the API changing. Nothing a client sent and nothing secret is
// ever echoed in an error.
package api
