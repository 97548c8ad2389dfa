// Package ssh connects to a program of a device over SSH: host keys pinned or strict, a
// jump host, the algorithms of old switches, credentials behind the login's gate,
// keepalives, deadlines. It knows nothing of what the program says.
//
// # Credentials
//
// A login is shown to a server whose address it is bound to, which is checked in
// the moment of connecting, and once the server has proved its host key and the
// login's gate has let it in: the user's name is sent right after the key exchange.
package ssh
