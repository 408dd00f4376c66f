USE {{catalog}}
