package main

import "fmt"

// standIns take the place of libraries where these cannot be had; each has no say in how a pod is decoded, printed or hashed, so that what is
// built with it hashes as the release does. Where the real one can be had it is taken. What was built with one says so in its provenance.
var standIns = map[string]module{
	// From 1.38 on only the converter to unstructured objects and the managers of managed fields import it: no pod of ours comes to either.
	"sigs.k8s.io/structured-merge-diff/v7": {Path: "sigs.k8s.io/structured-merge-diff/v6", Version: "v6.4.2"},
}

// replacements are the lines of a go.mod that put stand-ins where a release, by its own go.mod, wants what cannot be had.
func replacements(mod string) string {
	lines := ""
	for _, lib := range sortedKeys(standIns) {
		wanted := chosen(mod, lib)
		if wanted == "" {
			continue
		}
		if _, err := fetch(lib, wanted); err != nil {
			lines += fmt.Sprintf("replace %s => %s %s\n", lib, standIns[lib].Path, standIns[lib].Version)
		}
	}
	return lines
}
