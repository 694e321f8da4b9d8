"""The OpenAPI document: what bodies and answers look like."""
