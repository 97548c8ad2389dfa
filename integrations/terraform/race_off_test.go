//go:build !race

package main

const raceDetector = "-race=false"
