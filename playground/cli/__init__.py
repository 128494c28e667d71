"""The command line: every ability of the engine without a window, and the standing proof that the engine needs no Qt.

    main.py       from words to a command, from its outcome or error to text, JSON and an exit code
    commands.py   what can be typed        parser.py    how mistakes in it are answered
    recipe.py     flags <-> recipe         console.py   outcomes, standard output, progress
    training.py   train, resume            models.py    sample, evaluate, interpolate
    chain.py      chain                    log_prob.py  log-prob
    flags.py      how a diffusion model samples
    pictures.py   points as pictures       whole.py     files and folders that appear whole or not at all
    data.py       data list, data show     runs.py      runs, and finding a run by name
    on_board.py   models, export-run, import-run
    check.py      the self-check           check_report.py    what it found, as a file to send
    running.py    a session for the length of a command

A command is a function ``command(args) -> Outcome``. It prints nothing itself: ``main`` shows the outcome as text or
as one JSON object. Nothing is imported before it is needed, so that ``playground --help`` answers at once.
"""

from playground.cli.main import main as main
