// Package client speaks netmirror's REST API.
//
//	c, err := client.New(client.Options{URL: "https://netmirror.example.net:8420", TokenFile: "/etc/netmirror/token"})
//	...
//	session, err := c.GetSession(ctx, "watch-alice")
//
// Types and calls are generated from the API's OpenAPI document: one method for
// each operation, named after it, with its parameters in a struct of options. What
// is written by hand stands around them: errors, pages, waiting, retries.
//
// # Reading and writing
//
// A resource has a name, a spec (what PUT takes) and a status (what became of it).
// An answer that bears an ETag or may have several statuses comes as an [Answer]:
//
//	a, err := c.PutSession(ctx, "watch-alice", spec, client.PutSessionOptions{IfMatch: etag})
//	// a.Value, a.Status, a.ETag, a.Operation
//
// A PUT with the spec that is stored already changes nothing. IfMatch writes only
// if nobody else wrote since the ETag was read, IfNoneMatch "*" only creates;
// otherwise the error's Status is 412. PATCH takes a merge patch, which
// [MergePatch] makes from two specs. A DryRun call answers with what would be done.
//
// What a spec leaves out is not the same as zero: numbers and bools that may be
// left out are pointers (new(true), new(int64(64))), strings that are empty and
// lists that are nil are left out. Enumerations in answers are open: tolerate values that you do
// not know.
//
// # Rollouts
//
// A write of a session is accepted (status 202) before the devices have it. Give
// Wait in the options, so that the controller waits first, and then [Settle]:
//
//	a, err := c.PutSession(ctx, name, spec, client.PutSessionOptions{Wait: 30 * time.Second})
//	if err == nil {
//		_, err = client.Settle(ctx, c, a)
//	}
//	session, err := c.GetSession(ctx, name) // status.phase and status.conditions say how it went
//
// An operation that has ended says nothing of how: see the state of the
// [Operation], and the phase of the session.
//
// # Errors
//
// A request that was refused is a *[Problem] (errors.As): its code is stable, and
// Errors holds every reason with its place in what was sent. [HasCode] asks for a
// code, [IsNotFound] for what is not there. After an [*Unreachable] nothing was
// asked. Every other error means that there was no answer that could be understood: nobody
// knows what became of the request.
//
// # Deadlines and retries
//
// Every call ends with its context; without a deadline of its own a request may
// take [Options].Timeout. A connection that could not be made is tried again, and so are idempotent
// requests (GET, HEAD, PUT, DELETE) that the controller had no place for (429 or 503
// with Retry-After). Nothing else is repeated.
package client
