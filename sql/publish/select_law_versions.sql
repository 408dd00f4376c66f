SELECT law, version FROM laws
