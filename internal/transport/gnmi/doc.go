// Package gnmi asks and configures devices by gNMI (openconfig/gnmi, over gRPC). Its
// verbs are those of gnmic's pkg/api, Capabilities, Get, Set and Subscribe, so that this
// could be exchanged for it; gnmic's own module is not to be had here, and the wire
// itself comes from openconfig/gnmi and grpc-go.
//
// What they leave to their callers is done here. There is one connection, which is never
// made anew behind the caller's back, so that it is known whether a request was sent.
// The server proves itself before it is shown the login, and what goes wrong in that has
// a plain sentence. Every request has a deadline and every reply a limit. An error is of
// one of the kinds of package mirror, in the device's words, with nothing of the login.
package gnmi
