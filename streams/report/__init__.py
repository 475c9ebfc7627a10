"""What is handed to a mayor or kept in a file: incidents out of the store flow in, one page flows out.

`data` asks the views, `chart` draws, `page` writes the HTML, `rows` gives what stands behind it as a table.
"""
