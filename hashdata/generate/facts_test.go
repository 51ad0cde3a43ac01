package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFactsOfAFile(t *testing.T) {
	parts := raw(`{"first": {"b": false, "refuses": ["x"], "gated_fields": [{"gate": "G", "paths": ["p"]}], "file": {"formats": ["a", "b"], "under": {"H": ["c"]}}},
		"later": [{"since": "1.37.1", "facts": {"b": true, "refuses": ["x", "y"], "gated_fields": []}}]}`)
	all := map[string][]factState{}
	if err := addFacts(all, "part", parts, "1.37.0"); err != nil {
		t.Fatal(err)
	}
	wanted := map[string]string{
		"part.b": "1.37.0 false 1.37.1 true ", "part.refuses.x": "1.37.0 true ", "part.refuses.y": "1.37.0 null 1.37.1 true ",
		"part.gated_fields.G": `1.37.0 ["p"] 1.37.1 null `, "part.file.formats": `1.37.0 ["a","b"] `, "part.file.under": `1.37.0 {"H":["c"]} `,
	}
	for fact, want := range wanted {
		if got := inWords(all[fact]); got != want {
			t.Errorf("%s: %s, not %s", fact, got, want)
		}
	}
	if len(all) != len(wanted) {
		t.Errorf("%v", all)
	}
}

func TestAFactIsSetInOneMinorAlone(t *testing.T) {
	f := &factsFile{Facts: map[string][]factState{"f": {{"1.36.0", raw("1")}, {"1.38.0", raw("2")}}}}
	f.set("f", 37, []factState{{"1.37.0", raw("1")}, {"1.37.2", raw("3")}}, 38)
	if got := inWords(f.Facts["f"]); got != "1.36.0 1 1.37.2 3 1.38.0 2 " {
		t.Error(got)
	}
	f.set("f", 36, []factState{{"1.36.0", raw("4")}}, 38)
	if got := inWords(f.Facts["f"]); got != "1.36.0 4 1.37.0 1 1.37.2 3 1.38.0 2 " {
		t.Error(got)
	}
	f.set("f", 38, []factState{{"1.38.0", raw("3")}}, 38)
	if got := inWords(f.Facts["f"]); got != "1.36.0 4 1.37.0 1 1.37.2 3 " {
		t.Error(got)
	}
}

func TestAFactIsReadInWhatItsNameBeginsWith(t *testing.T) {
	f := &factsFile{ReadIn: map[string][]string{"a.refuses": {"V"}, "a.refuses.special": {"S"}}, Facts: map[string][]factState{"a.refuses.x": nil, "a.refuses.special": nil, "b": nil}}
	if got := f.factsReadIn("V"); len(got) != 1 || got[0] != "a.refuses.x" {
		t.Errorf("%v", got)
	}
	if got := f.factsReadIn("S"); len(got) != 1 || got[0] != "a.refuses.special" {
		t.Errorf("%v", got)
	}
}

// What is on file is what the files say: recording it again changes nothing.
func TestTheFactsOnFileAreThoseOfTheFiles(t *testing.T) {
	folder := t.TempDir()
	all, err := filepath.Glob("../*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before, _ := os.ReadFile(factsPath(folder))
	minors, err := onFile(folder)
	if err != nil || len(minors) == 0 {
		t.Fatal(minors, err)
	}
	for _, m := range minors {
		if _, err := recordFacts(m, nil, folder); err != nil {
			t.Fatal(err)
		}
	}
	if after, _ := os.ReadFile(factsPath(folder)); string(after) != string(before) {
		t.Error("recorded again, facts are others")
	}
}

func inWords(states []factState) string {
	text := ""
	for _, one := range states {
		text += one.Since + " " + string(one.Is) + " "
	}
	return text
}
