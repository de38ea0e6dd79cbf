package sprite.server.domain;

import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/** A name in a directory and the file it names. Immutable. */
public record Entry(FileName name, FileId file, FileType type) {}
