package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func parsed(t *testing.T, text string) []function {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "a.go", "package a\n"+text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []function
	for _, d := range file.Decls {
		found = append(found, function{"a.go", "f", d.(*ast.FuncDecl)})
	}
	return found
}

const base = "func f(pod *Pod, n int) bool { if n > 1 { return g(pod, n) }; return false }"

func TestAFingerprintIsOfWhatAFunctionDoes(t *testing.T) {
	same := map[string]string{
		"layout":       "func f(pod *Pod, n int) bool {\n\tif n > 1 {\n\t\treturn g(pod, n)\n\t}\n\treturn false\n}",
		"a comment":    "func f(pod *Pod, n int) bool { /* why */ if n > 1 { return g(pod, n) }; return false }",
		"a log line":   `func f(pod *Pod, n int) bool { klog.V(4).InfoS("x", "n", n); if n > 1 { return g(pod, n) }; return false }`,
		"a logger":     `func f(logger klog.Logger, pod *Pod, n int) bool { if n > 1 { logger.Info("x"); return g(pod, n) }; return false }`,
		"a context":    "func f(ctx context.Context, pod *Pod, n int) bool { if n > 1 { return g(ctx, pod, n) }; return false }",
		"where it was": "func f(ctx context.Context, pod *Pod, n int) bool { logger := klog.FromContext(ctx); if n > 1 { return g(logger, pod, n) }; return false }",
	}
	for what, text := range same {
		if fingerprint(parsed(t, text)) != fingerprint(parsed(t, base)) {
			t.Errorf("%s makes another fingerprint", what)
		}
	}
	other := map[string]string{
		"a number":    "func f(pod *Pod, n int) bool { if n > 2 { return g(pod, n) }; return false }",
		"an operator": "func f(pod *Pod, n int) bool { if n >= 1 { return g(pod, n) }; return false }",
		"a call":      "func f(pod *Pod, n int) bool { if n > 1 { return h(pod, n) }; return false }",
		"an order":    "func f(pod *Pod, n int) bool { if n > 1 { return g(n, pod) }; return false }",
		"a parameter": "func f(pod *Pod, m int) bool { if n > 1 { return g(pod, n) }; return false }",
	}
	for what, text := range other {
		if fingerprint(parsed(t, text)) == fingerprint(parsed(t, base)) {
			t.Errorf("%s makes no other fingerprint", what)
		}
	}
	if fingerprint(nil) != "" {
		t.Error("what is not there has a fingerprint")
	}
}

