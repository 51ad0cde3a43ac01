// Command generate writes hashdata/v1.NN.json: what one Kubernetes minor says about its API types and its container hash.
//
//	go run . 1.38            refresh or add a minor, from the last patch that can be had
//	go run . 1.38.0          the same, from that patch
//	go run . gates 1.38      read the feature gates of a minor that is on file again
//	go run . gone 1.8 … 1.38 likewise which gates of earlier minors are gone, and whether on or off for good; nothing is fetched for it
//	go run . options 1.38    likewise what its kubelet can be told (options.json), and which flags it dropped
//	go run . internal 1.38   likewise how it makes UIDs of static pods, and what its internal types have otherwise than the published ones
//	go run . refresh         bring the supported minors up to their newest releases, and add the next minor from its newest pre-release
//	go run . read 1.37 1.38  print what changed of what the program mirrors, between two minors on file or two releases
//	go run . mark 1.38 all   say that what is listed as unread was read, and that the facts in the file are right
//	go run . facts 1.38 FACT say of single facts that they were read as the file has them, though no function changed that they are read in
//	go run . mirrored 1.8 …  take the fingerprints of what the program mirrors, after its docstrings name something new
//	go run . oracle 1.22.17  print the path of a binary that hashes containers with that patch's code, built if need be
//
// Everything is read from published Go modules: k8s.io/kubernetes for the hash functions, k8s.io/api for the types. The hashes
// are made by upstream's own functions, lifted out of their file at build time and compiled with the Go of that minor's era.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const usage = `usage: go run . MINOR|PATCH ...          write ../v1.NN.json, such as 1.30 or 1.30.14
       go run . gates MINOR ...         read the feature gates again, nothing else
       go run . gone MINOR ...          likewise what became of gates that are gone, out of the files of the minors before; oldest first
       go run . options MINOR ...       likewise flags and fields of the configuration, into ../options.json
       go run . internal MINOR ...      likewise the internal types of a pod, and the UID made of them
       go run . refresh                 bring supported minors up to date, and add the next one once it has a pre-release
       go run . read A B [FUNCTION ...] print what changed of what is mirrored, between two minors or releases
       go run . mark MINOR all|FUNCTION ...  say that what is listed as unread was read
       go run . facts MINOR all|FACT ...     say of facts that they were read as the file has them (facts.json)
       go run . mirrored MINOR ...      take the fingerprints of what is mirrored again
       go run . oracle PATCH            print the path of a built oracle
`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s", usage)
	}
	if args[0] == "oracle" {
		if len(args) != 2 {
			return fmt.Errorf("%s", usage)
		}
		return printOracle(args[1])
	}
	switch args[0] {
	case "mirrored":
		return refreshMirrored(args[1:], "..")
	case "facts":
		return refreshFacts(args[1:], "..")
	case "mark":
		return mark(args[1:], "..")
	case "refresh":
		return refreshAll("..")
	case "read":
		if len(args) < 3 {
			return fmt.Errorf("%s", usage)
		}
		return printRead(args[1], args[2], args[3:], "..")
	}
	again := refresh
	if parts := map[string]func(arg, dir string) error{"gates": refreshGates, "gone": refreshGone, "internal": refreshInternalPod, "options": refreshOptions}; parts[args[0]] != nil {
		again, args = parts[args[0]], args[1:]
	}
	for _, arg := range args {
		if err := again(arg, ".."); err != nil {
			return fmt.Errorf("%s: %w", arg, err)
		}
	}
	return nil
}

func printOracle(arg string) error {
	p, err := parsePatch(arg)
	if err != nil {
		return err
	}
	old, err := readDocument(documentPath("..", p.minor))
	if err != nil {
		return err
	}
	goes, err := goVersions(old, p)
	if err != nil {
		return err
	}
	built, err := buildOracle(p, goes)
	if err != nil {
		return err
	}
	fmt.Println(built.path)
	return nil
}

func documentPath(dir string, m minor) string { return filepath.Join(dir, "v"+m.String()+".json") }
