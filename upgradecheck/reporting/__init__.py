"""What a report says, decided once, as data: answer, basis, groups, sentences. Formats for people only lay it out.

Names stay raw here and are marked as names, since each medium encodes them in its own way (see ``lines``).
"""
