// Package credentials keeps credentials profiles on the controller's host: what
// logs in to switches, and to whom it may be shown. One file holds one profile;
// it is read at each connect, so that a change takes effect at once. It knows
// nothing of devices, and no value that it reads is ever part of an error: errors
// name the profile and the field.
package credentials
