namespace Aspire.Npgsql;

/// <summary>
/// How an <see cref="global::Npgsql.NpgsqlDataSource"/> is registered; read from configuration section Aspire:Npgsql.
/// </summary>
public sealed class NpgsqlSettings
{
    public string? ConnectionString { get; set; }

    public bool DisableHealthChecks { get; set; }

    public bool DisableTracing { get; set; }

    /// <summary>
    /// Whoever collects metrics chooses the meter "Npgsql" or leaves it: nothing is collected from here.
    /// </summary>
    public bool DisableMetrics { get; set; }
}
