package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"
)

//go:embed _probe/*.go
var probe embed.FS

// An oracle is the probe, compiled with one release's types and hash code. It is kept outside the repository, under a digest of
// all that went into it, so a changed probe gets a new one.
type oracle struct {
	path   string
	patch  patch // whose Go it is built with
	read   patch // whose source it is: the same, or the nearest earlier one that can be had
	goUsed goVersion
	hash   *hashSource
	source module // k8s.io/kubernetes
	api    origin
	base   origin // k8s.io/apimachinery
	libs   map[string]string
}

// origin is where a library was read.
type origin struct{ Module, Version, Dir, Prefix string }

// watchedLibraries have a say in decoding or in the hash; the release's own choice of them is restated in the build.
var watchedLibraries = []string{
	"github.com/davecgh/go-spew", "github.com/gogo/protobuf", "github.com/json-iterator/go", "github.com/modern-go/concurrent",
	"github.com/modern-go/reflect2", "gopkg.in/inf.v0", "k8s.io/utils", "sigs.k8s.io/json",
}

func buildOracle(p patch, goes []goRelease) (*oracle, error) {
	read, source, err := nearestSource(p)
	if err != nil {
		return nil, err
	}
	wanted, err := goOf(goes, p)
	if err != nil {
		return nil, err
	}
	o := &oracle{patch: p, read: read, source: source}
	var goBinary string
	if o.goUsed, goBinary, err = toolchain(p.minor, wanted); err != nil {
		return nil, err
	}
	if o.hash, err = readHashSource(source.Dir); err != nil {
		return nil, err
	}
	files, err := o.workspace()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(cacheDir(), "oracle", p.minor.String(), "go"+o.goUsed.String()+"-"+digest(files))
	o.path = filepath.Join(dir, "oracle")
	if _, err := os.Stat(o.path); err != nil {
		if err := o.compile(dir, goBinary, files); err != nil {
			return nil, err
		}
	}
	o.libs, err = libraries(o.path)
	return o, err
}

