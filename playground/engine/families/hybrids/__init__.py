"""Bridges between the families: each is a family of its own, in a package below this one, and may stand on the models of those that
it joins. Bridges do not import each other.
"""
