// Package hashes is what both programs print: a line for each container with its two hashes.
package hashes

import (
	"bufio"
	"encoding/json"
	"os"
)

// Line is a container and what kubelets 1.30 and 1.31 record of it.
type Line struct {
	UID       string `json:"uid"`
	Container string `json:"container"`
	Old       string `json:"old"`
	New       string `json:"new"`
}

// Printer writes lines to standard output.
type Printer struct {
	buffer  *bufio.Writer
	encoder *json.Encoder
}

// NewPrinter returns one whose Flush must be called.
func NewPrinter() *Printer {
	buffer := bufio.NewWriterSize(os.Stdout, 1<<16)
	return &Printer{buffer, json.NewEncoder(buffer)}
}

// Print writes a line, or ends the program.
func (p *Printer) Print(line Line) {
	if err := p.encoder.Encode(line); err != nil {
		Fail(err)
	}
}

// Flush writes what is left.
func (p *Printer) Flush() {
	if err := p.buffer.Flush(); err != nil {
		Fail(err)
	}
}

// Fail ends the program.
func Fail(err error) {
	os.Stderr.WriteString(err.Error() + "\n")
	os.Exit(1)
}
