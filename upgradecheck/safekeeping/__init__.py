"""Files that survive: a crash, a full disk, two writers and a hand that slips."""
