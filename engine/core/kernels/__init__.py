"""What makes the core fast: buffers that are made once, and calls that write into them.

No kernel says what is computed; that stands in ``engine.core``, and tests hold each kernel to it. A
call is a ``partial`` of a NumPy function and its arrays, the last of which it writes to: so it
costs no frame of Python. Constants are 0-d arrays, which NumPy handles faster than floats.
"""
