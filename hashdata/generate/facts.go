package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What a person read out of sources stands in the files of the minors, and in facts.json beside what it was read in: a value, and since which
// release it is so. A fact may change only where something that it is read in did, and a file that says another thing than what was read is
// found out (tests/hashdata/test_facts.py). Whoever marks functions as read says so of the facts that are read in them, too.

// factsFile is facts.json. ReadIn: by fact, or by the beginning of several, what of mirrored.json it is read in. Elsewhere: by fact and minor,
// where a change was read that nothing in mirrored.json shows.
type factsFile struct {
	FormatVersion string                       `json:"format_version"`
	ReadIn        map[string][]string          `json:"read_in"`
	Elsewhere     map[string]map[string]string `json:"elsewhere"`
	Facts         map[string][]factState       `json:"facts"`
}

// factState is what a fact is since a release, null where it is not there.
type factState struct {
	Since string `json:"since"`
	Is    raw    `json:"is"`
}

// sets are lists whose entries are facts of their own: each is there or not.
var sets = []string{"refuses", "safe_sysctls", "scheduling_features", "field_paths"}

const factDepth = 3 // state_files.cpu_manager_state.formats

func factsPath(dir string) string { return filepath.Join(dir, "facts.json") }

func readFacts(dir string) (*factsFile, error) {
	text, err := os.ReadFile(factsPath(dir))
	if err != nil {
		return nil, err
	}
	f := &factsFile{}
	return f, json.Unmarshal(text, f)
}

func (f *factsFile) write(dir string) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(f); err != nil {
		return err
	}
	at := factsPath(dir)
	if err := os.WriteFile(at+".part", text.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(at+".part", at)
}

// readIn is what a fact is read in: what is said of the longest beginning of its name.
func (f *factsFile) readIn(fact string) []string {
	for name := fact; ; {
		if in, said := f.ReadIn[name]; said {
			return in
		}
		dot := strings.LastIndex(name, ".")
		if dot < 0 {
			return nil
		}
		name = name[:dot]
	}
}

