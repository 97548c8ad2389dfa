//go:build race

package doctest

// The program is built as the test is, from what is compiled already.
const raceDetector = "-race=true"
