"""What a notebook works with: frames in, fits and plans as frames out, without a home."""
