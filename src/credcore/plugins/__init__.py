"""Find plugins, load them one by one, and keep what each adds: no global state, a manager for each set.

A plugin is a module or object with ``credcore.hookimpl`` functions, found through the entry-point group ``credcore``
or given in Python. One that cannot be loaded, takes too long, raises, or gives what credcore cannot use is recorded
with its distribution, version and error, and the others go on.
"""

import logging

from credcore.plugins.loading import load_plugins
from credcore.plugins.registered import Plugins
from credcore.plugins.status import PluginStatus

# A host that listens to no log hears nothing of ours either: what a caller must know is in answers and errors.
logging.getLogger("credcore").addHandler(logging.NullHandler())

__all__ = ["PluginStatus", "Plugins", "load_plugins"]
