"""The lab: real clients and servers in network namespaces, broken on purpose and captured. See README.md beside this file."""
