package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// What was read by hand of a minor holds as long as what it was read from is as it was. Fingerprints (mirrored.json) tell: a new source of
// which nothing that is mirrored changed is as good as read; what changed is listed as unread in its file, which makes the minor provisional
// until somebody has read it (go run . read 1.37 1.38) and says so (go run . mark 1.38 all).

// takeFingerprints compares a new source with the one that was read last, of the same minor or of the one before, and lists what changed.
func (d *document) takeFingerprints(root string, p patch, dir string) error {
	f, err := readMirrored(dir)
	if err != nil {
		return err
	}
	all, err := listMirrored(programPath)
	if err != nil {
		return err
	}
	prints, err := fingerprintsOf(root, p, all)
	if err != nil {
		return err
	}
	unread := map[string]bool{}
	if d.Provisional != nil {
		for _, key := range d.Provisional.Unread {
			unread[key] = true
		}
	}
	for _, m := range all {
		key := m.key()
		before, known := at(f.Functions[key], p.minor)
		if !known && prints[key] != "" { // mirrored since the others were read
			fmt.Fprintf(os.Stderr, "%s: not in mirrored.json; once this is done: go run . mirrored, with all minors\n", key)
		}
		if known && before != prints[key] {
			unread[key] = true
			f.set(key, p.minor, prints[key])
		}
	}
	f.Read[p.minor.String()] = p.String()
	d.setUnread(sortedKeys(unread))
	return f.write(dir)
}

func (d *document) setUnread(unread []string) {
	before := provisional{}
	if d.Provisional != nil {
		before = *d.Provisional
	}
	before.Unread = unread
	d.Provisional = &before
	if before.Release == "" && len(unread) == 0 {
		d.Provisional = nil
	}
}

// carry gives a new minor the facts of the one before as a start, since most hold on; what they rest on is said as it is: nobody read it here.
func (d *document) carry(before *document, p patch) error {
	var err error
	parts := []struct {
		from, to *raw
		said     *read
		of       read
	}{
		{&before.Manifests, &d.Manifests, &d.Provenance.Manifests, before.Provenance.Manifests},
		{&before.Decisions, &d.Decisions, &d.Provenance.Decisions, before.Provenance.Decisions},
		{&before.Admission, &d.Admission, &d.Provenance.Admission, before.Provenance.Admission},
		{&before.ApiServer, &d.ApiServer, &d.Provenance.ApiServer, before.Provenance.ApiServer},
		{&before.StateFiles, &d.StateFiles, &d.Provenance.StateFiles, before.Provenance.StateFiles},
	}
	for _, part := range parts {
		if *part.to, err = newest(*part.from); err != nil {
			return err
		}
		*part.said = carried(part.of, p, before.Minor)
	}
	d.Places, d.ResizeRecords, d.DriverFallback = before.Places, before.ResizeRecords, before.DriverFallback
	d.KubeletLag, d.NodeMonitorGrace = before.KubeletLag, before.NodeMonitorGrace
	d.Provenance.NodeGrace = carried(before.Provenance.NodeGrace, p, before.Minor)
	d.Provenance.ResizeRecs = carried(before.Provenance.ResizeRecs, p, before.Minor)
	if before.Provenance.Driver != nil {
		driver := carried(*before.Provenance.Driver, p, before.Minor)
		d.Provenance.Driver = &driver
	}
	return nil
}

func carried(of read, p patch, from string) read {
	of.Version, of.Note = p.kubernetes(), fmt.Sprintf("carried from %s: nobody read it here; what changed of what is mirrored stands in provisional", from)
	return of
}

// newest writes out what holds from the newest patch on as the facts of a first release.
func newest(part raw) (raw, error) {
	var facts struct {
		First map[string]raw `json:"first"`
		Later []struct {
			Facts map[string]raw `json:"facts"`
		} `json:"later"`
	}
	if err := decode(part, &facts); err != nil {
		return nil, err
	}
	order, err := keysInOrder(part)
	if err != nil {
		return nil, err
	}
	for _, change := range facts.Later {
		for name, value := range change.Facts {
			if _, known := facts.First[name]; !known {
				order = append(order, name)
			}
			facts.First[name] = value
		}
	}
	var lines []string
	for _, name := range order {
		lines = append(lines, fmt.Sprintf("%q: %s", name, facts.First[name]))
	}
	return raw(fmt.Sprintf(`{"first": {%s}, "later": []}`, strings.Join(lines, ", "))), nil
}

