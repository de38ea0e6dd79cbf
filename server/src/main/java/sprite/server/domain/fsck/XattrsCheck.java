package sprite.server.domain.fsck;

import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import sprite.common.error.FsException;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Table;

/** Extended attributes belong to files that know they have some. Pure function. */
final class XattrsCheck implements Check {
    @Override
    public void run(Survey survey, Findings findings) throws FsException, IOException {
        Set<Long> having = new HashSet<>();
        survey.domain.scan(Table.XATTRS, (key, value) -> {
            long number = key.length > Long.BYTES ? Keys.toLong(key) : 0;
            having.add(number);
            if (!survey.inodes.containsKey(number)) {
                byte[] keptKey = key.clone();
                byte[] keptValue = value.clone();
                findings.damage(
                        "attribute of nothing",
                        "(inode " + number + ")",
                        number,
                        "there is an extended attribute of inode " + number
                                + ", which does not exist; its bytes go to lost+found",
                        with -> {
                            with.keepBytes("attribute-of-" + number, keptKey, keptValue);
                            with.delete(Table.XATTRS, keptKey);
                        });
            }
        });
        for (Map.Entry<Long, Inode> entry : survey.inodes.entrySet()) {
            long number = entry.getKey();
            boolean has = having.contains(number);
            if (entry.getValue().attributes().hasXattrs() != has) {
                findings.damage(
                        "attributes",
                        survey.path(number),
                        number,
                        survey.path(number) + " (inode " + number + ") " + (has ? "has" : "has no")
                                + " extended attributes, and says otherwise",
                        with -> with.edit(
                                number,
                                now -> now.withXattrs(has, now.attributes().changed())));
            }
        }
    }
}
