// Package check judges captured events by a plan. A plan is compiled once into a Checker; each event is then judged in
// one walk over its properties, without allocating as long as it is valid. What is checked is data: see Rules.
//
// The package is pure. A Checker is immutable and safe for concurrent use.
package check
