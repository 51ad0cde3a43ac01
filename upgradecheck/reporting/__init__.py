"""What a report says, decided once: answer, basis, groups, sentences. Formats only lay it out."""
