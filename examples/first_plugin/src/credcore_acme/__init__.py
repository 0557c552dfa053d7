"""How Acme gives out files, and how it takes notices: a plugin of credcore."""
