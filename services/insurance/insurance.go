// Package insurance holds the vocabulary and the pure rules of social insurance: who is a member and how she is named,
// what a scheme is, what comes in and how it is posted. Nothing here reads a clock, a database or a network: same
// values, same answer. posting.go has the rules that an accountant reads.
package insurance