// factsOf are the facts of a file, each with what it is from the minor's first release on, and from later ones.
func factsOf(d *document) (map[string][]factState, error) {
	first := d.Minor + ".0"
	all := map[string][]factState{
		"resize_records":        {{first, quoted(d.ResizeRecords)}},
		"kubelet_lag":           {{first, quoted(d.KubeletLag)}},
		"node_monitor_grace":    {{first, quoted(d.NodeMonitorGrace)}},
		"driver_fallback_until": {{first, quoted(d.DriverFallback)}},
	}
	if d.DriverFallback == "" {
		all["driver_fallback_until"][0].Is = raw("null")
	}
	if err := addFacts(all, "places", raw(fmt.Sprintf(`{"first": %s}`, d.Places)), first); err != nil {
		return nil, err
	}
	parts := map[string]raw{"manifests": d.Manifests, "decisions": d.Decisions, "admission": d.Admission, "api_server": d.ApiServer, "state_files": d.StateFiles}
	for name, part := range parts {
		if err := addFacts(all, name, part, first); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

func addFacts(all map[string][]factState, name string, part raw, first string) error {
	var said struct {
		First map[string]raw `json:"first"`
		Later []struct {
			Since string         `json:"since"`
			Facts map[string]raw `json:"facts"`
		} `json:"later"`
	}
	if err := decode(part, &said); err != nil {
		return err
	}
	put := func(since string) error {
		flat := map[string]raw{}
		for key, value := range said.First {
			if err := flatten(flat, name+"."+key, value); err != nil {
				return err
			}
		}
		for fact := range all {
			if _, there := flat[fact]; !there && strings.HasPrefix(fact, name+".") {
				flat[fact] = raw("null")
			}
		}
		for fact, value := range flat {
			if _, known := all[fact]; !known && since != first {
				all[fact] = []factState{{first, raw("null")}}
			}
			all[fact] = joined(all[fact], factState{since, value})
		}
		return nil
	}
	if err := put(first); err != nil {
		return err
	}
	for _, change := range said.Later {
		for key, value := range change.Facts {
			said.First[key] = value
		}
		if err := put(change.Since); err != nil {
			return err
		}
	}
	return nil
}

// flatten puts a value down as a fact, or what is in it as several.
func flatten(into map[string]raw, name string, value raw) error {
	last := name[strings.LastIndex(name, ".")+1:]
	switch {
	case slices.Contains(sets, last):
		var entries []string
		if err := decode(value, &entries); err != nil {
			return err
		}
		for _, one := range entries {
			into[name+"."+one] = raw("true")
		}
	case last == "gated_fields":
		var entries []struct {
			Gate  string `json:"gate"`
			Paths raw    `json:"paths"`
		}
		if err := decode(value, &entries); err != nil {
			return err
		}
		for _, one := range entries {
			into[name+"."+one.Gate] = compact(one.Paths)
		}
	case bytes.HasPrefix(bytes.TrimSpace(value), []byte("{")) && strings.Count(name, ".") < factDepth-1:
		var entries map[string]raw
		if err := decode(value, &entries); err != nil {
			return err
		}
		for key, one := range entries {
			if err := flatten(into, name+"."+key, one); err != nil {
				return err
			}
		}
	default:
		into[name] = compact(value)
	}
	return nil
}

func compact(value raw) raw {
	var text bytes.Buffer
	if json.Compact(&text, value) != nil {
		return value
	}
	return text.Bytes()
}

func quoted(value any) raw {
	text, _ := json.Marshal(value)
	return text
}

// joined leaves out a state that says what the one before says; before the first, nothing is there.
func joined(states []factState, next factState) []factState {
	if len(states) == 0 && string(next.Is) == "null" {
		return states
	}
	if len(states) > 0 && bytes.Equal(compact(states[len(states)-1].Is), compact(next.Is)) {
		return states
	}
	return append(states, next)
}

// set puts in what a fact is in a minor, and leaves what it is in others.
func (f *factsFile) set(fact string, m minor, own []factState, last minor) {
	var states []factState
	after := []factState{}
	now := raw("null")
	for _, one := range f.Facts[fact] {
		p, err := parsePatch(one.Since)
		if err != nil {
			continue
		}
		switch {
		case p.minor < m:
			states = joined(states, one)
		case p.minor > m:
			after = append(after, one)
		}
		if p.minor <= m {
			now = one.Is
		}
	}
	for _, one := range own {
		states = joined(states, one)
	}
	if next := (m + 1).String() + ".0"; m < last && len(f.Facts[fact]) > 0 && (len(after) == 0 || after[0].Since != next) {
		states = joined(states, factState{next, now})
	}
	for _, one := range after {
		states = joined(states, one)
	}
	f.Facts[fact] = states
}

// record says of facts of a minor that they were read as its file has them; which: all where nil. It gives their names.
func recordFacts(m minor, which func(fact string) bool, dir string) ([]string, error) {
	f, err := readFacts(dir)
	if err != nil {
		return nil, err
	}
	minors, err := onFile(dir)
	if err != nil {
		return nil, err
	}
	d, err := readDocument(documentPath(dir, m))
	if err != nil {
		return nil, err
	}
	own, err := factsOf(d)
	if err != nil {
		return nil, err
	}
	for fact := range f.Facts {
		if _, there := own[fact]; !there {
			own[fact] = []factState{{m.String() + ".0", raw("null")}}
		}
	}
	var said []string
	for _, fact := range sortedKeys(own) {
		if which == nil || which(fact) {
			f.set(fact, m, own[fact], minors[len(minors)-1])
			said = append(said, fmt.Sprintf("%s is %s", fact, own[fact][len(own[fact])-1].Is))
		}
	}
	return said, f.write(dir)
}

// refreshFacts says that facts of a minor were read as its file has them, whatever functions changed: all of them, or those that are named.
func refreshFacts(args []string, dir string) error {
	if len(args) < 2 {
		return fmt.Errorf("%s", usage)
	}
	p, err := parsePatch(args[0] + ".0")
	if err != nil {
		return err
	}
	var which func(string) bool
	if args[1] != "all" {
		which = func(fact string) bool { return slices.Contains(args[1:], fact) }
	}
	said, err := recordFacts(p.minor, which, dir)
	if err == nil && len(said) == 0 {
		return fmt.Errorf("none of these is a fact of %s", args[0])
	}
	if which != nil {
		fmt.Println(strings.Join(said, "\n"))
	}
	return err
}

// factsReadIn are the names of the facts that are read in something mirrored.
func (f *factsFile) factsReadIn(key string) []string {
	var facts []string
	for _, fact := range sortedKeys(f.Facts) {
		if slices.Contains(f.readIn(fact), key) {
			facts = append(facts, fact)
		}
	}
	return facts
}
