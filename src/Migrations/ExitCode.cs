namespace Dendrite.Migrations;

/// <summary>How a run ended, for whoever waits for it.</summary>
public enum ExitCode
{
    /// <summary>The database is ready for the services.</summary>
    Ready = 0,

    /// <summary>A migration failed or does not fit the database; the log says which and what to do.</summary>
    MigrationRefused = 1,

    /// <summary>The configuration is wrong; the log names the key.</summary>
    ConfigurationWrong = 2,

    /// <summary>The database could not be reached, or went away.</summary>
    DatabaseAway = 3,

    /// <summary>Stopped before the end; run it again.</summary>
    Stopped = 4,
}
