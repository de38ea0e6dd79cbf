/**
 * The global name space as one mount sees it: {@link sprite.client.space.NameSpace} implements
 * {@link sprite.client.fs.FileSystem} by asking what this client holds under grants first and the file's server second.
 *
 * <p>Each concern has a class: {@code Lookups} reads names and attributes, {@code NameChanges} changes them,
 * {@code FileAccess} opens files and moves data, {@code Locking} and {@code ExtendedAttributes} do what they say.
 * {@code Dispatcher} takes what servers say unasked to whoever caches. All share what this client holds,
 * {@code Holdings}.
 */
@NullMarked
package sprite.client.space;

import org.jspecify.annotations.NullMarked;
