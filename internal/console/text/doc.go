// Package text reads what command lines print: lines without the noise of a
// terminal, columns, names and lists of ports, lists of VLANs. It knows no
// platform's words, those come in as tables; it must not know what a line means,
// and does no I/O.
package text
