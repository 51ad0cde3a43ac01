package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// document is v1.NN.json, in the order in which it is written.
type document struct {
	FormatVersion    string                     `json:"format_version"`
	Minor            string                     `json:"minor"`
	Provisional      *provisional               `json:"provisional,omitempty"`
	Era              string                     `json:"era"`
	WithoutResources bool                       `json:"hash_without_resources"`
	Kinds            containerKinds             `json:"container_kinds"`
	Decoder          string                     `json:"decoder"`
	GoVersions       []goRelease                `json:"go_versions"`
	Gates            map[string]gate            `json:"gates"`
	OtherGates       map[string]*gate           `json:"other_gates"`
	GoneGates        *goneGates                 `json:"gone_gates"`
	RemovedFlags     []string                   `json:"removed_flags"`
	KubeletLag       int                        `json:"kubelet_lag"`
	NodeMonitorGrace int                        `json:"node_monitor_grace"`
	StaticPodUID     staticPodUID               `json:"static_pod_uid"`
	InternalPod      *internalPod               `json:"internal_pod"`
	ResizeRecords    string                     `json:"resize_records"`
	Manifests        json.RawMessage            `json:"manifests"`                       // read by hand, see README.md
	Decisions        json.RawMessage            `json:"decisions"`                       // read by hand, see README.md
	Admission        json.RawMessage            `json:"admission"`                       // likewise
	ApiServer        json.RawMessage            `json:"api_server"`                      // likewise
	Places           json.RawMessage            `json:"places"`                          // likewise
	StateFiles       json.RawMessage            `json:"state_files"`                     // likewise
	DriverFallback   string                     `json:"driver_fallback_until,omitempty"` // likewise
	Provenance       provenance                 `json:"provenance"`
	Roots            map[string]string          `json:"roots"`
	Types            map[string]json.RawMessage `json:"types"`
	Goldens          []golden                   `json:"goldens"`
}

// provisional says why the facts of a minor may still change: they are of a pre-release, or something that is mirrored changed and was not
// read yet (see reading.go).
type provisional struct {
	Release string   `json:"release,omitempty"`
	Unread  []string `json:"unread,omitempty"`
}

type raw = json.RawMessage

func decode(text raw, into any) error { return json.Unmarshal(text, into) }

// keysInOrder are the keys of what holds first, as they are written.
func keysInOrder(part raw) ([]string, error) {
	var outer struct {
		First raw `json:"first"`
	}
	if err := json.Unmarshal(part, &outer); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(outer.First))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value raw
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		keys = append(keys, key.(string))
	}
	return keys, nil
}

type containerKinds struct {
	Known    []string `json:"known"`
	Compared []string `json:"compared"`
}

// goRelease is the Go a patch was built with. Evidence: "source" (a file of that patch says so), "changelog",
// "changelog-minor-only" (without the third number), "carried" (nothing says otherwise than for the patch before).
type goRelease struct {
	Patch    string `json:"patch"`
	Go       string `json:"go"`
	Evidence string `json:"evidence"`
}

type provenance struct {
	Types        read              `json:"types"`
	Hash         read              `json:"hash"`
	Kinds        read              `json:"container_kinds"`
	Decoder      read              `json:"decoder"`
	Gates        read              `json:"gates"`
	GoVersions   read              `json:"go_versions"`
	RemovedFlags read              `json:"removed_flags"`
	KubeletLag   read              `json:"kubelet_lag"`
	NodeGrace    read              `json:"node_monitor_grace"`
	StaticPodUID read              `json:"static_pod_uid"`
	InternalPod  *read             `json:"internal_pod"`
	ResizeRecs   read              `json:"resize_records"`
	Manifests    read              `json:"manifests"`
	Decisions    read              `json:"decisions"`
	Admission    read              `json:"admission"`
	ApiServer    read              `json:"api_server"`
	StateFiles   read              `json:"state_files"`
	Driver       *read             `json:"driver_fallback_until,omitempty"`
	Goldens      []goldenBuild     `json:"goldens"`
	Libraries    map[string]string `json:"libraries"`
}

type read struct {
	Module  string   `json:"module"`
	Version string   `json:"version"`
	Paths   []string `json:"paths"`
	Note    string   `json:"note,omitempty"`
}

