package main

import (
	"fmt"
	"sort"
)

// goneGates are the gates that earlier minors have and this one has no longer, by what became of what they switched. Such a gate is
// neither on nor off by a default: nobody can set it any more. What no minor up to this one has is not here: its feature does not exist yet.
type goneGates struct {
	OnForGood  []string `json:"on_for_good"`
	OffForGood []string `json:"off_for_good"`
}

// goneSince carries on what was gone in the minor before, and adds what left with this one: the last default is what stayed.
func goneSince(before, d *document) (goneGates, error) {
	here := func(name string) bool {
		_, own := d.Gates[name]
		_, other := d.OtherGates[name]
		return own || other
	}
	state := map[string]bool{}
	if before.GoneGates != nil {
		for _, name := range before.GoneGates.OnForGood {
			state[name] = true
		}
		for _, name := range before.GoneGates.OffForGood {
			state[name] = false
		}
	}
	for name, g := range before.OtherGates {
		if g == nil && !here(name) {
			return goneGates{}, fmt.Errorf("gate %s, whose default nobody read, is gone: read in which state it was for good", name)
		}
		if g != nil {
			state[name] = g.Default
		}
	}
	for name, g := range before.Gates {
		state[name] = g.Default
	}
	gone := goneGates{[]string{}, []string{}}
	for name, on := range state {
		switch {
		case here(name):
		case on:
			gone.OnForGood = append(gone.OnForGood, name)
		default:
			gone.OffForGood = append(gone.OffForGood, name)
		}
	}
	sort.Strings(gone.OnForGood)
	sort.Strings(gone.OffForGood)
	return gone, nil
}

// setGone fills in what the file of the minor before tells of gates.
func (d *document) setGone(dir string, m minor) error {
	before, err := readDocument(documentPath(dir, m-1))
	if err != nil {
		return err
	}
	gone, err := goneSince(before, d)
	if err != nil {
		return err
	}
	d.GoneGates = &gone
	return nil
}

// refreshGone works out the gates that are gone again, from what is on file; minors are named from the oldest on, since each carries on.
func refreshGone(arg, dir string) error {
	p, err := parsePatch(arg + ".0")
	if err != nil {
		return err
	}
	path := documentPath(dir, p.minor)
	d, err := readDocument(path)
	if err != nil {
		return err
	}
	if err := d.setGone(dir, p.minor); err != nil {
		return err
	}
	return d.write(path)
}
