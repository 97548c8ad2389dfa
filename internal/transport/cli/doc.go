// Package cli talks to the command line of a device over SSH: it opens a
// shell, runs show commands, pushes blocks of configuration lines, and tells
// which answer belongs to which line. It knows prompts, echoes and modes; it
// must not know what a command means, must not retry, and must not log: it
// returns replies, or errors of the kinds in mirror.
//
// # What comes from scrapligo
//
// Platform knowledge is scrapligo's: prompt patterns, privilege levels and how
// to change them, the commands to send after login, failure texts (LoadPlatform).
// What scrapligo lacks is in Dialect. Transport is a scrapligo
// transport.Implementation, so a stock scrapligo driver can run over it.
//
// scrapligo's channel is not used, because four things in it cannot be made
// right from outside (v1.4.3, channel/read.go):
//
//   - Read looks at the closed signal before its queue, so what a device said
//     just before it hung up ("% Authorization failed") is lost;
//   - every carriage return is deleted on arrival, and escape sequences are
//     removed chunk by chunk: a wrapped or redrawn echo, an erased pager line,
//     or a sequence cut by a packet border can then not be recognised;
//   - waiting is polling: 250 µs between looks, half a core for 1000 waiting
//     sessions;
//   - a line of output that looks like a prompt ends the reply.
//
// # When a reply is complete
//
// Each write ends with a comment line that carries a nonce. A reply is complete
// when the device has echoed that line behind a prompt, and then printed the
// same prompt again at the start of a line. The prompt was learned exactly at
// login, the nonce cannot be foreseen by any output, and the marker alone is
// never enough, because a terminal may echo typed-ahead text before it runs it.
// Several show commands share one write, each followed by its own marker, so
// that no output can pass for the border between two replies.
//
// That a comment line is silently accepted is documented usage on the platforms
// in the dialect table; a device that answers it with a refusal is understood
// too. Whether every real device buffers typed-ahead lines is not proven:
// writes are short (Config.MaxLines, mirror.Tuning.MaxWriteBytes) and
// mirror.Tuning.TypeAhead turns block writes off.
//
// # Staying in configuration
//
// Behind a block that stays (Block.Stay) the connection is in configuration mode between
// calls. Run is typed there then, behind markers of that mode and exactly the prompt that
// was read there. What commits, and what leads out, is typed by Converse: one line at a
// time, without a marker, silent for as long as the write may take; the questions that were
// agreed are answered, every other one breaks the connection.
//
// # Credentials
//
// The connection, and who may see the credentials, is the business of package ssh.
// The user's name is replaced in what is said about logging in and in prompts, not
// in what the device says later.
//
// # Broken connections
//
// After a timeout, a cancelled context, a pager, or a reply that cannot be told
// apart, nobody knows what the device will still say. The connection is then
// closed and every later call fails with mirror.ErrUnreachable; the caller
// opens a new one.
package cli
