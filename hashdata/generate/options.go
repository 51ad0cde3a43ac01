package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sort"
)

// options.json holds what every minor's kubelet can be told, by command line and by configuration: of each flag and field its states, each
// with the minor since which it is so. One file for all minors, since a flag is the same for ten of them, and since a plan asks when
// something went.

type options struct {
	FormatVersion string               `json:"format_version"`
	Read          map[string]read      `json:"read"`
	Open          []string             `json:"open"`
	Flags         map[string][]flagAt  `json:"flags"`
	Fields        map[string][]fieldAt `json:"fields"`
}

type flagAt struct {
	Since string `json:"since"`
	Gone  bool   `json:"gone,omitempty"`
	flag
}

type fieldAt struct {
	Since string `json:"since"`
	Gone  bool   `json:"gone,omitempty"`
	field
}

func optionsFile(dir string) string { return filepath.Join(dir, "options.json") }

func readOptions(dir string) (*options, error) {
	o := &options{FormatVersion: "1.0", Read: map[string]read{}, Flags: map[string][]flagAt{}, Fields: map[string][]fieldAt{}}
	text, err := os.ReadFile(optionsFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return nil, err
	}
	return o, json.Unmarshal(text, o)
}

// refreshOptions reads what the kubelet of a minor can be told, from the patch that is on file, and which flags it dropped.
func refreshOptions(arg, dir string) error {
	r, err := readAgain(arg, dir)
	if err != nil {
		return err
	}
	fields, places, err := readConfiguration(r.source.Dir, r.at)
	if err != nil {
		return err
	}
	flags, flagPlaces, err := readFlags(r.source.Dir, r.at, fields)
	if err != nil {
		return err
	}
	o, err := readOptions(dir)
	if err != nil {
		return err
	}
	o.take(r.at, flags, fields.found, append(flagPlaces, places...))
	if err := o.write(dir); err != nil {
		return err
	}
	return r.document.dropFlags(o, r.at, flagPlaces, dir)
}

// take puts a minor's states in their place.
func (o *options) take(p patch, flags map[string]*flag, fields map[string]*field, places []string) {
	minors := minorsRead(o.Read, p.minor)
	o.Read[p.minor.String()] = read{"k8s.io/kubernetes", p.kubernetes(), places, ""}
	o.Open = []string{}
	for _, m := range minors {
		if m < firstWithList {
			o.Open = append(o.Open, m.String())
		}
	}
	nextFlags, nextFields := map[string][]flagAt{}, map[string][]fieldAt{}
	for _, m := range minors {
		for name := range union(o.Flags, flags) {
			f, known := flagNow(o.Flags[name], m)
			if m == p.minor {
				f, known = flags[name], flags[name] != nil
			}
			nextFlags[name] = withFlag(nextFlags[name], m, f, known)
		}
		for name := range union(o.Fields, fields) {
			f, known := fieldNow(o.Fields[name], m)
			if m == p.minor {
				f, known = fields[name], fields[name] != nil
			}
			nextFields[name] = withField(nextFields[name], m, f, known)
		}
	}
	o.Flags, o.Fields = pruned(nextFlags), pruned(nextFields)
}

func pruned[V any](of map[string][]V) map[string][]V {
	for name, states := range of {
		if len(states) == 0 {
			delete(of, name)
		}
	}
	return of
}

func union[V, W any](a map[string]V, b map[string]W) map[string]bool {
	all := map[string]bool{}
	for name := range a {
		all[name] = true
	}
	for name := range b {
		all[name] = true
	}
	return all
}

func flagNow(states []flagAt, m minor) (*flag, bool) {
	var now *flag
	for i := range states {
		if minorOf(states[i].Since) <= m {
			now = &states[i].flag
			if states[i].Gone {
				now = nil
			}
		}
	}
	return now, now != nil
}

func fieldNow(states []fieldAt, m minor) (*field, bool) {
	var now *field
	for i := range states {
		if minorOf(states[i].Since) <= m {
			now = &states[i].field
			if states[i].Gone {
				now = nil
			}
		}
	}
	return now, now != nil
}

func withFlag(states []flagAt, m minor, f *flag, known bool) []flagAt {
	if !known {
		if len(states) == 0 || states[len(states)-1].Gone {
			return states
		}
		return append(states, flagAt{Since: m.String(), Gone: true})
	}
	if len(states) > 0 && !states[len(states)-1].Gone && states[len(states)-1].flag == *f {
		return states
	}
	return append(states, flagAt{Since: m.String(), flag: *f})
}

func withField(states []fieldAt, m minor, f *field, known bool) []fieldAt {
	if !known {
		if len(states) == 0 || states[len(states)-1].Gone {
			return states
		}
		return append(states, fieldAt{Since: m.String(), Gone: true})
	}
	if len(states) > 0 && !states[len(states)-1].Gone && sameField(states[len(states)-1].field, *f) {
		return states
	}
	return append(states, fieldAt{Since: m.String(), field: *f})
}

// sameField compares defaults as JSON has them: a number that was read from the file is no longer the one that Go had.
func sameField(a, b field) bool {
	left, _ := json.Marshal(a)
	right, _ := json.Marshal(b)
	return reflect.DeepEqual(left, right)
}

func minorOf(text string) minor { return mustPatch(text + ".0").minor }

func (o *options) write(dir string) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	text.WriteString("{\n")
	line := func(name string, of any, end string) error {
		text.WriteString(` "` + name + `": `)
		if err := e.Encode(of); err != nil {
			return err
		}
		text.Truncate(text.Len() - 1)
		text.WriteString(end)
		return nil
	}
	if err := errors.Join(line("format_version", o.FormatVersion, ",\n"), line("open", o.Open, ",\n")); err != nil {
		return err
	}
	part := func(name string, keys []string, of func(string) any, end string) error {
		text.WriteString(` "` + name + "\": {\n")
		for i, key := range keys {
			if err := line(key, of(key), map[bool]string{true: "\n", false: ",\n"}[i == len(keys)-1]); err != nil {
				return err
			}
		}
		text.WriteString(" }" + end)
		return nil
	}
	read := sortedKeys(o.Read)
	sort.Slice(read, func(i, j int) bool { return minorOf(read[i]) < minorOf(read[j]) })
	if err := errors.Join(
		part("read", read, func(key string) any { return o.Read[key] }, ",\n"),
		part("flags", sortedKeys(o.Flags), func(key string) any { return o.Flags[key] }, ",\n"),
		part("fields", sortedKeys(o.Fields), func(key string) any { return o.Fields[key] }, "\n}\n"),
	); err != nil {
		return err
	}
	path := optionsFile(dir)
	if err := os.WriteFile(path+".part", text.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// dropFlags writes into a minor's file which flags the minor before has and it has not.
func (d *document) dropFlags(o *options, p patch, places []string, dir string) error {
	before, dropped := p.minor-1, []string{}
	for _, name := range sortedKeys(o.Flags) {
		_, had := flagNow(o.Flags[name], before)
		_, has := flagNow(o.Flags[name], p.minor)
		if had && !has {
			dropped = append(dropped, name)
		}
	}
	d.RemovedFlags = dropped
	d.Provenance.RemovedFlags = read{"k8s.io/kubernetes", p.kubernetes(), places,
		"flags that options.json has of " + before.String() + " and not of " + p.minor.String()}
	return d.write(documentPath(dir, p.minor))
}
