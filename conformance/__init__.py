"""A test bench for any XDS.b endpoint, through the wire only; it holds no tests yet."""
