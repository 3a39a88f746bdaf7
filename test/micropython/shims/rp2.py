def country(code=None):
    return code
