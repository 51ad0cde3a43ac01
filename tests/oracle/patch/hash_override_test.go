package kuberuntime

import (
	"encoding/json"
	"io/ioutil"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Written by the Python side: a plan, a container in it, and its two hashes.
func given(t *testing.T) (plan []byte, id string, from, to uint64) {
	var told struct {
		Plan, ID string
		From, To uint64
	}
	raw, err := ioutil.ReadFile("given.json")
	if err != nil || json.Unmarshal(raw, &told) != nil {
		t.Fatal("no given.json", err)
	}
	return []byte(told.Plan), told.ID, told.From, told.To
}

func write(t *testing.T, content []byte) string {
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := ioutil.WriteFile(path, content, 0600); err != nil {
		t.Fatal(err)
	}
	os.Setenv("UPGRADECHECK_OVERRIDE_MAP", path)
	return path
}

func TestOnlyWhatIsMapped(t *testing.T) {
	plan, id, from, to := given(t)
	write(t, plan)
	for _, row := range []struct {
		about              string
		id                 string
		recorded, computed uint64
		expected           bool
	}{
		{"the mapped pair", id, from, to, true},
		{"another container", id + "0", from, to, false},
		{"another recorded hash", id, from + 1, to, false},
		{"another computed hash: the spec did change", id, from, to + 1, false},
		{"the pair reversed", id, to, from, false},
		{"no record at all", id, 0, to, false},
	} {
		if found := hashOverridden(row.id, row.recorded, row.computed); found != row.expected {
			t.Errorf("%s: %v", row.about, found)
		}
	}
}

func TestNothingWithoutAMapThatCanBeTrusted(t *testing.T) {
	plan, id, from, to := given(t)
	text := string(plan)
	for about, content := range map[string]string{
		"empty":             "",
		"no JSON":           "{",
		"cut":               text[:len(text)-1],
		"another hash":      strings.Replace(text, "c18c318c", "c18c318d", -1),
		"another target":    strings.Replace(text, `"to": "1.31.0"`, `"to": "1.32.0"`, 1),
		"another container": strings.Replace(text, id, strings.Repeat("d", 64), 1),
		"no plan":           strings.Replace(text, `"Plan"`, `"Other"`, 1),
		"a newer format":    strings.Replace(text, `"1.0"`, `"2.0"`, 1),
		"a wrong type":      strings.Replace(text, `"pods": [`, `"pods": 7, "x": [`, 1),
	} {
		if content == text {
			t.Fatal(about, "is no change")
		}
		write(t, []byte(content))
		for _, one := range []string{id, strings.Repeat("d", 64)} {
			if hashOverridden(one, from, to) || hashOverridden(one, from+1, to) {
				t.Error(about, "is trusted")
			}
		}
	}
	os.Setenv("UPGRADECHECK_OVERRIDE_MAP", filepath.Join(t.TempDir(), "none"))
	if hashOverridden(id, from, to) {
		t.Error("a missing map is trusted")
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := exec.Command("mkfifo", pipe).Run(); err != nil {
		t.Fatal(err)
	}
	os.Setenv("UPGRADECHECK_OVERRIDE_MAP", pipe)
	if hashOverridden(id, from, to) { // and does not wait for somebody to write
		t.Error("a pipe is trusted")
	}
}

func TestEveryFlippedBit(t *testing.T) {
	plan, id, from, to := given(t)
	path := write(t, plan)
	for at := 0; at < len(plan); at++ {
		damaged := append([]byte{}, plan...)
		damaged[at] ^= 1 << uint(at%7)
		known, _ := readHashOverrides(path)
		if len(known) == 0 {
			t.Fatal("the plan itself is not trusted")
		}
		other := filepath.Join(t.TempDir(), "damaged.json")
		if err := ioutil.WriteFile(other, damaged, 0600); err != nil {
			t.Fatal(err)
		}
		if found, err := readHashOverrides(other); err == nil {
			for key, entry := range found {
				if was, there := known[key]; !there || *was.From != *entry.From || was.To != entry.To {
					t.Errorf("bit %d changes what is overridden", at)
				}
			}
		}
	}
	_, _, _ = id, from, to
}

func TestReadAgainWhenItChanges(t *testing.T) {
	plan, id, from, to := given(t)
	path := write(t, []byte("{}"))
	if hashOverridden(id, from, to) {
		t.Error("an empty map overrides")
	}
	if err := ioutil.WriteFile(path, plan, 0600); err != nil {
		t.Fatal(err)
	}
	if !hashOverridden(id, from, to) {
		t.Error("the new map is not read")
	}
	if err := os.Chtimes(path, time.Now(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if !hashOverridden(id, from, to) {
		t.Error("a map with another date is not read")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if hashOverridden(id, from, to) {
		t.Error("a map that is gone is still used")
	}
}
