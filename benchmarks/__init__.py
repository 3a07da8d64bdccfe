"""How fast the product is, beside hand-written DuckDB SQL and pandas on the same data. Prints; never asserts a time."""