// goldenBuild is what made the goldens: the Go of a patch, and its source or (where that cannot be had) an earlier patch's.
type goldenBuild struct {
	Patch  string `json:"patch"`
	Go     string `json:"go"`
	Source string `json:"source"`
}

// readDocument gives an empty one for a minor that is new.
func readDocument(path string) (*document, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &document{}, nil
	}
	if err != nil {
		return nil, err
	}
	var d document
	return &d, json.Unmarshal(text, &d)
}

func (d *document) patches() []patch {
	var all []patch
	for _, r := range d.GoVersions {
		if p, err := parsePatch(r.Patch); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// refresh writes the file of one minor. It keeps what was read by hand (the Go of earlier patches, the lag, decisions) and makes the rest anew.
func refresh(arg, dir string) error {
	p, err := choosePatch(arg, dir)
	if err != nil {
		return err
	}
	old, err := readDocument(documentPath(dir, p.minor))
	if err != nil {
		return err
	}
	goes, err := goVersions(old, p)
	if err != nil {
		return err
	}
	o, err := buildOracle(p, goes)
	if err != nil {
		return err
	}
	older, err := olderOracle(o, goes)
	if err != nil {
		return err
	}
	d, err := compose(o, older, goes, old)
	if err != nil {
		return err
	}
	if err := d.setGone(dir, p.minor); err != nil {
		return err
	}
	d.Provisional = &provisional{Release: p.preRelease()}
	if old.Provisional != nil {
		d.Provisional.Unread = old.Provisional.Unread
	}
	if old.Minor == "" {
		before, err := readDocument(documentPath(dir, p.minor-1))
		if err != nil {
			return err
		}
		if before.Minor != "" {
			if err := d.carry(before, p); err != nil {
				return err
			}
		}
	}
	if err := d.takeFingerprints(o.source.Dir, o.read, dir); err != nil {
		return err
	}
	if err := d.write(documentPath(dir, p.minor)); err != nil {
		return err
	}
	if err := refreshOptions(p.String(), dir); err != nil {
		return err
	}
	if d, err = readDocument(documentPath(dir, p.minor)); err != nil { // which flags it dropped is written by now
		return err
	}
	d.tellLeft(documentPath(dir, p.minor))
	return nil
}

// refreshGates reads the feature gates again, from the patch that is on file.
func refreshGates(arg, dir string) error {
	r, err := readAgain(arg, dir)
	if err != nil {
		return err
	}
	d := r.document
	if d.Gates, err = readGates(r.source.Dir, r.at.minor); err != nil {
		return err
	}
	if d.OtherGates, err = readOtherGates(r.source.Dir, r.at, d.Gates); err != nil {
		return err
	}
	if err := d.setArrivals(r.at); err != nil {
		return err
	}
	if err := d.setGone(dir, r.at.minor); err != nil {
		return err
	}
	return d.write(r.path)
}

// reading is a minor that is on file, with the source that its gates were read from: what is read of it again comes from there, too.
type reading struct {
	document *document
	path     string
	at       patch
	source   module
}

// readAgain is the minor that an argument names, by itself or by one of its patches.
func readAgain(arg, dir string) (reading, error) {
	p, err := parsePatch(arg)
	if err != nil {
		p, err = parsePatch(arg + ".0")
	}
	if err != nil {
		return reading{}, err
	}
	path := documentPath(dir, p.minor)
	d, err := readDocument(path)
	if err != nil {
		return reading{}, err
	}
	if d.Minor == "" {
		return reading{}, fmt.Errorf("%s is not on file: go run . %s makes it", p.minor, p.minor)
	}
	at, err := parsePatch(d.Provenance.Gates.Version)
	if err != nil {
		return reading{}, err
	}
	source, err := fetch(d.Provenance.Gates.Module, d.Provenance.Gates.Version)
	return reading{d, path, at, source}, err
}

// minorsRead are the minors that a file for all of them was read of, and one more, oldest first.
func minorsRead[V any](read map[string]V, one minor) []minor {
	minors := []minor{one}
	for name := range read {
		if other := minorOf(name); other != one {
			minors = append(minors, other)
		}
	}
	sort.Slice(minors, func(i, j int) bool { return minors[i] < minors[j] })
	return minors
}

func choosePatch(arg, dir string) (patch, error) {
	if p, err := parsePatch(arg); err == nil {
		return p, nil
	}
	p, err := parsePatch(arg + ".0")
	if err != nil {
		return p, err
	}
	old, err := readDocument(documentPath(dir, p.minor))
	if err != nil {
		return p, err
	}
	p, _, err = lastPatch(p.minor, old.patches())
	return p, err
}

// olderOracle is wanted where the container's JSON is hashed and a patch of this minor moved to Go 1.22.
func olderOracle(o *oracle, goes []goRelease) (*oracle, error) {
	if o.hash.era != "json" {
		return nil, nil
	}
	var before patch
	for _, r := range goes {
		g, err := parseGo(r.Go)
		if err != nil {
			return nil, err
		}
		p, err := parsePatch(r.Patch)
		if err != nil {
			return nil, err
		}
		if g.shortEscapes() {
			break
		}
		before = p
	}
	if last, err := goOf(goes, o.patch); err != nil || !last.shortEscapes() || before == (patch{}) {
		return nil, err
	}
	return buildOracle(before, goes)
}

func compose(o, older *oracle, goes []goRelease, old *document) (*document, error) {
	types, err := o.describe()
	if err != nil {
		return nil, err
	}
	if err := openFieldsV1(types.Types, o.base.Dir); err != nil {
		return nil, err
	}
	samples, err := readSamples(types)
	if err != nil {
		return nil, err
	}
	d := &document{
		FormatVersion: "1.0", Minor: o.patch.minor.String(), Era: o.hash.era, WithoutResources: o.hash.withoutResources,
		GoVersions: goes, RemovedFlags: append([]string{}, old.RemovedFlags...), KubeletLag: old.KubeletLag,
		ResizeRecords: old.ResizeRecords, Manifests: old.Manifests, Decisions: old.Decisions, Admission: old.Admission,
		ApiServer: old.ApiServer, NodeMonitorGrace: old.NodeMonitorGrace,
		Places: old.Places, StateFiles: old.StateFiles, DriverFallback: old.DriverFallback,
		Roots: types.Roots, Types: types.Types,
	}
	if d.Goldens, err = makeGoldens(o, older, samples); err != nil {
		return nil, err
	}
	if d.Decoder, err = decoderOf(o.base.Dir); err != nil {
		return nil, err
	}
	if d.Gates, err = readGates(o.source.Dir, o.patch.minor); err != nil {
		return nil, err
	}
	if d.OtherGates, err = readOtherGates(o.source.Dir, o.patch, d.Gates); err != nil {
		return nil, err
	}
	if err := d.setArrivals(o.patch); err != nil {
		return nil, err
	}
	compared, places, err := comparedKinds(o.source.Dir)
	if err != nil {
		return nil, err
	}
	built, err := goOf(goes, o.patch)
	if err != nil {
		return nil, err
	}
	internal, internalPlaces, err := readInternalPod(o.source.Dir, types.Types, built)
	if err != nil {
		return nil, err
	}
	d.InternalPod = internal
	if d.StaticPodUID, err = readStaticPodUID(o.source.Dir); err != nil {
		return nil, err
	}
	d.Kinds = containerKinds{types.Kinds, compared}
	d.Provenance = o.provenance(older, places)
	d.Provenance.InternalPod = internalPodRead(o.read.kubernetes(), internalPlaces)
	d.Provenance.Decisions, d.Provenance.Admission = old.Provenance.Decisions, old.Provenance.Admission
	d.Provenance.Manifests, d.Provenance.NodeGrace = old.Provenance.Manifests, old.Provenance.NodeGrace
	d.Provenance.StateFiles = old.Provenance.StateFiles
	if old.Minor != "" {
		d.Provenance.ResizeRecs, d.Provenance.KubeletLag = old.Provenance.ResizeRecs, old.Provenance.KubeletLag
	}
	d.Provenance.Driver = old.Provenance.Driver
	d.Provenance.ApiServer = old.Provenance.ApiServer
	return d, nil
}

func (o *oracle) provenance(older *oracle, places []string) provenance {
	kubernetes := func(note string, paths ...string) read {
		return read{"k8s.io/kubernetes", o.patch.kubernetes(), paths, note}
	}
	p := provenance{
		Types:        read{o.api.Module, o.api.Version, []string{o.api.Prefix + "core/v1/types.go"}, ""},
		Hash:         kubernetes(strings.Join(o.hash.functions, ", "), helpersPath, hashPath),
		Kinds:        kubernetes("the callers of containerChanged", places...),
		Decoder:      read{o.base.Module, o.base.Version, []string{o.base.Prefix + decoderPath}, ""},
		Gates:        kubernetes("", gatesPath),
		GoVersions:   kubernetes("each patch's own version file where evidence is source, else the release's changelog", goFiles(o.source.Dir)...),
		RemovedFlags: kubernetes("", optionsPath), // written with options.json
		KubeletLag: read{"kubernetes/website", "release-1.35", []string{"content/en/releases/version-skew-policy.md"},
			"read by hand: minors that a kubelet may be older than the API server"},
		ResizeRecs: kubernetes("read by hand; run on real kubelets: 1.31.0 to 1.33, 1.34, 1.36 and 1.37",
			"pkg/kubelet/kuberuntime/kuberuntime_manager.go", "pkg/kubelet/allocation"),
		StaticPodUID: staticPodUIDRead(o.read.kubernetes()),
		Goldens:      []goldenBuild{o.build()},
		Libraries:    o.libs,
	}
	if o.api.Module == "k8s.io/api" && o.api.Version != o.patch.staging() {
		p.Types.Note = "the version that goes with this patch cannot be had; this is the nearest"
	}
	if older != nil {
		p.Goldens = []goldenBuild{older.build(), o.build()}
	}
	return p
}

func (o *oracle) build() goldenBuild {
	return goldenBuild{o.patch.release(), o.goUsed.String(), o.read.String()}
}

func (d *document) write(path string) error {
	var text, indented bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		return err
	}
	if err := json.Indent(&indented, text.Bytes(), "", " "); err != nil {
		return err
	}
	if err := os.WriteFile(path+".part", indented.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// goVersions are those on file, with every later patch up to the one at hand added from its source.
func goVersions(old *document, p patch) ([]goRelease, error) {
	all := append([]goRelease{}, old.GoVersions...)
	if old.Provisional != nil && old.Provisional.Release != "" { // what a pre-release was built with says nothing of its release
		all = nil
	}
	for n := 0; n <= p.n; n++ {
		q := patch{minor: p.minor, n: n}
		if n == p.n {
			q = p
		}
		if hasPatch(all, q) {
			continue
		}
		release, err := goFromSource(q)
		if err != nil && len(all) > 0 {
			release, err = goRelease{q.release(), all[len(all)-1].Go, "carried"}, nil
		}
		if err != nil && q == p {
			return nil, err
		}
		if err == nil { // else nothing is known yet: that patch is left out
			all = append(all, release)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return mustPatch(all[i].Patch).n < mustPatch(all[j].Patch).n })
	return all, nil
}

func hasPatch(all []goRelease, p patch) bool {
	for _, r := range all {
		if r.Patch == p.release() {
			return true
		}
	}
	return false
}

func mustPatch(s string) patch {
	p, err := parsePatch(s)
	if err != nil {
		panic(err)
	}
	return p
}

func goOf(goes []goRelease, p patch) (goVersion, error) {
	for _, r := range goes {
		if r.Patch == p.release() {
			return parseGo(r.Go)
		}
	}
	return goVersion{}, fmt.Errorf("the Go of %s is not known", p)
}

// goFiles are where a release says which Go builds it: .go-version from 1.24 on, the build image before.
func goFiles(root string) []string {
	var found []string
	for _, name := range []string{".go-version", "build/build-image/cross/VERSION", "build/build-image/cross/Dockerfile"} {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			found = append(found, name)
		}
	}
	return found[:min(1, len(found))]
}

var goInText = regexp.MustCompile(`(?m)(?:^|-go|golang:)(1\.[0-9]+(?:\.[0-9]+)?)\b`)

func goFromSource(p patch) (goRelease, error) {
	source, err := fetch("k8s.io/kubernetes", p.kubernetes())
	if err != nil {
		return goRelease{}, err
	}
	for _, name := range goFiles(source.Dir) {
		text, err := os.ReadFile(filepath.Join(source.Dir, name))
		if err != nil {
			return goRelease{}, err
		}
		if found := goInText.FindSubmatch(text); found != nil {
			return goRelease{p.release(), string(found[1]), "source"}, nil
		}
	}
	return goRelease{}, fmt.Errorf("%s does not say which Go builds it", p)
}
