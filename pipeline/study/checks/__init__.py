"""What a declared study is held to, before any run is read."""
