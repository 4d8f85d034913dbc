using Dendrite.Errors;
using Dendrite.Storage.Assertions;
using Dendrite.Storage.Assertions.Sandbox;
using Dendrite.Storage.Records;
using Microsoft.Extensions.Options;

namespace Dendrite.Checks.Assertions;

/// <summary>
/// Runs assertions on what a snapshot shows. Of the datasets only those that a query reads are looked at, and of these
/// only the columns that it uses: they are copied into the sandbox, once for all assertions. Thread-safe.
/// </summary>
public sealed class AssertionChecks(
    AssertionSandbox sandbox,
    DatasetStore datasets,
    RecordReader reader,
    IOptions<AssertionOptions> options,
    TimeProvider time
)
{
    /// <summary>Tables of one check: more is a mistake, or an attack.</summary>
    internal const int MaxTables = 500;

    /// <summary>Each in the order given; one that cannot be run has failed.</summary>
    /// <param name="view">Also of a transaction: what it wrote is seen.</param>
    /// <exception cref="DendriteException">
    /// NOT_IMPLEMENTED: there is no sandbox; UNAVAILABLE: all of its sessions are in use.
    /// </exception>
    public async Task<IReadOnlyList<AssertionOutcome>> RunAsync(
        RecordView view,
        IReadOnlyList<AssertionRecord> assertions,
        CancellationToken cancellationToken
    )
    {
        using var limit = new CancellationTokenSource(options.Value.RunTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var run = new AssertionRun(view, reader, options.Value, time);
        // A read that is stopped takes its transaction along, which has more to do than this.
        var place = view.Session is { } session ? await session.SaveAsync(cancellationToken) : null;
        try
        {
            var tables = await FindTablesAsync(view, assertions.Select(one => one.Sql), either.Token);
            if (tables.Count > MaxTables)
            {
                return [.. assertions.Select(one => TooMany(one, tables.Count))];
            }

            await using var opened = await OpenAsync(tables, either.Token);
            await run.RunAsync(opened, tables, assertions, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Those that have not run by now have failed.
            if (place is not null)
            {
                await view.Session!.ReturnToAsync(place, cancellationToken);
            }
        }

        var problem = $"was not reached in the {options.Value.RunTimeout.TotalSeconds:0} s that all may take";
        return [.. assertions.Select(one => run.Find(one) ?? new(one, null) { Problem = problem, IsTimedOut = true })];
    }

    /// <summary>Whether a query fits the datasets of a snapshot. Runs it once, on empty tables.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT of <paramref name="field"/>; as of RunAsync.</exception>
    public async Task DemandFitAsync(RecordView view, string sql, string field, CancellationToken cancellationToken)
    {
        var tables = await FindTablesAsync(view, [sql], cancellationToken);
        if (tables.Count > MaxTables)
        {
            throw DendriteException.Invalid(field, $"names {tables.Count} datasets; at most {MaxTables} are allowed");
        }

        await using var session = await OpenAsync(tables, cancellationToken);
        try
        {
            var query = await session.PrepareAsync(sql, cancellationToken);
            await session.SealAsync([], cancellationToken);
            await session.RunAsync(query, 1, cancellationToken);
        }
        catch (SandboxException refusal)
        {
            throw DendriteException.Invalid(field, refusal.Message);
        }
    }

    private async Task<IReadOnlyList<AssertionTable>> FindTablesAsync(
        RecordView view,
        IEnumerable<string> queries,
        CancellationToken cancellationToken
    )
    {
        var names = queries.SelectMany(AssertionTable.NamesIn).ToHashSet(StringComparer.Ordinal);
        var found = await datasets.ListNamedAsync(view, names, cancellationToken);
        return [.. found.Select(AssertionTable.Of)];
    }

    private Task<SandboxSession> OpenAsync(IReadOnlyList<AssertionTable> tables, CancellationToken cancellationToken) =>
        sandbox.Get().OpenAsync([.. tables.Select(table => table.ToSandbox())], cancellationToken);

    private static AssertionOutcome TooMany(AssertionRecord assertion, int tables) =>
        new(assertion, null) { Problem = $"and others name {tables} datasets; at most {MaxTables} are checked" };
}
