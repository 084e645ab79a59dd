"""Puts back what curio 1.6 wants and 3.12 no longer has. Import it before curio; runs on 3.8 and later."""

import multiprocessing.connection
import ssl

for name in ("CHALLENGE", "WELCOME", "FAILURE"):
    if not hasattr(multiprocessing.connection, name):
        setattr(multiprocessing.connection, name, getattr(multiprocessing.connection, "_" + name))
if not hasattr(ssl, "wrap_socket"):
    ssl.wrap_socket = None
