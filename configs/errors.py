"""The one error that users meet. Everything that a user can mend is raised as `InputError`; nothing else is caught."""


class InputError(Exception):
    """Bad input from outside: a file, an option, a value.

    The message is one line that says what is wrong, where (file, line, column, key), and how to mend it.
    Every door (command line, Dagster UI, REST) shows the message alone, without a stack trace.
    """
