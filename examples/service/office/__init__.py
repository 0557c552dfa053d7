"""A medical staff office: a small web service that holds two desks of credcore in its own database."""
