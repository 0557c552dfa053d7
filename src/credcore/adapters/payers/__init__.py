"""Payer gateways: one on files, for payers that take and give spreadsheets."""

from credcore.adapters.payers.folder import FolderGateway

__all__ = ["FolderGateway"]
