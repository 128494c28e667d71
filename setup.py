"""What pyproject.toml cannot say: packages found by search AND the folder resources/ as playground.resources."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["playground*"]), "playground.resources"],
    package_dir={"playground.resources": "resources"},
    package_data={"playground": ["py.typed"], "playground.resources": ["**/*"]},
)
