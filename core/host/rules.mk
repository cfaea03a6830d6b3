# What this host's own files and programs say: for the tool, run as root.
