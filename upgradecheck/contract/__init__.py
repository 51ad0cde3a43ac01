"""The JSON that scripts hold the program to, and that it reads back (design, section 4): ``v1`` is the format of major 1.

A document's types stand in a module of their own; its JSON Schema is made of them (``json_schema``), its text by the renderers of JSON and
of YAML. The types name the attributes of the model's that they show, so msgspec carries values over, in both directions (``parts``): a
member is added in one line. They are types of their own all the same: what is renamed in the model keeps its name here, and a test compares
the two.
"""