// left are the parts of a file that somebody has to fill in, by their names in it.
func (d *document) left() []string {
	empty := map[string]bool{
		"kubelet_lag": d.KubeletLag == 0, "node_monitor_grace": d.NodeMonitorGrace == 0, "resize_records": d.ResizeRecords == "",
		"manifests": len(d.Manifests) == 0, "decisions": len(d.Decisions) == 0, "admission": len(d.Admission) == 0,
		"api_server": len(d.ApiServer) == 0, "places": len(d.Places) == 0, "state_files": len(d.StateFiles) == 0,
		"internal_pod": d.InternalPod == nil, "gone_gates": d.GoneGates == nil,
	}
	for name, is := range empty {
		if !is {
			delete(empty, name)
		}
	}
	return sortedKeys(empty)
}

// tellLeft says what a file lacks, and what is to be read, with the files to do it in.
func (d *document) tellLeft(path string) {
	name := "hashdata/" + filepath.Base(path)
	if left := d.left(); len(left) > 0 {
		fmt.Fprintf(os.Stderr, "%s lacks %s: fill them in by hand (README.md says from what)\n", name, strings.Join(left, ", "))
	}
	if d.Provisional == nil || len(d.Provisional.Unread) == 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "%s is provisional, for these changed and were read by nobody yet:\n", name)
	for _, key := range d.Provisional.Unread {
		fmt.Fprintf(os.Stderr, "  %s\n", key)
	}
	fmt.Fprintf(os.Stderr, "go run . read A B shows what changed; where facts differ, change them in %s, then: go run . mark %s all\n", name, d.Minor)
}

// printRead prints what changed between two minors, or patches, of what the program mirrors, and nothing else.
func printRead(from, to string, only []string, dir string) error {
	old, oldName, err := sourceOf(from, dir)
	if err != nil {
		return err
	}
	new, newName, err := sourceOf(to, dir)
	if err != nil {
		return err
	}
	all, err := listMirrored(programPath)
	if err != nil {
		return err
	}
	facts, err := readFacts(dir)
	if err != nil {
		return err
	}
	changed := 0
	for _, m := range all {
		a, b := old.of(m), new.of(m)
		if (len(only) > 0 && !slices.Contains(only, m.key())) || fingerprint(a) == fingerprint(b) {
			continue
		}
		changed++
		fmt.Printf("==== %s\n", m.key())
		if read := facts.factsReadIn(m.key()); len(read) > 0 {
			fmt.Printf("facts that are read in it: %s\n", strings.Join(read, ", "))
		}
		if err := printDifference(a, b, oldName, newName); err != nil {
			return err
		}
	}
	fmt.Printf("%d of %d that are mirrored changed from %s to %s\n", changed, len(all), oldName, newName)
	return nil
}

// sourceOf reads the functions of a release, or of the one that a minor's file was read from last.
func sourceOf(arg, dir string) (*functions, string, error) {
	version := "v" + strings.TrimPrefix(arg, "v")
	if p, err := parsePatch(arg + ".0"); err == nil {
		d, err := readDocument(documentPath(dir, p.minor))
		if err != nil {
			return nil, "", err
		}
		if d.Minor == "" {
			return nil, "", fmt.Errorf("%s is not on file; name a release, such as %s.0", arg, arg)
		}
		version = d.Provenance.Gates.Version
	}
	source, err := fetch("k8s.io/kubernetes", version)
	if err != nil {
		return nil, "", err
	}
	at, err := parsePatch(version)
	if err != nil {
		return nil, "", err
	}
	helpers, err := fetchHelpers(at)
	if err != nil {
		return nil, "", err
	}
	read, err := readFunctions(source.Dir, helpers)
	return read, version, err
}

