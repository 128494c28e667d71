"""GPU support as a second step: a build of torch for the card, in a folder of the user's own, beside the program's CPU build.

``overlay``: the folder, and how it comes before the program's own torch at the start. ``offers``: the card, and the builds that fit
it. ``install``: from the network or a workshop kit, tried out in a process of its own before it counts.

Nothing here imports Qt, nothing touches the program's own folder: without the overlay's folder the CPU build is back.
"""
