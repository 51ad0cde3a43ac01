package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// supportedMinors are those that upstream patches, and a few more whose last patches may still come; older ones have ended.
const supportedMinors = 5

// refreshAll brings every supported minor up to its newest release, and adds the next minor from its newest pre-release once there is one.
// What is up to date is left as it is, so that a second run changes nothing. A minor that fails is told of, and the others go on.
func refreshAll(dir string) error {
	minors, err := onFile(dir)
	if err != nil {
		return err
	}
	if len(minors) == 0 {
		return fmt.Errorf("no minor is on file in %s", dir)
	}
	newest := minors[len(minors)-1]
	failed := 0
	for _, m := range append(minors[max(0, len(minors)-supportedMinors):], newest+1) {
		changed, err := refreshMinor(m, dir, m > newest)
		switch {
		case err != nil:
			failed++
			fmt.Fprintf(os.Stderr, "%s: %v\n", m, err)
		case changed == "":
			fmt.Printf("%s: up to date\n", m)
		default:
			fmt.Printf("%s: %s\n", m, changed)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d minors could not be refreshed, see above", failed)
	}
	return nil
}

// onFile are the minors that have a file, oldest first.
func onFile(dir string) ([]minor, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "v1.*.json"))
	if err != nil {
		return nil, err
	}
	var minors []minor
	for _, path := range paths {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "v"), ".json")
		if p, err := parsePatch(name + ".0"); err == nil {
			minors = append(minors, p.minor)
		}
	}
	sort.Slice(minors, func(i, j int) bool { return minors[i] < minors[j] })
	return minors, nil
}

// refreshMinor says what it did; nothing where there was nothing to do. next: a minor that may not be there yet at all.
func refreshMinor(m minor, dir string, next bool) (string, error) {
	path := documentPath(dir, m)
	old, err := readDocument(path)
	if err != nil {
		return "", err
	}
	all, err := releasesOf(m, old.released())
	if err != nil || (next && len(all) == 0) {
		return "", err
	}
	p, _, err := lastPatch(m, old.released())
	if err != nil {
		return "", err
	}
	did := ""
	if old.Minor == "" || old.Provenance.Gates.Version != p.kubernetes() {
		if err := refresh(p.String(), dir); err != nil {
			return "", err
		}
		did = "read " + p.String()
	}
	if all[0].pre != "" {
		return did, nil
	}
	added, err := addReleases(path, all[0])
	if err != nil || added == "" {
		return did, err
	}
	return strings.TrimPrefix(did+", "+added, ", "), nil
}

// released are the releases on file; of a pre-release there is none.
func (d *document) released() []patch {
	if d.Provisional != nil && d.Provisional.Release != "" {
		return nil
	}
	return d.patches()
}

// addReleases lists releases that there are although their source cannot be had: nothing says that their Go is another.
func addReleases(path string, last patch) (string, error) {
	d, err := readDocument(path)
	if err != nil {
		return "", err
	}
	goes, err := goVersions(d, last)
	if err != nil {
		return "", err
	}
	if len(goes) == len(d.GoVersions) {
		return "", nil
	}
	first := len(d.GoVersions)
	d.GoVersions = goes
	return fmt.Sprintf("listed %s to %s", goes[first].Patch, last), d.write(path)
}
