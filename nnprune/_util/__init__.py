"""Private: what all rooms use and no user needs. Imported by module, so nothing is exported.

    checks      input validation: one clear error that names the value and the remedy
    types       names for the types that many signatures share
    files       files written whole or not at all, and read without trust
    npz_reader  an .npz read without trust
    progress    how far long work is
    executor    worker processes here, or those of a cluster, and what is spread over them
    web_page    HTML pages that need nothing else, put together of template, styles, scripts and data
    command     how the programs end: one line for what went wrong, and an exit code
"""
