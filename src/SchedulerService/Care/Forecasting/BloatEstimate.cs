namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>
/// How much of a table or index is air, from what anybody may see of it: its size and its rows.
/// <para>
/// PostgreSQL does not say it without reading the pages, and the usual estimate by average widths (<c>pg_stats</c>) is
/// closed here: row-level security, which is forced on every table of a project, hides those statistics from everyone
/// but superusers. So a table is its own measure: bytes a row now, against the least that it ever needed.
/// </para>
/// </summary>
/// <remarks>
/// It errs low where the table never was tight while it was watched, and high where its rows became longer. The
/// estimate of the dead part is PostgreSQL's own count of dead rows, taken for as long as the live ones.
/// </remarks>
internal static class BloatEstimate
{
    /// <summary>Below so many rows, pages that are begun say more of bytes a row than bloat does.</summary>
    public const long MinRows = 1_000;

    /// <summary>The part of a relation that dead rows take up, 0 to 1.</summary>
    public static double DeadRatio(long live, long dead) => live + dead > 0 ? (double)dead / (live + dead) : 0;

    /// <summary>
    /// The part that is more than the rows ever needed, 0 to 1; null where it has too few rows, now or ever, to say.
    /// </summary>
    /// <param name="history">Earlier sizes of the same relation.</param>
    public static double? AirRatio(RelationSize now, IEnumerable<RelationSize> history)
    {
        if (now.Rows < MinRows || now.Bytes <= 0)
        {
            return null;
        }

        var tightest = history
            .Where(size => size.Rows >= MinRows && size.Bytes > 0)
            .Select(size => (double)size.Bytes / size.Rows)
            .DefaultIfEmpty(double.PositiveInfinity)
            .Min();
        var current = (double)now.Bytes / now.Rows;
        return double.IsPositiveInfinity(tightest) ? null : Math.Max(0, 1 - (tightest / current));
    }
}

/// <summary>Size of a table's heap or of an index, and the live rows in it.</summary>
internal readonly record struct RelationSize(long Bytes, long Rows);
