/** Tests of the check of a domain at rest: every kind of damage is planted, explained and repaired. */
@NullMarked
package sprite.server.domain.fsck;

import org.jspecify.annotations.NullMarked;
