package main

import "fmt"

// setArrivals fills in since which patch a minor's kubelet has each gate that its first release does not have: a kubelet of an earlier
// patch does not start with it. at is the release that d's gates were read from. A patch whose source cannot be had counts as one without
// the gates that the patch before it lacks; where its libraries alone cannot be had (1.15.0, 1.16.0), it counts as one with all of theirs.
func (d *document) setArrivals(at patch) error {
	if at.n == 0 {
		return nil
	}
	known := gatesByPatch{at.minor, d.OtherGates, map[int]map[string]bool{at.n: d.gateNames()}}
	first, err := known.of(0)
	if err != nil {
		return err
	}
	for name := range d.gateNames() {
		if first[name] {
			continue
		}
		since, err := known.arrival(name, at.n)
		if err != nil {
			return err
		}
		if err := d.setArrival(name, since); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) gateNames() map[string]bool {
	return union(d.Gates, d.OtherGates)
}

func (d *document) setArrival(name string, since int) error {
	if g, own := d.Gates[name]; own {
		g.SincePatch = since
		d.Gates[name] = g
		return nil
	}
	if d.OtherGates[name] == nil {
		return fmt.Errorf("gate %s came with patch %d, and nobody read its default", name, since)
	}
	d.OtherGates[name].SincePatch = since
	return nil
}

// gatesByPatch are the names of all gates that a minor's patches take, as far as they were read; libraries are those of the last.
type gatesByPatch struct {
	minor     minor
	libraries map[string]*gate
	names     map[int]map[string]bool
}

func (k gatesByPatch) of(n int) (map[string]bool, error) {
	if names, read := k.names[n]; read {
		return names, nil
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
	k.names[n] = d.gateNames()
	return k.names[n], nil
}

// arrival is the first patch that has a gate which patch 0 lacks and patch last has; none that came leaves again.
func (k gatesByPatch) arrival(name string, last int) (int, error) {
	lacks, has := 0, last
	for has-lacks > 1 {
		middle := (lacks + has) / 2
		names, err := k.of(middle)
		if err != nil {
			return 0, err
		}
		if names[name] {
			has = middle
		} else {
			lacks = middle
		}
	}
	return has, nil
}
