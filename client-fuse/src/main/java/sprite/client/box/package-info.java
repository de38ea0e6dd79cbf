/**
 * The recovery box of a living daemon: what its next life would need if it were killed at this moment, in a file that
 * is mapped into memory. The file outlives the process, not the machine; so a store is all that keeping costs, and the
 * kernel has it in the order of the program. Not the message that an orderly hand-over leaves: that is written once,
 * see {@code sprite.client.control.RecoveryBoxes}. Start with {@link sprite.client.box.Box}.
 *
 * <p>Sprite's word: Baker and Sullivan, "The Recovery Box: Using Fast Recovery to Provide High Availability in the UNIX
 * Environment", USENIX Summer 1992. See "A Daemon That Is Killed" in the design notes.
 */
@NullMarked
package sprite.client.box;

import org.jspecify.annotations.NullMarked;
