//go:build !race

package doctest

const raceDetector = "-race=false"