func cacheDir() string {
	if dir := os.Getenv("UPGRADECHECK_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "upgradecheck")
}

func digest(files map[string]string) string {
	sum := sha256.New()
	for _, name := range sortedKeys(files) {
		fmt.Fprintf(sum, "%s\x00%s\x00", name, files[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// workspace lists the files of the module to compile: our probe, the kubelet's functions, and what ties them together.
func (o *oracle) workspace() (map[string]string, error) {
	files := map[string]string{
		"upstream.go":         o.hash.helpers,
		"deephash/hash.go":    o.hash.deepHash,
		"observed/observe.go": observedSource,
		"glue.go":             fmt.Sprintf(glueSource, "nil"),
	}
	if o.hash.withoutResources {
		files["glue.go"] = fmt.Sprintf(glueSource, "HashContainerWithoutResources")
	}
	entries, err := fs.Glob(probe, "_probe/*.go")
	if err != nil {
		return nil, err
	}
	for _, name := range entries {
		text, err := probe.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files[path.Base(name)] = string(text)
	}
	files["go.mod"], err = o.goMod()
	return files, err
}

const glueSource = `package main

import (
	"oracle.test/observed"

	corev1 "k8s.io/api/core/v1"
)

var sum = HashContainer

var sumWithoutResources func(*corev1.Container) uint64 = %s

func observe(see func([]byte)) { observed.See = see }
`

// observedSource stands between HashContainer and upstream's DeepHashObject and can show what is hashed: the JSON, or in the typed
// era the text that spew printed.
const observedSource = `package observed

import (
	"hash"

	deephash "oracle.test/deephash"
)

var See func([]byte)

type recorder struct {
	hash.Hash
	text []byte
}

func (r *recorder) Write(b []byte) (int, error) {
	r.text = append(r.text, b...)
	return len(b), nil
}

func DeepHashObject(hasher hash.Hash, object interface{}) {
	deephash.DeepHashObject(hasher, object)
	if See == nil {
		return
	}
	if text, ok := object.([]byte); ok {
		See(text)
		return
	}
	r := &recorder{Hash: fakeHash{}}
	deephash.DeepHashObject(r, object)
	See(r.text)
}

type fakeHash struct{ hash.Hash }

func (fakeHash) Reset() {}
`

// goMod of releases that are modules restates their choice of the watched libraries. Up to 1.14 the libraries of a release exist
// only inside its own tree (the module has no vendor folder, but keeps staging), so they are copied out.
func (o *oracle) goMod() (string, error) {
	text, err := os.ReadFile(filepath.Join(o.source.Dir, "go.mod"))
	if err != nil || o.patch.minor <= 14 {
		return o.goModFromTree()
	}
	language := "1.13"
	if line := regexp.MustCompile(`(?m)^go ([0-9.]+)`).FindSubmatch(text); line != nil {
		language = string(line[1])
	}
	api, err := fetchStaging("k8s.io/api", o.read)
	if err != nil {
		return "", err
	}
	base, err := fetch("k8s.io/apimachinery", api.Version)
	if err != nil {
		return "", err
	}
	o.api = origin{api.Path, api.Version, api.Dir, ""}
	o.base = origin{base.Path, base.Version, base.Dir, ""}
	var mod strings.Builder
	fmt.Fprintf(&mod, "module oracle.test\n\ngo %s\n\nrequire (\n\tk8s.io/api %s\n\tk8s.io/apimachinery %s\n)\n\n", language, api.Version, base.Version)
	for _, lib := range watchedLibraries {
		if version := chosen(string(text), lib); version != "" {
			fmt.Fprintf(&mod, "replace %s => %s %s\n", lib, lib, version)
		}
	}
	mod.WriteString(replacements(string(text)))
	return mod.String(), nil
}

// chosen is the version of a library in a go.mod: a replacement goes before a requirement.
func chosen(mod, lib string) string {
	quoted := regexp.QuoteMeta(lib)
	for _, pattern := range []string{`\s=> ` + quoted + ` (v\S+)`, `(?m)^(?:require)?\s*` + quoted + ` (v\S+)`} {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(mod); found != nil {
			return found[1]
		}
	}
	return ""
}

func (o *oracle) compile(dir, goBinary string, files map[string]string) error {
	work, err := os.MkdirTemp("", "probe-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for name, text := range files {
		target := filepath.Join(work, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := o.copyStaging(work); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	built := filepath.Join(dir, "oracle.part")
	cmd := exec.Command(goBinary, "build", "-o", built, ".")
	cmd.Dir = work
	cmd.Env = append(plainEnv(), "GOFLAGS=")
	if o.goUsed.line >= 14 {
		cmd.Env = append(plainEnv(), "GOFLAGS=-mod=mod")
	}
	if _, err := output(cmd); err != nil {
		return err
	}
	return os.Rename(built, o.path)
}

// libraries reads the versions that went into a binary from the binary.
func libraries(binary string) (map[string]string, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, dep := range info.Deps {
		if _, lost := standIns[dep.Path]; lost && dep.Replace != nil {
			found[dep.Path] = fmt.Sprintf("%s => %s %s", dep.Version, dep.Replace.Path, dep.Replace.Version)
		}
		for _, lib := range watchedLibraries {
			if dep.Path != lib {
				continue
			}
			found[lib] = dep.Version
			if dep.Replace != nil {
				found[lib] = dep.Replace.Version
			}
		}
	}
	return found, nil
}

func (o *oracle) describe() (*description, error) {
	out, err := output(exec.Command(o.path, "describe"))
	if err != nil {
		return nil, err
	}
	var d description
	return &d, json.Unmarshal(out, &d)
}

// description is the part of the probe's answer that the generator looks into.
type description struct {
	Roots     map[string]string          `json:"roots"`
	Kinds     []string                   `json:"kinds"`
	Types     map[string]json.RawMessage `json:"types"`
	Generated []struct{ ID, Container string }
}

type request struct {
	Pod    []byte `json:"pod_base64"`
	Source string `json:"source,omitempty"`
}

type answer struct {
	Containers []struct {
		Hash             string `json:"hash"`
		WithoutResources string `json:"hash_without_resources"`
	} `json:"containers"`
	Error string `json:"error"`
}

// ask hands all requests to the oracle at once and reads as many answers. It does not wait for ever: a quantity such as
// 1e2147483648 kept the real code of 1.22 busy for ten minutes, until it was stopped.
func (o *oracle) ask(requests []request) ([]answer, error) {
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	for _, r := range requests {
		if err := e.Encode(r); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.path)
	cmd.Stdin = &in
	out, err := output(cmd)
	if err != nil {
		return nil, err
	}
	answers := make([]answer, 0, len(requests))
	d := json.NewDecoder(bufio.NewReader(bytes.NewReader(out)))
	for {
		var a answer
		if err := d.Decode(&a); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	if len(answers) != len(requests) {
		return nil, fmt.Errorf("%s: %d answers to %d requests", o.path, len(answers), len(requests))
	}
	return answers, nil
}
