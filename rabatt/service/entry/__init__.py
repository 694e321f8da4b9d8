"""What each request passes before its route: bounds, its token and scopes, the key of its repetition."""
