"""Language and sentiment measured: posts with known answers flow in, tables with intervals flow out.

`python -m benchmarks.text [DATA_FOLDER] [--out FILE]`. The posts in this folder are invented; the folder of
real ones is an argument, and without it the parts that need it say so and are left out.
"""
