// The probe runs inside the Go of one Kubernetes minor, with that minor's API types and the kubelet's own hash functions, and
// says what they do. Two uses:
//
//	probe describe   writes the field tree of Pod and containers made from it by reflection
//	probe            answers requests line by line: the oracle
//
// It must compile with every Go from 1.13 on: no generics, no embed, no "any". What differs between minors is in glue.go, which
// the generator writes: sum (the kubelet's HashContainer), sumWithoutResources (nil where that function does not exist) and observe
// (sees what DeepHashObject is given).
package main

import (
	"fmt"
	"os"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 1:
		err = serve(os.Stdin, os.Stdout)
	case len(os.Args) == 2 && os.Args[1] == "describe":
		err = describe(os.Stdout)
	default:
		err = fmt.Errorf("usage: %s [describe]", os.Args[0])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
