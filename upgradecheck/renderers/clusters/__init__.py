"""Plans of several clusters, laid out: what they come to together, then each as its own format shows it."""
