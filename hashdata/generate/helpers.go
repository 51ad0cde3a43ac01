package main

import "strings"

// Functions of a kubelet stand in k8s.io/component-helpers, too, which is published with each release: some moved there, some were written there.

const helpersModule = "k8s.io/component-helpers"

const firstWithHelpers minor = 20

func ofHelpers(word string) bool { return strings.HasPrefix(word, helpersModule+"/") }

// fetchHelpers is the folder of the helpers of a release; "" where it has none.
func fetchHelpers(p patch) (string, error) {
	if p.minor < firstWithHelpers {
		return "", nil
	}
	found, err := fetchStaging(helpersModule, p)
	return found.Dir, err
}
