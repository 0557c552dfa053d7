"""Stores, notifiers, payer gateways and holidays: each behind a port, each imported only when it is used."""
