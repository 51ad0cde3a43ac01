package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// mirrored is something of upstream that the program mirrors: a function, or all that a file holds. place is the folder in which the function
// is, or was when it was read, or the file.
type mirrored struct{ name, place string }

func (m mirrored) key() string {
	switch {
	case m.name == "":
		return m.place
	case m.place == "":
		return m.name
	}
	return m.name + " in " + m.place
}

var (
	docstring   = regexp.MustCompile(`(?s)""".*?"""`)
	mirrors     = regexp.MustCompile(`(?s)Mirrors .*?(?:\n\s*\n|"""$|$)`)
	behind      = regexp.MustCompile(`((?:[A-Za-z0-9_]+/)*[A-Za-z0-9_]+\.go)\s+\(((?:[A-Za-z]+[a-z][A-Z][A-Za-z_]*(?:,\s+)?)+)\)`)
	words       = regexp.MustCompile(`(?:[A-Za-z0-9_.-]+/)+[A-Za-z0-9_./-]*[A-Za-z0-9_]|[A-Za-z0-9_]+\.go|[A-Za-z_][A-Za-z0-9_]*`)
	otherModule = regexp.MustCompile(`^[a-z0-9]+\.[a-z]+/|^encoding/`) // another module, or Go's own
	mixedCase   = regexp.MustCompile(`[a-z][A-Z]|^SetDefaults_`)
)

// listMirrored reads out of the docstrings of the program what it mirrors: "Mirrors computePodActions in pkg/kubelet/kuberuntime/….go".
func listMirrored(program string) ([]mirrored, error) {
	found := map[mirrored]bool{}
	err := filepath.WalkDir(program, func(at string, entry os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(at, ".py") {
			return err
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		for _, doc := range docstring.FindAllString(string(text), -1) {
			for _, paragraph := range mirrors.FindAllString(doc, -1) {
				addMirrored(paragraph, found)
			}
		}
		return nil
	})
	placed := map[string]bool{}
	for m := range found {
		placed[m.name] = placed[m.name] || m.place != ""
	}
	var all []mirrored
	for m := range found {
		if m.name == "" || m.place != "" || !placed[m.name] {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b mirrored) int { return strings.Compare(a.key(), b.key()) })
	return all, err
}

// addMirrored takes the names that stand before a file as being there, or in brackets behind it; a file without names stands for all that it
// holds. A file without a folder is beside the one before.
func addMirrored(paragraph string, found map[mirrored]bool) {
	paragraph = behind.ReplaceAllString(strings.TrimPrefix(paragraph, "Mirrors "), "$2 in $1")
	var names []string
	single, folder, before := "", "", ""
	for _, word := range words.FindAllString(paragraph, -1) {
		switch {
		case strings.Contains(word, "/") || strings.HasSuffix(word, ".go"):
			if folder = folderOf(word, folder); single != "" && folder != "" {
				names = append(names, single)
			}
			for _, name := range names {
				if !otherModule.MatchString(word) || ofHelpers(word) {
					found[mirrored{name, folder}] = true
				}
			}
			if len(names) == 0 && strings.HasSuffix(word, ".go") && rooted(word) && before != "in" && before != "of" {
				found[mirrored{"", word}] = true
			}
			names, single = nil, ""
		case mixedCase.MatchString(word):
			names, single = append(names, word), ""
		case word != "in" && word != "of":
			single = ""
			if word[0] >= 'A' && word[0] <= 'Z' { // a name only if a file follows
				single = word
			}
		}
		before = word
	}
	for _, name := range names {
		found[mirrored{name, ""}] = true
	}
}

func rooted(word string) bool {
	return ofHelpers(word) || strings.HasPrefix(word, "pkg/") || strings.HasPrefix(word, "cmd/") || strings.HasPrefix(word, "plugin/")
}

// folderOf is the folder that a file or a folder names; empty where that is not below a known one.
func folderOf(word, last string) string {
	switch {
	case rooted(word) && strings.HasSuffix(word, ".go"):
		return path.Dir(word)
	case rooted(word):
		return word
	case !strings.Contains(word, "/"):
		return last
	}
	return ""
}

// mirroredFile is mirrored.json: of each mirrored thing the fingerprint since a minor, empty where it is not there; and the release whose
// source each minor's are of.
type mirroredFile struct {
	FormatVersion string             `json:"format_version"`
	Read          map[string]string  `json:"read"`
	Functions     map[string][]state `json:"functions"`
}

type state struct {
	Since       string `json:"since"`
	Fingerprint string `json:"fingerprint"`
}

const programPath = "../../upgradecheck"

func mirroredPath(dir string) string { return filepath.Join(dir, "mirrored.json") }

func readMirrored(dir string) (*mirroredFile, error) {
	f := &mirroredFile{FormatVersion: "1.0", Read: map[string]string{}, Functions: map[string][]state{}}
	text, err := os.ReadFile(mirroredPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	return f, json.Unmarshal(text, f)
}

func (f *mirroredFile) write(dir string) error {
	text, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	at := mirroredPath(dir)
	if err := os.WriteFile(at+".part", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(at+".part", at)
}

// at is the fingerprint of a minor; known is false where the file tells of none up to it.
func at(states []state, m minor) (fingerprint string, known bool) {
	for _, s := range states {
		if minorOf(s.Since) <= m {
			fingerprint, known = s.Fingerprint, true
		}
	}
	return fingerprint, known
}

// set puts in the fingerprint of one minor, and leaves those of the others as they are.
func (f *mirroredFile) set(key string, m minor, fingerprint string) {
	var states []state
	for _, one := range minorsRead(f.Read, m) {
		is, known := fingerprint, true
		if one != m {
			is, known = at(f.Functions[key], one)
		}
		if known && (len(states) == 0 || states[len(states)-1].Fingerprint != is) {
			states = append(states, state{one.String(), is})
		}
	}
	f.Functions[key] = states
}

// fingerprintsOf are those of all mirrored things in the source of a release, and in the helpers beside it.
func fingerprintsOf(root string, p patch, all []mirrored) (map[string]string, error) {
	helpers, err := fetchHelpers(p)
	if err != nil {
		return nil, err
	}
	source, err := readFunctions(root, helpers)
	if err != nil {
		return nil, err
	}
	prints := map[string]string{}
	for _, m := range all {
		prints[m.key()] = fingerprint(source.of(m))
	}
	return prints, nil
}

// refreshMirrored takes the fingerprints of minors that are on file, each from the source that its gates were read from, and writes the list
// of what is mirrored anew. It marks nothing as unread: that is for a source that is new (see takeFingerprints).
func refreshMirrored(args []string, dir string) error {
	all, err := listMirrored(programPath)
	if err != nil {
		return err
	}
	f, err := readMirrored(dir)
	if err != nil {
		return err
	}
	for _, arg := range args {
		r, err := readAgain(arg, dir)
		if err != nil {
			return err
		}
		prints, err := fingerprintsOf(r.source.Dir, r.at, all)
		if err != nil {
			return err
		}
		f.Read[r.at.minor.String()] = strings.TrimPrefix(r.at.kubernetes(), "v")
		for key, is := range prints {
			f.set(key, r.at.minor, is)
		}
	}
	f.keepListed(all)
	return f.write(dir)
}

// keepListed drops what is mirrored no longer, and words of docstrings that are no function of any minor.
func (f *mirroredFile) keepListed(all []mirrored) {
	listed := map[string]bool{}
	for _, m := range all {
		listed[m.key()] = true
	}
	for key, states := range f.Functions {
		if !listed[key] || (len(states) == 1 && states[0].Fingerprint == "") {
			delete(f.Functions, key)
		}
	}
}
