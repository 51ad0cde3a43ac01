package main

import (
	"fmt"
	"slices"
)

// gateBefore is the state of a gate in the patches of its minor before one.
type gateBefore struct {
	Patch   int    `json:"patch"`
	Default bool   `json:"default"`
	Stage   string `json:"stage"`
	Locked  bool   `json:"locked"`
}

// setArrivals fills in since which patch a minor's kubelet has each gate that its first release does not have: a kubelet of an earlier
// patch does not start with it; and what a gate was before a patch that gave it another default, stage or lock. at is the release that d's
// gates were read from. A patch whose source cannot be had counts as one with what the patch before it has; where its libraries alone cannot
// be had (1.15.0, 1.16.0), it counts as one with all of theirs.
func (d *document) setArrivals(at patch) error {
	if at.n == 0 {
		return nil
	}
	known := gatesByPatch{at.minor, d.OtherGates, map[int]map[string]*gate{at.n: d.allGates()}}
	first, err := known.of(0)
	if err != nil {
		return err
	}
	for name, now := range d.allGates() {
		if then, there := first[name]; there && alike(now, then) {
			continue
		}
		changes, err := known.changes(name, 0, at.n)
		if err != nil {
			return err
		}
		if err := d.setHistory(name, changes); err != nil {
			return err
		}
	}
	return nil
}

// allGates are those that its kubelets take; nil stands for one whose defaults are not read.
func (d *document) allGates() map[string]*gate {
	all := map[string]*gate{}
	for name, g := range d.OtherGates {
		all[name] = g
	}
	for name, g := range d.Gates {
		all[name] = &g
	}
	return all
}

// setHistory puts in what a gate was before each patch that changed it, the last first.
func (d *document) setHistory(name string, changes []change) error {
	g := d.OtherGates[name]
	own, isOwn := d.Gates[name]
	if isOwn {
		g = &own
	}
	if g == nil {
		return fmt.Errorf("gate %s came or changed with patch %d, and nobody read its default", name, changes[0].patch)
	}
	for _, one := range changes {
		if one.before == nil {
			g.SincePatch = one.patch
		} else {
			g.Before = append(g.Before, gateBefore{one.patch, one.before.Default, one.before.Stage, one.before.Locked})
		}
	}
	if isOwn {
		d.Gates[name] = *g
	}
	return nil
}

// alike tells two gates of one state; one whose defaults are not read counts as being any other.
func alike(a, b *gate) bool {
	return a == nil || b == nil || a.Default == b.Default && a.Stage == b.Stage && a.Locked == b.Locked
}

// gatesByPatch are all gates that a minor's patches take, as far as they were read; libraries are those of the last.
type gatesByPatch struct {
	minor     minor
	libraries map[string]*gate
	read      map[int]map[string]*gate
}

func (k gatesByPatch) of(n int) (map[string]*gate, error) {
	if gates, read := k.read[n]; read {
		return gates, nil
	}
	q, source, err := nearestSource(patch{minor: k.minor, n: n})
	if err != nil {
		return nil, err
	}
	d := &document{}
	if d.Gates, err = readGates(source.Dir, k.minor); err != nil {
		return nil, err
	}
	if d.OtherGates, err = readOtherGates(source.Dir, q, d.Gates); err != nil {
		d.OtherGates = k.libraries
	}
	k.read[n] = d.allGates()
	return k.read[n], nil
}

// change is a patch with which a gate came, or became another, and what it was before; nil where it was not there.
type change struct {
	patch  int
	before *gate
}

// changes are those of a gate between two patches, the last first. What changes and changes back between two patches that are looked at
// is not found; of the gates of all minors none was seen to.
func (k gatesByPatch) changes(name string, first, last int) ([]change, error) {
	then, now, err := k.both(name, first, last)
	if err != nil || same(then, now) {
		return nil, err
	}
	if last-first == 1 {
		return []change{{last, then.gate}}, nil
	}
	middle := (first + last) / 2
	later, err := k.changes(name, middle, last)
	if err != nil {
		return nil, err
	}
	earlier, err := k.changes(name, first, middle)
	return slices.Concat(later, earlier), err
}

// found is a gate as a patch has it.
type found struct {
	gate  *gate
	there bool
}

func (k gatesByPatch) both(name string, first, last int) (then, now found, err error) {
	for n, into := range map[int]*found{first: &then, last: &now} {
		gates, err := k.of(n)
		if err != nil {
			return then, now, err
		}
		into.gate, into.there = gates[name]
	}
	return then, now, nil
}

func same(a, b found) bool { return a.there == b.there && alike(a.gate, b.gate) }
