"""One side of a comparison each: takes JSON as its argument and prints JSON."""
