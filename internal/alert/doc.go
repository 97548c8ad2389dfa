// Package alert reads alerts of other programs and picks out of them what a trigger asks
// for. It takes whatever comes: bodies are bounded in size, depth and number, and what is
// none of its format is refused with all reasons. It does no I/O and decides nothing.
package alert