// printDifference compares function by function, so that of a whole file only those are shown that changed.
func printDifference(old, new []function, oldName, newName string) error {
	a, b := texts(old), texts(new)
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	for _, name := range sortedKeys(names) {
		if a[name].tree == b[name].tree {
			continue
		}
		if err := printDiff(a[name].text, b[name].text, oldName+" "+name, newName+" "+name); err != nil {
			return err
		}
	}
	return nil
}

type printed struct{ tree, text string }

func texts(found []function) map[string]printed {
	all := map[string]printed{}
	for _, one := range found {
		name := one.name
		all[name] = printed{all[name].tree + normalised(one.node), all[name].text + print(newFiles(), one.node) + "\n"}
	}
	return all
}

func printDiff(old, new, oldName, newName string) error {
	folder, err := os.MkdirTemp("", "read-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for name, text := range map[string]string{"a": old, "b": new} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	out, err := exec.Command("diff", "-u", "--label", oldName, "--label", newName, filepath.Join(folder, "a"), filepath.Join(folder, "b")).Output()
	if exit, ok := err.(*exec.ExitError); err != nil && (!ok || exit.ExitCode() > 1) {
		return fmt.Errorf("diff: %w", err)
	}
	fmt.Print(string(out))
	return nil
}

// mark says that somebody read functions that changed: their facts are as the file has them now. All: every one that is listed.
func mark(args []string, dir string) error {
	if len(args) < 2 {
		return fmt.Errorf("%s", usage)
	}
	p, err := parsePatch(args[0] + ".0")
	if err != nil {
		return err
	}
	path := documentPath(dir, p.minor)
	d, err := readDocument(path)
	if err != nil {
		return err
	}
	if d.Provisional == nil || len(d.Provisional.Unread) == 0 {
		return fmt.Errorf("nothing of %s is unread", args[0])
	}
	left := []string{}
	for _, key := range d.Provisional.Unread {
		if args[1] != "all" && !slices.Contains(args[1:], key) {
			left = append(left, key)
		}
	}
	for _, key := range args[1:] {
		if key != "all" && !slices.Contains(d.Provisional.Unread, key) {
			return fmt.Errorf("%q is not listed as unread; these are: %s", key, strings.Join(d.Provisional.Unread, "; "))
		}
	}
	sort.Strings(left)
	marked := map[string]bool{}
	for _, key := range d.Provisional.Unread {
		marked[key] = !slices.Contains(left, key)
	}
	if d.setUnread(left); len(left) == 0 {
		d.noteRead()
	}
	if err := d.write(path); err != nil {
		return err
	}
	d.tellLeft(path)
	return recordMarked(p.minor, marked, dir)
}

// recordMarked says of the facts that are read in what was marked that they are as the file has them.
func recordMarked(m minor, marked map[string]bool, dir string) error {
	f, err := readFacts(dir)
	if err != nil {
		return err
	}
	said, err := recordFacts(m, func(fact string) bool {
		return slices.ContainsFunc(f.readIn(fact), func(key string) bool { return marked[key] })
	}, dir)
	if err != nil || len(said) == 0 {
		return err
	}
	fmt.Printf("you say of %s, having read that, that\n  %s\n", m, strings.Join(said, "\n  "))
	return nil
}

// noteRead says of what was carried that it is read now.
func (d *document) noteRead() {
	said := []*read{&d.Provenance.Manifests, &d.Provenance.Decisions, &d.Provenance.Admission, &d.Provenance.ApiServer,
		&d.Provenance.StateFiles, &d.Provenance.NodeGrace, &d.Provenance.ResizeRecs, d.Provenance.Driver}
	for _, one := range said {
		if one != nil && strings.HasPrefix(one.Note, "carried from ") {
			from, _, _ := strings.Cut(strings.TrimPrefix(one.Note, "carried from "), ":")
			one.Note = fmt.Sprintf("carried from %s, whose mirrored functions are the same here but for those that changed, which were read by hand", from)
		}
	}
}
