package sprite.server.open;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.domain.Domain;
import sprite.server.domain.Space;

/** The domains of this server by number. Immutable. */
public final class Exports {
    private final Map<Integer, Export> byNumber;

    public Exports(List<Domain> domains) {
        Map<Integer, Export> map = new TreeMap<>();
        domains.forEach(domain -> map.put(domain.number(), new Export(domain)));
        this.byNumber = map;
    }

    /** Where a file lives. STALE if this server does not export its domain. */
    public Export of(FileId file) throws FsException {
        Export export = byNumber.get(file.domain());
        if (export == null) {
            throw new FsException("find", file + " (its domain is not exported here)", FsError.STALE);
        }
        return export;
    }

    /** How full the file's domain is. */
    public Space space(FileId file) throws FsException {
        return of(file).space();
    }

    /** All of them, by number. */
    public List<Export> all() {
        return List.copyOf(byNumber.values());
    }
}
