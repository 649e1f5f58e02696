"""The pure xAPI domain: values in, values out, no I/O."""
