package sprite.server.prefix;

import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;

/**
 * Changes names without asking anybody: right only while no client can have been granted anything, as before a server
 * serves. Immutable.
 *
 * @param exports the domains that may be changed
 */
public record DirectChanger(OwnDomains exports) implements NameChanger {
    @Override
    public void make(Command.Make command) throws FsException {
        domain(command.directory().domain()).apply(command, null, null);
    }

    @Override
    public void remove(Command.Remove command) throws FsException {
        domain(command.directory().domain()).apply(command, null, null);
    }

    private Domain domain(int number) throws FsException {
        Domain domain = exports.numbered(number);
        if (domain == null) {
            throw new FsException("change names", "domain " + number, FsError.NO_PREFIX);
        }
        return domain;
    }
}
