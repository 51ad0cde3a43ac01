"""A recorded real node that ships with the program (``--example``): see README.md beside this file. Data only."""
