package sprite.client.prefix;

import sprite.client.session.ServerLink;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;

/**
 * A prefix, the root directory of the domain behind it, and the server that exports it. Immutable.
 *
 * @param uuid the domain's identity
 */
public record PrefixEntry(Prefix prefix, FileId root, String uuid, ServerLink link) {}
