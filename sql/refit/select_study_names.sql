SELECT study FROM studies
