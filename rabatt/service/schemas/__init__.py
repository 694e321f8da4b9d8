"""The OpenAPI document (docs/openapi.json): what bodies and answers look like, made of the models that read them.

It owns the shape of the document and what makers of clients need in it (decision 0012). It reads no request and decides
nothing: a route is served the same without it.
"""
