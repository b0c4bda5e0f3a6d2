"""`winnow user` and `winnow token`: who may use the platform's API, and with what.

The words of the commands are here; what they do is in `resources.platform.users`, which is loaded when it is asked for.
"""

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from selection_assets.command.text_table import print_table


def add_to(commands: Any) -> None:
    """Add both commands to argparse's sub-parsers."""
    users = commands.add_parser("user", help="people who use the platform's API").add_subparsers(
        metavar="ACTION", required=True
    )
    _action(users, "add", "add a user", _add_user, "email")
    _action(users, "list", "all users", _list_users)
    _action(users, "remove", "remove a user who has no datasets, with their tokens", _remove_user, "email")
    tokens = commands.add_parser("token", help="their tokens").add_subparsers(metavar="ACTION", required=True)
    _action(tokens, "create", "make a token and print it, this once, alone on the last line", _create_token, "email")
    _action(tokens, "list", "all tokens, by id and last characters", _list_tokens)
    _action(tokens, "revoke", "end a token at once", _revoke_token, "token")


def _action(actions: Any, name: str, what: str, run: Any, argument: str = "") -> None:
    parser = actions.add_parser(name, help=what, description=what, allow_abbrev=False)
    if argument == "email":
        parser.add_argument("email", metavar="EMAIL", help="address of the user")
    if argument == "token":
        parser.add_argument("token", metavar="TOKEN", help="the token, or its id; -: asks for it")
    parser.set_defaults(command=run)


def _add_user(options: argparse.Namespace) -> int:
    from resources.platform.users import add_user

    user = add_user(options.email)
    print(f"Added user {user.email}. For a token: winnow token create {user.email}")
    return 0


def _remove_user(options: argparse.Namespace) -> int:
    from resources.platform.users import remove_user

    remove_user(options.email)
    print(f"Removed user {options.email.strip().lower()}.")
    return 0


def _list_users(_: argparse.Namespace) -> int:
    from resources.platform.users import all_users

    rows = [(each.email, _shown(each.created)) for each in all_users()]
    _table([("EMAIL", "ADDED"), *rows], "There are none yet: winnow user add EMAIL")
    return 0


def _create_token(options: argparse.Namespace) -> int:
    from resources.platform.users import create_token

    token = create_token(options.email)
    print("The token is shown this once. Give it to the user's script as LIGHTLY_TOKEN:")
    print(token)
    return 0


def _list_tokens(_: argparse.Namespace) -> int:
    from resources.platform.users import all_tokens

    rows = [
        (each.id, each.email, f"…{each.ending}", _shown(each.created), _shown(each.revoked) if each.revoked else "-")
        for each in all_tokens()
    ]
    _table([("ID", "USER", "TOKEN", "CREATED", "REVOKED"), *rows], "There are none yet: winnow token create EMAIL")
    return 0


def _revoke_token(options: argparse.Namespace) -> int:
    from getpass import getpass

    from resources.platform.users import revoke_token

    revoke_token(getpass("Token: ").strip() if options.token == "-" else options.token)
    print("Revoked the token: nobody gets in with it any more.")
    return 0


def _shown(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"


def _table(rows: list[tuple[str, ...]], nothing: str) -> None:
    print_table(rows)
    if len(rows) == 1:
        print(nothing, file=sys.stderr)
