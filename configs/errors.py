"""The one error that users meet, and its kinds. What a user can mend is an `InputError`; nothing else is caught."""


class InputError(Exception):
    """Bad input from outside: a file, an option, a value.

    The message is one line that says what is wrong, where (file, line, column, key), and how to mend it.
    Every door (command line, Dagster UI, REST) shows the message alone, without a stack trace.
    """


class PassingError(InputError):
    """A place that does not answer, or not to these credentials any more: the same run may go well later."""


class NoPicturesError(InputError):
    """The input is there, and no picture in it."""
