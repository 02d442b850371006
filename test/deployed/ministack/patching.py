"""Replaces parts of MiniStack. Each part is looked up by name and fails loudly if it is missing."""

from ministack.services.cloudformation import provisioners


def require(holder, name):
    """Returns the member `name` of `holder`, or exits with an error."""
    if not hasattr(holder, name):
        raise SystemExit(f"MiniStack has changed: {holder.__name__} has no {name}")
    return getattr(holder, name)


def patch(holder, name):
    """Replaces `holder.name` by a function that gets the original as its first argument."""
    original = require(holder, name)

    def install(replacement):
        setattr(holder, name, lambda *args, **kwargs: replacement(original, *args, **kwargs))

    return install


def patch_resource(resource_type, action):
    """Replaces, in the same way, the handler with which CloudFormation performs an action on a type of resource."""
    handlers = provisioners._RESOURCE_HANDLERS.get(resource_type, {})
    if action not in handlers:
        raise SystemExit(f"MiniStack has changed: it cannot {action} {resource_type}")
    original = handlers[action]

    def install(replacement):
        handlers[action] = lambda *args, **kwargs: replacement(original, *args, **kwargs)

    return install
