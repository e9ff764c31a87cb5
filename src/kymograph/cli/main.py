# SPDX-License-Identifier: MIT
"""The `kymo` command: general options, then a verb. Here alone an error becomes a line and a status."""

from __future__ import annotations

import os
import sys

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.cli.context import Context
from kymograph.cli.options import take_general_options
from kymograph.cli.verbs import VERBS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status: 0 done, 1 error, 2 undefined, 3 fatal, 4 warning."""
    context = Context(_program_name())
    document: dict[str, object] = {}
    try:
        try:
            document = _run(context, sys.argv[1:] if arguments is None else arguments)
        except KymoError as error:
            context.report(error)
        except BrokenPipeError:
            raise
        except Exception as error:
            context.report(_internal(context, error))
        if context.json:
            import json

            errors = {"errors": [error.as_dict() for error in context.errors]} if context.errors else {}
            print(json.dumps({**document, **errors}, ensure_ascii=False))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has seen enough; keep Python from trying again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    finally:
        context.close()
    return context.exit_status


def _program_name() -> str:
    """Return what we were called as, for example `lttng`."""
    name = sys.argv[0].rpartition("/")[2]
    return "kymo" if name in ("", "-c", "__main__.py", "main.py") else name


def _run(context: Context, arguments: list[str]) -> dict[str, object]:
    name, *own = take_general_options(context, arguments) or ["help"]
    if not arguments:
        context.exit_status = 1
    if name not in VERBS:
        from kymograph.cli.help_ import undefined

        raise undefined(context.program, name)
    from kymograph.cli.parser import verb_module, verb_parser

    parser = verb_parser(context.program, name)
    try:
        options = parser.parse(own)
    except SystemExit:
        # argparse has printed the help.
        return {}
    context.json = context.json or options.json
    return verb_module(name).run(context, options)


def _internal(context: Context, error: Exception) -> KymoError:
    """Return the error for what should not have happened; with `-v`, print where."""
    if context.verbosity:
        import traceback

        traceback.print_exc()
    hint = f"please report it with the output of: {context.program} -v …"
    return KymoError(ErrorCode.INTERNAL, f"internal error: {error!r}", hint)


if __name__ == "__main__":
    sys.exit(main())
