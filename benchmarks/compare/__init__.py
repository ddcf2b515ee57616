"""pyesi beside its peers, in paired runs: `benchmarks/run` calls it.

rows/       what is compared, and with which target: one file each
programs/   one side of a comparison, which runs in a process of its own
pairing     sides take turns, A B A B …; medians and ratios
nginx       the server that both sides ask
"""
