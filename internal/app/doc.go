// Package app is the only place that knows everything: it opens what the program needs, joins it, runs it and stops it in
// the right order. It also holds the operator's commands. cmd/waymark adds nothing but the process: arguments, signals,
// the exit code.
//
// New acquires and starts no goroutine; Run returns only when everything has stopped. Commands get their output and their
// environment handed in, so that tests run them like the process does.
package app
