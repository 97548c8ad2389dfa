// Package store keeps what must outlive the process in one embedded SQLite
// file: intents and their status, the ledger of native sessions, operations,
// events, claims, the journal and tokens. It implements mirror.Store.
//
// Records are JSON documents in a column, beside the key and the columns that
// queries need. The SQL is held to what SQLite and PostgreSQL share ($1
// parameters, TEXT and BIGINT, ON CONFLICT, RETURNING), and ids and times come
// from Go, so that a second implementation can reuse it. What SQLite alone
// needs (pragmas, files, locks) is in open.go, lock.go and backup.go.
//
// The package must not decide anything: no rule of the domain, no retry of a
// device, no clock. It knows no package of ours but mirror.
package store
