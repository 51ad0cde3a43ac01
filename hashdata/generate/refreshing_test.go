package main

import (
	"errors"
	"fmt"
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
		{"", nil, "up to date", false},
		{"", refused, "403 Forbidden", true},
		{"", fmt.Errorf("1.38: %w", notYet{refused}), "its pre-release is not read yet: 1.38: 403 Forbidden", false},
	} {
		if line, wrong := said(one.changed, one.err); line != one.line || wrong != one.wrong {
			t.Errorf("%q, %v: said %q, wrong %t", one.changed, one.err, line, wrong)
		}
	}
}

func TestNothingIsReplacedThatAReleaseDoesNotWant(t *testing.T) {
	mod := "require (\n\tsigs.k8s.io/structured-merge-diff/v6 v6.4.2\n)\n"
	if lines := replacements(mod); lines != "" {
		t.Errorf("a release that wants what can be had got a stand-in: %q", lines)
	}
}
