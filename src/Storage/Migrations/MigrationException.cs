namespace Dendrite.Storage.Migrations;

/// <summary>
/// The database and this build's migrations do not fit, or a migration failed; the message says which and what to do.
/// </summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
