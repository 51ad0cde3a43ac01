package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyAPreReleaseThatCannotBeBuiltIsNoFailure(t *testing.T) {
	refused := errors.New("403 Forbidden")
	for _, one := range []struct {
		changed string
		err     error
		line    string
		wrong   bool
	}{
		{"read 1.38.1", nil, "read 1.38.1", false},
		{"", refused, "403 Forbidden", true},
		{"", fmt.Errorf("1.38: %w", notYet{refused}), "its pre-release is not read yet: 1.38: 403 Forbidden", false},
	} {
		if line, wrong := said(one.changed, one.err); line != one.line || wrong != one.wrong {
			t.Errorf("%q, %v: said %q, wrong %t", one.changed, one.err, line, wrong)
		}
	}
}

func TestHowThingsAreWithAMinorIsSaid(t *testing.T) {
	folder := t.TempDir()
	for name, version := range map[string]string{"1.36": "v1.36.5", "1.37": "v1.37.2", "1.38": "v1.38.0-beta.0"} {
		d := &document{Minor: name, Provenance: provenance{Gates: read{Version: version}}, GoVersions: []goRelease{{Patch: name + ".2"}}}
		if name == "1.38" {
			d.Provisional = &provisional{Release: "1.38.0-beta.0"}
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "v"+name+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for m, want := range map[minor]string{36: "up to date with 1.36.5; the source of 1.36.2, which is listed, cannot be had", 37: "up to date with 1.37.2",
		38: "up to date with 1.38.0-beta.0", 39: "there is no release and no pre-release of it yet"} {
		if line, err := standing(m, folder); err != nil || line != want {
			t.Errorf("%s: %q %v, not %q", m, line, err, want)
		}
	}
}

func TestNothingIsReplacedThatAReleaseDoesNotWant(t *testing.T) {
	mod := "require (\n\tsigs.k8s.io/structured-merge-diff/v6 v6.4.2\n)\n"
	if lines := replacements(mod); lines != "" {
		t.Errorf("a release that wants what can be had got a stand-in: %q", lines)
	}
}
