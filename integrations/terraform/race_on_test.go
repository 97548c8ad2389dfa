//go:build race

package main

// The programs are built as the test is, from what is compiled already.
const raceDetector = "-race=true"
