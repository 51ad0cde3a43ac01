package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// supportedMinors are those that upstream patches, and a few more whose last patches may still come; older ones have ended.
const supportedMinors = 5

// refreshAll brings every supported minor up to its newest release, and adds the next minor from its newest pre-release once there is one.
// What is up to date is left as it is, so that a second run changes nothing. A minor that fails is told of, and the others go on; a pre-release
// that cannot be had or built is told of, too, and is no failure: nobody runs it yet, and its minor stays as it is.
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
		if changed == "" && err == nil {
			changed, err = standing(m, dir)
		}
		line, wrong := said(changed, err)
		if wrong {
			failed++
			fmt.Fprintf(os.Stderr, "%s: %s\n", m, line)
			continue
		}
		fmt.Printf("%s: %s\n", m, line)
	}
	if failed > 0 {
		return fmt.Errorf("%d minors could not be refreshed, see above", failed)
	}
	return nil
}

// said is the line on a minor, and whether something is wrong with it.
func said(changed string, err error) (line string, wrong bool) {
	switch {
	case errors.As(err, &notYet{}):
		return fmt.Sprintf("its pre-release is not read yet: %v", err), false
	case err != nil:
		return err.Error(), true
	}
	return changed, false
}

// standing is how things are with a minor of which nothing is new.
func standing(m minor, dir string) (string, error) {
	d, err := readDocument(documentPath(dir, m))
	if err != nil {
		return "", err
	}
	if d.Minor == "" {
		return "there is no release and no pre-release of it yet", nil
	}
	read := strings.TrimPrefix(d.Provenance.Gates.Version, "v")
	line := "up to date with " + read
	if listed := d.released(); len(listed) > 0 && listed[len(listed)-1].String() != read {
		line += fmt.Sprintf("; the source of %s, which is listed, cannot be had", listed[len(listed)-1])
	}
	return line, nil
}

// notYet is why a pre-release was not read.
type notYet struct{ error }

func (n notYet) Unwrap() error { return n.error }

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
	did, err := readLast(m, old, dir)
	if err != nil && all[0].pre != "" {
		return "", notYet{err}
	}
	if err != nil {
		return "", err
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

// readLast reads the last release that can be had, where it is not the one on file.
func readLast(m minor, old *document, dir string) (string, error) {
	p, _, err := lastPatch(m, old.released())
	if err != nil || (old.Minor != "" && old.Provenance.Gates.Version == p.kubernetes()) {
		return "", err
	}
	return "read " + p.String(), refresh(p.String(), dir)
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
