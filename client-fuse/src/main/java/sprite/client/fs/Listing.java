package sprite.client.fs;

import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/** An entry of a directory as a driver shows it. Immutable. */
public record Listing(FileName name, FileId file, FileType type) {}
