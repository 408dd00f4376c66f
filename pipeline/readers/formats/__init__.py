"""One file a log format, or a family of formats that one program writes."""
