"""What holds for every test."""

import signal

# A shell starts what it puts into the background with SIGINT ignored, and every child inherits that: Ctrl-C could not
# be tested. A signal that has a handler here has its default action in a child.
signal.signal(signal.SIGINT, signal.default_int_handler)
