using System.Runtime.CompilerServices;
using System.Text;
using Dendrite.Errors;
using Npgsql;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// The rows of a query of another PostgreSQL. They come sorted by the changed field, so a place to go on from is a
/// value
/// before which every row is there; without such a field there is none, and a reading that was stopped begins anew.
/// </summary>
/// <param name="limit">How many rows to fetch next.</param>
internal sealed class PostgresOriginReader(PostgresSource source, SourceRequests requests, Func<int> limit) : IOrigin
{
    public async IAsyncEnumerable<SourcePage> ReadAsync(
        ListingPlace place,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        PostgresCursor? cursor = null;
        var breaks = new Breaks();
        try
        {
            for (string? current = null; ; )
            {
                var rows = await requests.RunAsync(source.Name, NextAsync, cancellationToken);
                (place, current) = Advance(place, current, rows);
                // Without an order no place within is one to go on from.
                var next = rows.Count == 0 ? place with { IsRead = true, After = null } : place;
                yield return new(
                    [.. rows.Select(row => ItemOf(row))],
                    rows.Count > 0 && source.ChangedField.Length == 0 ? null : next
                );
                if (rows.Count == 0)
                {
                    yield break;
                }
            }
        }
        finally
        {
            if (cursor is not null)
            {
                await cursor.DisposeAsync();
            }
        }

        async Task<IReadOnlyList<PostgresRow>> NextAsync(CancellationToken token)
        {
            try
            {
                cursor ??= await PostgresCursor.OpenAsync(source.ConnectionString(), QueryAt(place), token);
                var rows = await cursor.FetchAsync(limit(), token);
                breaks.HasRows |= rows.Count > 0;
                return rows;
            }
            catch (Exception failure)
            {
                // The next try opens another one, from the last place on.
                await (cursor?.DisposeAsync() ?? ValueTask.CompletedTask);
                cursor = null;
                throw breaks.Count(place.After) < requests.MaxAttempts || !SourceRequests.IsPassing(failure)
                    ? Explain(failure)
                    : Endless(failure);
            }
        }
    }

    private PostgresQuery QueryAt(ListingPlace place) =>
        new(source.Query.Query, source.Query.HasParameter, source.ChangedField)
        {
            From = place.After ?? place.From,
            Until = place.Until,
        };

    /// <summary>Moves the place to the last value that no further row can have.</summary>
    private static (ListingPlace Place, string? Current) Advance(
        ListingPlace place,
        string? current,
        IReadOnlyList<PostgresRow> rows
    )
    {
        var after = place.After;
        foreach (var changed in rows.Select(row => row.Changed))
        {
            if (changed is not null && changed != current)
            {
                (after, current) = (current ?? after, changed);
            }
        }

        return (after == place.After ? place : place with { After = after }, current);
    }

    private static SourceItem ItemOf(PostgresRow row)
    {
        var raw = row.Item.GetRawText();
        return Encoding.UTF8.GetByteCount(raw) <= ItemDocuments.MaxItemBytes
            ? new(row.Item, isText: false)
            : SourceItem.Bad(
                raw[..1_000],
                "a row",
                $"is larger than {ItemDocuments.MaxItemBytes} bytes; select less of it"
            );
    }

    private DendriteException Endless(Exception failure) =>
        new(
            ErrorReason.SourceFailed,
            $"{source.Name} broke off {requests.MaxAttempts} times before the query's end, and got no further: set "
                + "incremental.changed_field and use $1 in the query, so that it goes on where it was, or select less.",
            failure
        );

    private Exception Explain(Exception failure) =>
        failure switch
        {
            NpgsqlException { IsTransient: true } => failure,
            PostgresException postgres => new DendriteException(
                ErrorReason.SourceFailed,
                $"{source.Name} refuses the query: {postgres.MessageText} (SQLSTATE {postgres.SqlState})",
                failure
            ),
            // Its message may hold what the connection string says.
            ArgumentException => new DendriteException(
                ErrorReason.SourceFailed,
                $"{source.Name} is no connection string; write Host=...;Username=...;Password=...;Database=..."
            ),
            _ => failure,
        };
}

/// <summary>
/// Counts how often a query broke off behind rows and was at the same place as the time before. Those rows are fetched
/// again then, so each request succeeds now and then, and no count of a request's tries ends it.
/// </summary>
internal sealed class Breaks
{
    private int count;
    private string? last;

    /// <summary>Whether rows came since the last time.</summary>
    public bool HasRows { get; set; }

    /// <summary>Notes that it broke off.</summary>
    /// <param name="after">The place from which it begins again.</param>
    /// <returns>How often it was there; 0 where no row came, which is a failure of the request alone.</returns>
    public int Count(string? after)
    {
        if (!HasRows)
        {
            return 0;
        }

        (count, last, HasRows) = (after == last ? count + 1 : 1, after, false);
        return count;
    }
}

/// <summary>Another PostgreSQL as it is declared.</summary>
/// <param name="ConnectionString">Reads the secret.</param>
internal sealed record PostgresSource(string Name, Func<string> ConnectionString, SelectText Query, string ChangedField)
{
    private const int MinTimeoutSeconds = 1;

    /// <summary>
    /// Who does not answer by then is away, however long its queries may take; Npgsql takes 1,024 at most.
    /// </summary>
    private const int MaxConnectSeconds = 30;

    /// <summary>What the installation says, with what every such connection has.</summary>
    public static string Complete(string connectionString, TimeSpan timeout)
    {
        var seconds = Math.Max(MinTimeoutSeconds, (int)timeout.TotalSeconds);
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "dendrite sync",
            CommandTimeout = seconds,
            Timeout = Math.Min(seconds, MaxConnectSeconds),
            // One connection a sync; a pool would keep it afterwards.
            Pooling = false,
        };
        var milliseconds = seconds * 1_000L;
        builder.Options =
            $"{builder.Options} -c TimeZone=UTC -c DateStyle=ISO -c default_transaction_read_only=on"
            + $" -c statement_timeout={milliseconds}";
        return builder.ConnectionString;
    }
}