func TestAListHasAFingerprintInItsFolder(t *testing.T) {
	read := func(text string) *functions {
		at := filepath.Join(t.TempDir(), "a.go")
		if err := os.WriteFile(at, []byte("package a\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
		all := noFunctions()
		if err := all.addFile(at, "a.go"); err != nil {
			t.Fatal(err)
		}
		return all
	}
	list := mirrored{"safe", "."}
	one, more := read("var safe = []string{\"a\"}\n"+base), read("var safe = []string{\"a\", \"b\"}\n"+base)
	if a, b := fingerprint(one.of(list)), fingerprint(more.of(list)); a == "" || a == b {
		t.Errorf("%q and %q", a, b)
	}
	if file := (mirrored{"", "a.go"}); fingerprint(one.of(file)) != fingerprint(more.of(file)) {
		t.Error("a list is taken for a function of its file")
	}
	if fingerprint(one.of(mirrored{"safe", "elsewhere"})) != "" {
		t.Error("a list of that name elsewhere is taken for it")
	}
}

func TestHelpersAreReadBesideARelease(t *testing.T) {
	files := map[string]string{
		"release/pkg/api/v1/resource/helpers.go": "func Stays() int { return 1 }",
		"helpers/resource/helpers.go":            "func Stays() int { return 2 }\nfunc Moved() int { return 3 }",
		"helpers/features/a/a.go":                "func (f *a) Infer() bool { return true }",
		"helpers/features/b/b.go":                "func (f *b) Infer() bool { return false }",
		"helpers/features/registry.go":           "var All = []string{\"a\", \"b\"}",
		"helpers/features/a/a_test.go":           "func Infer() {}",
	}
	root := t.TempDir()
	for name, text := range files {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte("package a\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	with, err := readFunctions(filepath.Join(root, "release"), filepath.Join(root, "helpers"))
	if err != nil {
		t.Fatal(err)
	}
	without, err := readFunctions(filepath.Join(root, "release"), "")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[mirrored][]string{
		{"Stays", "pkg/api/v1/resource"}:       {"pkg/api/v1/resource/helpers.go"},
		{"Stays", helpersModule + "/resource"}: {helpersModule + "/resource/helpers.go"},
		{"Moved", "pkg/api/v1/resource"}:       {helpersModule + "/resource/helpers.go"},
		{"Infer", helpersModule + "/features"}: {helpersModule + "/features/a/a.go", helpersModule + "/features/b/b.go"},
		{"All", helpersModule + "/features"}:   {helpersModule + "/features/registry.go"},
	}
	for m, want := range rows {
		got := []string{}
		for _, one := range with.of(m) {
			got = append(got, one.file)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", m.key(), got, want)
		}
	}
	if found := without.of(mirrored{"Stays", helpersModule + "/resource"}); len(found) != 1 || found[0].file != "pkg/api/v1/resource/helpers.go" {
		t.Errorf("before it moved: %v", found)
	}
	if found := without.of(mirrored{"Moved", helpersModule + "/resource"}); len(found) != 0 {
		t.Errorf("of a release without helpers: %v", found)
	}
}

func TestDocstringsNameWhatIsMirrored(t *testing.T) {
	rows := map[string][]string{
		"Mirrors computePodActions in pkg/kubelet/kuberuntime/kuberuntime_manager.go.":         {"computePodActions in pkg/kubelet/kuberuntime"},
		"Mirrors HandlePodAdditions and canAdmitPod in pkg/kubelet/kubelet.go (from 1.34 on).": {"HandlePodAdditions in pkg/kubelet", "canAdmitPod in pkg/kubelet"},
		"Mirrors Admit in pkg/kubelet/eviction/eviction_manager.go.":                           {"Admit in pkg/kubelet/eviction"},
		"Mirrors pkg/kubelet/config/file.go (listConfig, extractFromDir) and http.go (extractFromURL).": {
			"extractFromDir in pkg/kubelet/config", "extractFromURL in pkg/kubelet/config", "listConfig in pkg/kubelet/config"},
		"Mirrors pkg/registry/core/pod/strategy.go.":                                 {"pkg/registry/core/pod/strategy.go"},
		"Mirrors the order of cmd/kubelet/app/server.go.":                            {},
		"Mirrors ParseQuantity in k8s.io/apimachinery/pkg/api/resource/quantity.go.": {},
		"Mirrors GetRequiredNodeAffinity in k8s.io/component-helpers/scheduling/corev1/nodeaffinity.": {
			"GetRequiredNodeAffinity in k8s.io/component-helpers/scheduling/corev1/nodeaffinity"},
		"Mirrors PodRequests in k8s.io/component-helpers/resource/helpers.go.":         {"PodRequests in k8s.io/component-helpers/resource"},
		"Mirrors findNextInitContainerToRun, and what computePodActions does with it.": {"computePodActions", "findNextInitContainerToRun"},
	}
	for text, want := range rows {
		found := map[mirrored]bool{}
		addMirrored(text, found)
		got := []string{}
		for m := range found {
			got = append(got, m.key())
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s\n%v, not %v", text, got, want)
		}
	}
}

func TestFingerprintsAreKeptWhereTheyChange(t *testing.T) {
	f := &mirroredFile{Read: map[string]string{"1.36": "", "1.37": "", "1.38": ""}, Functions: map[string][]state{"f": {{"1.36", "a"}, {"1.38", "b"}}}}
	f.set("f", 38, "a")
	if want := []state{{"1.36", "a"}}; !slices.Equal(f.Functions["f"], want) {
		t.Errorf("%v, not %v", f.Functions["f"], want)
	}
	f.set("f", 37, "c")
	if want := []state{{"1.36", "a"}, {"1.37", "c"}, {"1.38", "a"}}; !slices.Equal(f.Functions["f"], want) {
		t.Errorf("%v, not %v", f.Functions["f"], want)
	}
}

func TestWhatIsGoneStaysAsItsLastDefaultWas(t *testing.T) {
	on, off := gate{Default: true}, gate{}
	before := &document{Gates: map[string]gate{"Stays": on, "Left": on, "Dropped": off}, OtherGates: map[string]*gate{"OfALibrary": &on},
		GoneGates: &goneGates{OnForGood: []string{"Older", "Back"}, OffForGood: []string{"NeverOn"}}}
	gone, err := goneSince(before, &document{Gates: map[string]gate{"Stays": on, "Back": off}})
	if err != nil || !slices.Equal(gone.OnForGood, []string{"Left", "OfALibrary", "Older"}) || !slices.Equal(gone.OffForGood, []string{"Dropped", "NeverOn"}) {
		t.Errorf("%v %v", gone, err)
	}
	if _, err := goneSince(&document{OtherGates: map[string]*gate{"Unread": nil}}, &document{}); err == nil {
		t.Error("a gate whose default nobody read goes unseen")
	}
}

func TestReleasesAndPreReleases(t *testing.T) {
	p, err := parsePatch("v1.38.0-beta.0")
	if err != nil || p.String() != "1.38.0-beta.0" || p.release() != "1.38.0" || p.staging() != "v0.38.0-beta.0" || p.preRelease() != p.String() {
		t.Errorf("%v %v", p, err)
	}
	for _, text := range []string{"1.38", "1.38.0-beta", "2.1.0", "1.38.0+x", "1.x.0"} {
		if _, err := parsePatch(text); err == nil {
			t.Errorf("%s is taken for a release", text)
		}
	}
	for _, pair := range [][2]string{{"rc.0", "beta.3"}, {"beta.0", "alpha.3"}, {"alpha.10", "alpha.9"}} {
		if !laterPreRelease(pair[0], pair[1]) || laterPreRelease(pair[1], pair[0]) {
			t.Errorf("%s is not later than %s", pair[0], pair[1])
		}
	}
}

func TestFactsOfTheNewestPatchAreCarried(t *testing.T) {
	got, err := newest(raw(`{"first": {"b": 1, "a": ["x"]}, "later": [{"since": "1.37.1", "facts": {"a": ["y"]}}]}`))
	if want := `{"first": {"b": 1, "a": ["y"]}, "later": []}`; err != nil || string(got) != want {
		t.Errorf("%s %v", got, err)
	}
}
