// Package notify tells events to others: to webhooks, as CloudEvents over HTTP, and to
// syslog servers (RFC 5424) over UDP, TCP and TLS.
//
// Nothing is queued in memory. Each outlet has a cursor in the stored log of events and
// reads on from it in pages, in order, at its own pace: the engine waits for no receiver,
// and a restart goes on where it was. What a receiver has taken is written down after it
// has, at most a second later, so that a crash tells some events again under the ids that
// they had, and never passes over one.
package notify
