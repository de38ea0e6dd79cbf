package sprite.server.domain.fsck;

import java.util.List;

/**
 * What a check found. Immutable.
 *
 * @param title which domain
 * @param files inodes looked at
 * @param damages in the order found
 * @param notes what looks like damage and is none
 * @param left what is still there after a repair; without a repair the same as {@code damages}
 */
public record Report(String title, long files, List<Damage> damages, List<String> notes, List<Damage> left) {
    public boolean isClean() {
        return damages.isEmpty();
    }
}
